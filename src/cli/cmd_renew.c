/*
 * renew: renews what is due.
 */
#include "app/verbs/renew.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_renew(struct command *command, struct error *err)
{
	return renew_all(command->app, err);
}
