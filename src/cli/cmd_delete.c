/*
 * delete: removes all files of a certificate.
 */
#include "app/verbs/remove.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_delete(struct command *command, struct error *err)
{
	return remove_delete(command->app, err);
}
