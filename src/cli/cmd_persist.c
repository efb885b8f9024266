/*
 * dns-persist show, check and write.
 */
#include "app/verbs/persist.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_persist_show(struct command *command, struct error *err)
{
	return persist_show(command->app, err);
}

int cmd_persist_check(struct command *command, struct error *err)
{
	return persist_check(command->app, err);
}

int cmd_persist_write(struct command *command, struct error *err)
{
	return persist_write(command->app, err);
}
