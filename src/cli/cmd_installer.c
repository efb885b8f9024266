/*
 * install, enhance, rollback and config_changes: what is done to a web server's configuration.
 */
#include "app/verbs/installation.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_install(struct command *command, struct error *err)
{
	return installation_install(command->app, err);
}

int cmd_enhance(struct command *command, struct error *err)
{
	return installation_enhance(command->app, err);
}

int cmd_rollback(struct command *command, struct error *err)
{
	return installation_rollback(command->app, err);
}

int cmd_config_changes(struct command *command, struct error *err)
{
	return installation_config_changes(command->app, err);
}
