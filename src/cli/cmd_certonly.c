/*
 * certonly: obtains a certificate and leaves the servers alone.
 */
#include "app/verbs/obtain.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_certonly(struct command *command, struct error *err)
{
	return obtain_certonly(command->app, err);
}
