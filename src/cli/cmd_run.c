/*
 * run, the default: obtains a certificate and installs it.
 */
#include "app/verbs/obtain.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_run(struct command *command, struct error *err)
{
	return obtain_run(command->app, err);
}
