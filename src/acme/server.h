/*
 * The state shared by all machines that talk to one CA with one account: the directory, the nonce
 * pool, the account key and URL, and the time before which the CA wants no requests.
 *
 * A server belongs to one event loop. Machines keep a pointer to it and must be freed first.
 */
#ifndef ACME_SERVER_H
#define ACME_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/types.h"
#include "acme/wire.h"
#include "base/error.h"
#include "crypto/key/key.h"

struct acme_server;

/* Makes a server; `directory_url` is copied. Nothing is fetched yet: the first machine that needs
 * the directory fetches it, and the others wait for that. ERR_CONFIG when the URL is not https. */
int acme_server_new(const char *directory_url, struct acme_server **ret_server,
		    struct error *err) WARN_UNUSED;
void acme_server_free(struct acme_server *server);
DEFINE_AUTO_PTR(acme_server, acme_server_free);

/* Takes over what `other`, a server with the same URL, has apart from the account: a copy of the
 * directory, the way to it, and its nonces. Does nothing when `other` has no directory. */
void acme_server_learn(struct acme_server *server, struct acme_server *other);

/* Sets the account key, which is borrowed; required before any signed request. */
void acme_server_set_key(struct acme_server *server, const struct key *key);
/* Sets the account URL ("kid"), which is copied; NULL while there is no account. */
void acme_server_set_account_url(struct acme_server *server, const char *url);
/* The account URL, borrowed; NULL while there is no account. */
const char *acme_server_account_url(const struct acme_server *server);

/* True when the machine should be stepped: a nonce is available or may be fetched, the directory
 * has arrived or failed, or no newOrder is in flight any more. False for a machine that is not
 * parked. */
bool acme_parking_is_over(const struct acme_parking *parking, int64_t now_ms);

/* True when the CA speaks ACME v1, the protocol before RFC 8555; valid once any machine has stepped
 * past the directory. */
bool acme_server_is_v1(const struct acme_server *server);

/* ERR_CONFIG when no certificate of this CA can have one of the identifiers: those of ACME v1 have
 * neither wildcards nor IP addresses. Valid once the directory is known. */
int acme_server_check_identifiers(const struct acme_server *server,
				  const struct acme_identifiers *identifiers,
				  struct error *err) WARN_UNUSED;
/* True when the directory lists the profile. A preferred one that the CA lacks is left out of an
 * order, as the option's name promises. */
bool acme_server_offers_profile(const struct acme_server *server, const char *profile);
/* ERR_CONFIG, which names the profiles there are, when the directory does not list this one, which
 * is required. */
int acme_server_check_profile(const struct acme_server *server, const char *profile,
			      struct error *err) WARN_UNUSED;
/* ACME v1: where an authorization is asked for, borrowed; else NULL. */
const char *acme_server_new_authz_url(const struct acme_server *server);

/* Returns the directory's information about the CA, borrowed; valid once any machine has stepped
 * past the directory. */
const struct acme_meta *acme_server_meta(const struct acme_server *server);

#endif
