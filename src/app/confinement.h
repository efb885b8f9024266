/*
 * What a run asks of the sandboxes of its children, and what it says when the system lacks
 * something.
 */
#ifndef APP_CONFINEMENT_H
#define APP_CONFINEMENT_H

struct app;

/* Fills in app->confinement from the settings. */
void confinement_begin(struct app *app);

#endif
