/*
 * Challenge types: one row each, which computes what has to be put in place. Used by acme/ only;
 * other folders see the values as struct acme_challenge.
 */
#ifndef ACME_CHALLENGE_H
#define ACME_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/types.h"
#include "base/error.h"

struct json;

/* The inputs from which a challenge's values are computed. All borrowed. */
struct acme_challenge_context {
	const char *account_url;
	const char *thumbprint;
	const char *account_hash_prefix;          /* NULL: the CA has no hashed account URLs */
	const struct acme_identifier *identifier; /* as ordered, maybe with "*." */
};

/* Makes a challenge from its JSON object; the caller releases it. ERR_PARSE names the field that is
 * missing or malformed. */
int acme_challenge_read(const struct json *object, enum acme_challenge_type type,
			const struct acme_challenge_context *context,
			struct acme_challenge *ret_challenge, struct error *err) WARN_UNUSED;
/* The URL of a challenge object, borrowed and unchecked: "url", or "uri" as ACME v1 calls it. NULL:
 * it has none. */
const char *acme_challenge_url(const struct json *object);
void acme_challenge_release(struct acme_challenge *challenge);
DEFINE_AUTO(acme_challenge, acme_challenge_release);

/* The contents of the TXT record with which the owner of a name permits an account to get
 * certificates for it (dns-persist-01). Borrowed; account_hash_prefix is as above; persist_until is
 * in Unix seconds, 0 for no expiry. */
struct acme_persist_record {
	const char *issuer;
	const char *account_url;
	const char *thumbprint;
	const char *account_hash_prefix;
	const char *name; /* without "*." */
	bool wildcard;
	int64_t persist_until;
};
/* Formats the TXT value; the caller frees it. ERR_PARSE when the account URL has characters that a
 * record cannot hold. */
int acme_persist_value(const struct acme_persist_record *record, char **ret_value,
		       struct error *err) WARN_UNUSED;

#endif
