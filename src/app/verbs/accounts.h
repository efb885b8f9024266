/*
 * The account subcommands: register, update_account, show_account, fleet snippet,
 * unregister.
 */
#ifndef APP_VERBS_ACCOUNTS_H
#define APP_VERBS_ACCOUNTS_H

#include "app/app.h"

/* Registers an account. ERR_EXISTS: there is one for this server already. With
 * --update-registration it does what accounts_update() does, as in Certbot. */
int accounts_register(struct app *app, struct error *err) WARN_UNUSED;
/* Updates the contacts and, with --new-account-key, the key (RFC 8555 section 7.3.5). */
int accounts_update(struct app *app, struct error *err) WARN_UNUSED;

/* Prints the account's URL, thumbprint and contacts as the server has them. ERR_NOT_FOUND: there is
 * no account. */
int accounts_show(struct app *app, struct error *err) WARN_UNUSED;

/* Prints the lines with which a web server answers the account's challenges by itself.
 * ERR_USAGE: no server is named, or one that is not known. ERR_NOT_FOUND: there is no account. */
int accounts_snippet(struct app *app, struct error *err) WARN_UNUSED;

/* Deactivates the account at the server after asking, and deletes it on disk. ERR_NOT_FOUND: there
 * is no account. ERR_REFUSED: the user declined. */
int accounts_unregister(struct app *app, struct error *err) WARN_UNUSED;

#endif
