/*
 * What the account operations of both versions of ACME share. Used by acme/ only.
 */
#ifndef ACME_ACCOUNT_STEPS_H
#define ACME_ACCOUNT_STEPS_H

#include "acme/exchange_parts.h"
#include "codec/json.h"

/* Sets "contact", also to no contacts: an update without them removes those there were. */
void acme_account_set_contacts(struct json *payload, const struct strvec *contacts);
/* Sets the account URL of the server to the Location of the answer. ERR_PROTOCOL. */
int acme_account_take_url(struct acme_exchange *exchange, const struct acme_answer *answer,
			  struct error *err) WARN_UNUSED;
/* ERR_ACME when the account in an OK answer is not usable. */
int acme_account_check(const struct acme_answer *answer, struct error *err) WARN_UNUSED;
/* The account URL, or NULL with the error set. */
const char *acme_account_url(const struct acme_exchange *exchange, struct error *err);
/* The `finish` of a deactivation. */
int acme_account_finish_deactivation(struct acme_exchange *exchange, struct acme_answer *answer,
				     struct error *err);

#endif
