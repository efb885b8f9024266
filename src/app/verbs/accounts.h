/*
 * The account subcommands: register, update_account, show_account, unregister (spec: flows.md 18).
 */
#ifndef APP_VERBS_ACCOUNTS_H
#define APP_VERBS_ACCOUNTS_H

#include "app/app.h"

/* ERR_EXISTS: there is an account for this server already. With --update-registration it is
 * accounts_update(), as the guide has it. */
int accounts_register(struct app *app, struct error *err) WARN_UNUSED;
/* New contacts and, with --new-account-key, a new key (RFC 8555 section 7.3.5). */
int accounts_update(struct app *app, struct error *err) WARN_UNUSED;
int accounts_show(struct app *app, struct error *err) WARN_UNUSED;
int accounts_unregister(struct app *app, struct error *err) WARN_UNUSED;

#endif
