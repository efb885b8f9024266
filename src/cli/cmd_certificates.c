/*
 * certificates: lists what is there.
 */
#include "app/verbs/certificates.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_certificates(struct command *command, struct error *err)
{
	return certificates_list(command->app, err);
}
