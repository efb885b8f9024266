/*
 * What the subcommands do: one function each, in cmd_<verb>.c; the rows that call them are in
 * verbs.c. Each returns 0, or the code of the error it has set.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "base/error.h"

struct command;

int cmd_run(struct command *command, struct error *err);
int cmd_certonly(struct command *command, struct error *err);
int cmd_renew(struct command *command, struct error *err);
int cmd_install(struct command *command, struct error *err);
int cmd_enhance(struct command *command, struct error *err);
int cmd_certificates(struct command *command, struct error *err);
int cmd_reconfigure(struct command *command, struct error *err);
int cmd_delete(struct command *command, struct error *err);
int cmd_revoke(struct command *command, struct error *err);
int cmd_register(struct command *command, struct error *err);
int cmd_update_account(struct command *command, struct error *err);
int cmd_show_account(struct command *command, struct error *err);
int cmd_unregister(struct command *command, struct error *err);
int cmd_rollback(struct command *command, struct error *err);
int cmd_config_changes(struct command *command, struct error *err);
int cmd_persist_show(struct command *command, struct error *err);
int cmd_persist_check(struct command *command, struct error *err);
int cmd_persist_write(struct command *command, struct error *err);
int cmd_plugins(struct command *command, struct error *err);
int cmd_update_symlinks(struct command *command, struct error *err);

#endif
