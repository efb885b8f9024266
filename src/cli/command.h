/*
 * What a running subcommand works with.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "app/app.h"
#include "base/ui.h"
#include "cli/help.h"
#include "cli/verbs.h"

struct command {
	const struct verb *verb;
	struct app *app;
	struct settings *settings;
	const struct ui *ui;
};

#endif
