/*
 * What a run requires of its children's sandboxes, and the messages it prints when the system lacks
 * something.
 */
#ifndef APP_CONFINEMENT_H
#define APP_CONFINEMENT_H

struct app;

/* Fills in app->confinement from the settings. */
void confinement_begin(struct app *app);

#endif
