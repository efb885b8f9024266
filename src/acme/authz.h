/*
 * The authorization object (RFC 8555 section 7.1.4) as the CA sends it. Used by acme/ only.
 */
#ifndef ACME_AUTHZ_H
#define ACME_AUTHZ_H

#include <stdbool.h>
#include <stddef.h>

#include "acme/call.h"
#include "acme/challenge.h"
#include "acme/types.h"
#include "base/error.h"

enum acme_authz_status {
	ACME_AUTHZ_PENDING,
	ACME_AUTHZ_VALID,
	ACME_AUTHZ_BROKEN, /* invalid, deactivated, expired or revoked: can no longer be used */
};

struct acme_authz_object {
	enum acme_authz_status status;
	size_t identifier; /* index in the order's list */
	struct json *json;
};
void acme_authz_object_release(struct acme_authz_object *object);
DEFINE_AUTO(acme_authz_object, acme_authz_object_release);

/* Reads an OK answer. `fallback_status` is that of an object that tells none; NULL: it must tell
 * it. ERR_PROTOCOL when it is malformed, or names an identifier that was not ordered: a challenge
 * for that must not be put in place. */
int acme_authz_object_read(const struct acme_answer *answer, const struct acme_identifiers *ordered,
			   const char *fallback_status, struct acme_authz_object *ret_object,
			   struct error *err) WARN_UNUSED;

/* Wanted challenge types, best first. */
struct acme_preference {
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];
	size_t count;
};
/* Chooses the most preferred of the offered challenges; the caller releases it. ERR_CONFIG when
 * none of those offered is wanted, or none is offered. ERR_PROTOCOL when the chosen challenge is
 * malformed. */
int acme_authz_object_choose(const struct acme_authz_object *object,
			     const struct acme_preference *preference,
			     const struct acme_challenge_context *context,
			     struct acme_challenge *ret_challenge, struct error *err) WARN_UNUSED;
/* Says why none of the challenges can be used: always sets an error, ERR_CONFIG, and returns its
 * code. */
int acme_authz_object_refuse(const struct acme_authz_object *object,
			     const struct acme_preference *preference,
			     const struct acme_identifier *identifier, struct error *err);
/* True while the CA waits for us to say that the challenge with that URL is ready. */
bool acme_authz_object_awaits(const struct acme_authz_object *object, const char *challenge_url);
/* The problem that the CA wrote into a challenge, or NULL: why it failed, or why it has not been
 * validated yet (RFC 8555 section 8.2). Borrowed. */
const struct json *acme_authz_object_problem(const struct acme_authz_object *object);
/* Adds to `failures` the reason why a broken authorization failed. */
void acme_authz_object_failure(const struct acme_authz_object *object,
			       const struct acme_identifier *identifier,
			       struct acme_failures *failures);

#endif
