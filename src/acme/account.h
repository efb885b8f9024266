/*
 * Account operations as one small machine each: all are driven by acme_exchange_step() like an
 * order. Also revocation and renewal information, which are single exchanges of the same kind.
 */
#ifndef ACME_ACCOUNT_H
#define ACME_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/server.h"
#include "acme/wire.h"
#include "base/strvec.h"
#include "crypto/jws.h"

struct acme_exchange;

struct acme_registration {
	const struct strvec *contacts; /* e-mail addresses without "mailto:"; may be empty */
	bool agree_terms;
	const struct jws_binding *binding; /* NULL: none */
};

/* Only the directory (to learn its meta). */
struct acme_exchange *acme_directory_fetch(struct acme_server *server);
/* newAccount. Result: account URL (also set on the server). ERR_REFUSED before anything is sent
 * when the CA requires external binding and none is given. */
struct acme_exchange *acme_account_create(struct acme_server *server,
					  const struct acme_registration *registration);
/* newAccount with onlyReturnExisting: ERR_NOT_FOUND when the CA does not know the key. The
 * account URL is set on the server as well. */
struct acme_exchange *acme_account_find(struct acme_server *server);
/* POST-as-GET of the account. Result body: the account object. The next four need the account
 * URL on the server (ERR_REFUSED). */
struct acme_exchange *acme_account_query(struct acme_server *server);
struct acme_exchange *acme_account_update(struct acme_server *server,
					  const struct strvec *contacts);
struct acme_exchange *acme_account_deactivate(struct acme_server *server);
/* keyChange to `new_key` (borrowed until the end); on success the server uses it from then on.
 * ERR_EXISTS: the new key belongs to another account. */
struct acme_exchange *acme_account_rollover(struct acme_server *server, const struct key *new_key);
/* revokeCert, signed by the account, or by `cert_key` when that is not NULL. `reason` is a CRL
 * reason code; negative: none given. ERR_EXISTS: it is revoked already. */
struct acme_exchange *acme_revoke(struct acme_server *server, const char *cert_der, size_t der_len,
				  int reason, const struct key *cert_key);
/* GET renewalInfo for the certificate id. Result: window and Retry-After. ERR_NOT_FOUND when the CA
 * offers none. */
struct acme_exchange *acme_renewal_info(struct acme_server *server, const char *cert_id);

void acme_exchange_free(struct acme_exchange *exchange);
DEFINE_AUTO_PTR(acme_exchange, acme_exchange_free);

/* As acme_order_step(); PRESENT never occurs. The whole exchange may take 60 s of waiting that
 * the CA asks for; a longer Retry-After is ERR_RATE_LIMITED with retry_at. */
int acme_exchange_step(struct acme_exchange *exchange, const struct acme_reply *reply,
		       int64_t now_ms, struct acme_action *ret_action,
		       struct error *err) WARN_UNUSED;
/* Body of the final reply, valid after DONE; "" when empty. */
const char *acme_exchange_body(const struct acme_exchange *exchange);
/* HTTP status of the final reply, valid after DONE: 200 of acme_account_create() is an account that
 * existed before (its contacts were not changed), 201 a new one. */
int acme_exchange_status(const struct acme_exchange *exchange);

struct acme_window {
	int64_t start, end;    /* Unix seconds */
	int64_t retry_after;   /* Unix seconds: ask again then; 0: the CA did not say */
	char *explanation_url; /* printable https URL or NULL */
};
/* The window of acme_renewal_info(), valid after DONE; explanation_url is borrowed. */
const struct acme_window *acme_exchange_window(const struct acme_exchange *exchange);

#endif
