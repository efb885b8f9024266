/*
 * The beginning and the end of an invocation: cli/ begins it with parsed settings and a user
 * interface.
 */
#ifndef APP_VERBS_INVOCATION_H
#define APP_VERBS_INVOCATION_H

#include "app/app.h"
#include "base/macros.h"

struct invocation_options {
	const char *verb;
	struct settings *settings;
	const struct ui *ui;
	const struct clock *clock;
	struct directories *directories;
	const struct strvec *words; /* command line after the program's name, secrets masked */
	struct programs *programs;  /* NULL when no plugin is looked for */
};

/* Initialises `app`; everything in the options is borrowed until invocation_end(). */
void invocation_begin(struct app *app, const struct invocation_options *options);
/* Closes plugins, connections and hooks; the directories stay open. */
void invocation_end(struct app *app);
DEFINE_AUTO(app, invocation_end);

#endif
