/*
 * A CA under one account: the ACME server with its directory and nonces, and the account on disk.
 * Everything in a run that talks to that CA shares it.
 */
#ifndef APP_ISSUE_CA_H
#define APP_ISSUE_CA_H

#include "acme/server.h"
#include "base/map.h"
#include "children/network.h"
#include "store/account/account.h"
#include "store/account/accounts.h"

struct ca;

/* The CAs that a run talks to. */
struct cas {
	struct network *network; /* borrowed */
	struct map opened;       /* "server account" -> struct ca */
	struct map accounts;     /* server -> id of the account used without --account */
	struct map unusable;     /* CAs that could not take another's place, told once */
};

/* Makes an empty list; cas_free() frees it with its CAs. */
struct cas *cas_new(struct network *network);
void cas_free(struct cas *cas);

/* Opens the CA and account that the settings name. If there is no account on disk it registers one
 * and asks the necessary questions. Stores the id of the account in the settings. The result is
 * borrowed from the list. ERR_REFUSED: an answer is missing; the text names the flag. */
int ca_open(struct cas *cas, struct settings *settings, struct ca **ret_ca,
	    struct error *err) WARN_UNUSED;
/* Like ca_open(), for a certificate with these names: where an account would have to be registered,
 * ERR_CONFIG comes first if the CA has no such certificates, or not the --required-profile. With an
 * account, the order says the same before it asks anything. */
int ca_open_for(struct cas *cas, struct settings *settings, const struct acme_identifiers *names,
		struct ca **ret_ca, struct error *err) WARN_UNUSED;
/* Finds out which names the certificate will have, perhaps by asking the user. `*ret_names` is
 * borrowed from the context. */
struct ca_name_source {
	int (*find)(void *context, const struct acme_identifiers **ret_names, struct error *err);
	void *context;
};
/* Like ca_open_for(), where the names are not known yet. They are found out only if an account
 * would have to be registered with a CA that does not take all names. */
int ca_open_for_some(struct cas *cas, struct settings *settings,
		     const struct ca_name_source *source, struct ca **ret_ca,
		     struct error *err) WARN_UNUSED;
/* Like ca_open(), but returns ERR_NOT_FOUND when there is no account. */
int ca_open_existing(struct cas *cas, struct settings *settings, struct ca **ret_ca,
		     struct error *err) WARN_UNUSED;
/* Opens a CA without an account, for unsigned requests (renewal information) and for revocation
 * with the certificate's key. */
int ca_open_anonymous(struct cas *cas, const char *server_url, struct ca **ret_ca,
		      struct error *err) WARN_UNUSED;

/* Agrees to the terms of service where an account must do so again when they change (ACME v1), and
 * asks before, unless --agree-tos was given. `*ret_agreed`: there were some to agree to. */
int ca_agree(struct network *network, struct ca *ca, bool *ret_agreed,
	     struct error *err) WARN_UNUSED;

/* Returns the address of --email, borrowed, or NULL. It is used even with
 * --register-unsafely-without-email, unless the address comes from a configuration file and the
 * flag from the command line. */
const char *ca_email(const struct settings *settings);

/* Returns the ACME server, borrowed from the CA. */
struct acme_server *ca_server(const struct ca *ca);

/* Returns the account, borrowed from the CA; NULL when anonymous. */
struct account *ca_account(const struct ca *ca);

/* Returns where the CA's accounts are on disk; its parts are borrowed from the CA. */
struct account_place ca_place(const struct ca *ca);

/* Returns the URL of the CA's directory, borrowed from the CA. */
const char *ca_url(const struct ca *ca);
/* Returns the host name for messages, borrowed from the CA. */
const char *ca_host(const struct ca *ca);

#endif
