/*
 * register, update_account, show_account and unregister.
 */
#include "app/verbs/accounts.h"
#include "cli/command.h"
#include "cli/commands.h"

int cmd_register(struct command *command, struct error *err)
{
	if (settings_flag(command->settings, "update_registration"))
		return accounts_update(command->app, err);
	return accounts_register(command->app, err);
}

int cmd_update_account(struct command *command, struct error *err)
{
	return accounts_update(command->app, err);
}

int cmd_show_account(struct command *command, struct error *err)
{
	return accounts_show(command->app, err);
}

int cmd_unregister(struct command *command, struct error *err)
{
	return accounts_unregister(command->app, err);
}
