/*
 * Account operations, each a small machine that is driven by acme_exchange_step() the way an order
 * is driven by acme_order_step(). Revocation and renewal information are here too, because they are
 * single exchanges of the same kind.
 */
#ifndef ACME_ACCOUNT_H
#define ACME_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/exchange.h"
#include "acme/server.h"
#include "base/strvec.h"
#include "crypto/key/jws.h"

struct acme_registration {
	const struct strvec *contacts; /* e-mail addresses without "mailto:"; may be empty */
	bool agree_terms;
	const struct jws_binding *binding; /* NULL: none */
};

/* Fetches the directory and nothing else, so that its meta can be read. */
struct acme_exchange *acme_directory_fetch(struct acme_server *server);
/* newAccount. The result is the account URL, which is also set on the server. ERR_REFUSED, before
 * anything is sent, when the CA requires external account binding and none is given. With ACME v1,
 * only the terms that the directory named are agreed to (see acme_exchange_terms()), and a binding
 * is not sent. */
struct acme_exchange *acme_account_create(struct acme_server *server,
					  const struct acme_registration *registration);
/* newAccount with onlyReturnExisting. Sets the account URL on the server. ERR_NOT_FOUND when the CA
 * does not know the key. ERR_CONFIG with ACME v1, which cannot tell. */
struct acme_exchange *acme_account_find(struct acme_server *server);
/* POST-as-GET of the account; the result body is the account object. This and the next three fail
 * with ERR_REFUSED unless the server has an account URL. */
struct acme_exchange *acme_account_query(struct acme_server *server);
/* Replaces the contacts of the account (e-mail addresses without "mailto:", copied). */
struct acme_exchange *acme_account_update(struct acme_server *server,
					  const struct strvec *contacts);
/* ACME v1: agrees to the terms with that URL, which is copied. */
struct acme_exchange *acme_account_agree(struct acme_server *server, const char *terms);
/* Deactivates the account. This cannot be undone. ERR_EXISTS when the CA accepts nothing from the
 * account any more. */
struct acme_exchange *acme_account_deactivate(struct acme_server *server);
/* keyChange to `new_key`, which is borrowed until the exchange ends; on success the server uses it
 * from then on. ERR_EXISTS when the new key already belongs to another account. */
struct acme_exchange *acme_account_rollover(struct acme_server *server, const struct key *new_key);
/* revokeCert, signed by the account key, or by `cert_key` unless that is NULL. `reason` is a CRL
 * reason code; negative sends none. ERR_EXISTS when the certificate is already revoked. */
struct acme_exchange *acme_revoke(struct acme_server *server, const char *cert_der, size_t der_len,
				  int reason, const struct key *cert_key);
/* GET renewalInfo for the certificate id. The result is the window and Retry-After. ERR_NOT_FOUND
 * when the CA does not offer renewal information. */
struct acme_exchange *acme_renewal_info(struct acme_server *server, const char *cert_id);

#endif
