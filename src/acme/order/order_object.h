/*
 * The order object (RFC 8555 section 7.1.3) as the CA sends it. Used by acme/ only.
 */
#ifndef ACME_ORDER_ORDER_OBJECT_H
#define ACME_ORDER_ORDER_OBJECT_H

#include "acme/call.h"
#include "base/error.h"
#include "base/strvec.h"

enum acme_order_status {
	ACME_ORDER_PENDING,
	ACME_ORDER_READY,
	ACME_ORDER_PROCESSING,
	ACME_ORDER_VALID,
	ACME_ORDER_INVALID,
};

struct acme_order_object {
	enum acme_order_status status;
	struct json *json;
};
void acme_order_object_release(struct acme_order_object *object);
DEFINE_AUTO(acme_order_object, acme_order_object_release);

/* Reads an OK answer; only the status is required. The caller releases the object. ERR_PROTOCOL. */
int acme_order_object_read(const struct acme_answer *answer, struct acme_order_object *ret_object,
			   struct error *err) WARN_UNUSED;
/* Reads and checks the URL "finalize" or "certificate"; the caller frees it. ERR_PROTOCOL. */
int acme_order_object_url(const struct acme_order_object *object, const char *name, char **ret_url,
			  struct error *err) WARN_UNUSED;
/* Appends the authorization URLs, checked and without duplicates. ERR_PROTOCOL, also when there are
 * none or too many. */
int acme_order_object_authorizations(const struct acme_order_object *object,
				     struct strvec *ret_urls, struct error *err) WARN_UNUSED;
/* Says why the order is invalid: always sets an error and returns its code. */
int acme_order_object_error(const struct acme_order_object *object, struct acme_failures *failures,
			    struct error *err);

#endif
