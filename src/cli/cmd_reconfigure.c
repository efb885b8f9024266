/*
 * reconfigure and update_symlinks: bring a lineage's conf and files to what is wanted.
 */
#include "app/verbs/reconfigure.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_reconfigure(struct command *command, struct error *err)
{
	return reconfigure(command->app, err);
}

int cmd_update_symlinks(struct command *command, struct error *err)
{
	return reconfigure_symlinks(command->app, err);
}
