/*
 * A CA that follows RFC 8555 over struct acme_request and struct acme_reply, for tests of whole
 * orders. It checks what it is asked (each nonce once, the URL that was signed, the right kind of
 * signature) and has knobs for what goes wrong.
 */
#ifndef TESTS_ACME_FAKE_CA_H
#define TESTS_ACME_FAKE_CA_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/wire.h"
#include "base/strvec.h"

#define FAKE_CA_DIRECTORY "https://ca.test/dir"
#define FAKE_CA_ACCOUNT "https://ca.test/account/1"

enum fake_status {
	FAKE_PENDING,
	FAKE_READY,
	FAKE_PROCESSING,
	FAKE_VALID,
	FAKE_INVALID,
};

struct fake_order {
	struct strvec names;
	enum fake_status *authzs; /* one for each name */
	bool *answered;
	enum fake_status status;
	unsigned polls;
};

struct fake_ca {
	/* Knobs. */
	unsigned reject_percent;   /* of the nonces */
	unsigned validation_polls; /* order polls that find it still pending */
	unsigned issuance_polls;
	size_t fail_every; /* each n-th name fails validation */
	unsigned drop_at;  /* number of the request whose reply is lost; 0: none */
	bool drop_before;  /* it is lost on the way in: nothing happens */
	int busy_at;       /* number of the request that is answered by 429 */

	/* What happened. */
	unsigned requests, new_nonces, new_orders, finalizes;
	struct fake_order *orders;
	size_t order_count, capacity;
	struct strvec nonces; /* given out and not used */
	unsigned last_nonce;
	uint32_t seed;
};

void fake_ca_init(struct fake_ca *ca);
void fake_ca_release(struct fake_ca *ca);
/* Serves a request; ret_reply is to be released. */
void fake_ca_serve(struct fake_ca *ca, const struct acme_request *request,
		   struct acme_reply *ret_reply);

#endif
