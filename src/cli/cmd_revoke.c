/*
 * revoke: revokes a certificate and, if wanted, deletes it.
 */
#include "app/verbs/remove.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_revoke(struct command *command, struct error *err)
{
	return remove_revoke(command->app, err);
}
