/*
 * Which challenges of an ACME v1 authorization to fulfil: "combinations" lists the sets that
 * satisfy the CA (draft-ietf-acme-acme-02 section 5.3). Used by acme/ only.
 */
#ifndef ACME_V1_COMBINATION_H
#define ACME_V1_COMBINATION_H

#include "acme/authz.h"

enum { ACME_V1_MAX_COMBINED = 8 };

/* The challenges to fulfil, owned by the list. */
struct acme_v1_combination {
	struct acme_challenge items[ACME_V1_MAX_COMBINED];
	size_t count;
};
void acme_v1_combination_release(struct acme_v1_combination *combination);
DEFINE_AUTO(acme_v1_combination, acme_v1_combination_release);

/* Chooses the set whose challenges have the best places in the preference taken together, the
 * earlier one of two. Without "combinations", any challenge will do. Errors are those of
 * acme_authz_object_choose(). */
int acme_v1_combination_choose(const struct acme_authz_object *object,
			       const struct acme_preference *preference,
			       const struct acme_challenge_context *context,
			       struct acme_v1_combination *ret_combination,
			       struct error *err) WARN_UNUSED;

#endif
