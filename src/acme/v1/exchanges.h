/*
 * The operations of account.h as ACME v1 has them (draft-ietf-acme-acme-02, sections 5 and 6, and
 * what Boulder made of it). Used by acme/ only.
 *
 * What differs: every payload names its resource, an account is a "registration", and the terms of
 * service are agreed to in a request of its own, by their URL.
 */
#ifndef ACME_V1_EXCHANGES_H
#define ACME_V1_EXCHANGES_H

#include "acme/exchange_parts.h"

/* new-reg, then the agreement to the terms if the user has agreed to them. */
extern const struct acme_exchange_kind acme_v1_create_kind;
/* Not possible: new-reg would make an account for an unknown key. */
extern const struct acme_exchange_kind acme_v1_find_kind;
extern const struct acme_exchange_kind acme_v1_query_kind;
extern const struct acme_exchange_kind acme_v1_update_kind;
/* Agrees to the terms of service. */
extern const struct acme_exchange_kind acme_v1_agree_kind;
extern const struct acme_exchange_kind acme_v1_deactivate_kind;
extern const struct acme_exchange_kind acme_v1_revoke_kind;

#endif
