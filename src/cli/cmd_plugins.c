/*
 * plugins: lists the plugins of this build.
 */
#include "app/verbs/plugins_list.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_plugins(struct command *command, struct error *err)
{
	return plugins_list(command->app, err);
}
