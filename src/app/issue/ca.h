/*
 * A CA under one account: the ACME server with its directory and nonces, and the account on disk.
 * Shared by everything in a run that talks to that CA (spec: flows.md 5, 18; state.md 3.3).
 */
#ifndef APP_ISSUE_CA_H
#define APP_ISSUE_CA_H

#include "acme/server.h"
#include "app/app.h"
#include "store/account.h"

struct ca;

void ca_free(struct ca *ca);

/* The CA and account that the settings mean. Without an account on disk one is registered, with the
 * questions that needs. The chosen account's id is put into the settings. The result is borrowed
 * from the run. ERR_REFUSED: an answer is missing; it names the flag. */
int ca_open(struct app *app, struct settings *settings, struct ca **ret_ca,
	    struct error *err) WARN_UNUSED;
/* Same, but ERR_NOT_FOUND when there is no account. */
int ca_open_existing(struct app *app, struct settings *settings, struct ca **ret_ca,
		     struct error *err) WARN_UNUSED;
/* A CA without account, for unsigned requests (renewal information) and revocation by certificate
 * key. */
int ca_open_anonymous(struct app *app, const char *server_url, struct ca **ret_ca,
		      struct error *err) WARN_UNUSED;

/* The address of --email, borrowed, or NULL. It counts where --register-unsafely-without-email is
 * given too, unless only a configuration file has it and the flag is on the command line. */
const char *ca_email(const struct settings *settings);

struct acme_server *ca_server(const struct ca *ca);
struct account *ca_account(const struct ca *ca); /* NULL when anonymous */
const char *ca_url(const struct ca *ca);
/* Host name for messages, static storage of the ca. */
const char *ca_host(const struct ca *ca);

#endif
