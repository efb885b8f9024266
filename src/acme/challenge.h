/*
 * Challenge types: one row each, with what has to be put in place. Used by acme/ only; the values
 * travel as struct acme_challenge.
 */
#ifndef ACME_CHALLENGE_H
#define ACME_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/types.h"
#include "base/error.h"

struct json;

/* What a challenge's values are made from. All borrowed. */
struct acme_challenge_context {
	const char *account_url;
	const char *thumbprint;
	const char *account_hash_prefix;          /* NULL: the CA knows no hashed account URLs */
	const struct acme_identifier *identifier; /* as ordered, maybe with "*." */
};

/* Makes a challenge from its JSON object. ERR_PARSE names the field that is missing or breaks its
 * grammar. */
int acme_challenge_read(const struct json *object, enum acme_challenge_type type,
			const struct acme_challenge_context *context,
			struct acme_challenge *ret_challenge, struct error *err) WARN_UNUSED;
void acme_challenge_release(struct acme_challenge *challenge);
DEFINE_AUTO(acme_challenge, acme_challenge_release);

/* The TXT value by which a name's owner lets an account have certificates (dns-persist-01).
 * Borrowed; account_hash_prefix as above; persist_until: Unix seconds, 0 for no end. */
struct acme_persist_record {
	const char *issuer;
	const char *account_url;
	const char *thumbprint;
	const char *account_hash_prefix;
	const char *name; /* without "*." */
	bool wildcard;
	int64_t persist_until;
};
/* Heap. ERR_PARSE: the account URL cannot stand in a record. */
int acme_persist_value(const struct acme_persist_record *record, char **ret_value,
		       struct error *err) WARN_UNUSED;

#endif
