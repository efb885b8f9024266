/*
 * Changes of zones at Google Cloud DNS.
 */
#ifndef DNS_PROVIDERS_GOOGLE_CHANGE_H
#define DNS_PROVIDERS_GOOGLE_CHANGE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

struct dns_batch;
struct dns_session;
struct google_login;

/* State of a session. */
struct google {
	struct google_login *login;
	const char *project;
};

/* Puts the values of the batch in or takes them away, in one request. *ret_url (heap): where to ask
 * after the change; NULL: it is done, or there was nothing to do. */
int google_change(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		  char **ret_url, struct error *err) WARN_UNUSED;
/* Waits until the change is in force. ERR_NETWORK: it still is not after five minutes. */
int google_await_change(struct dns_session *session, const char *url,
			struct error *err) WARN_UNUSED;

#endif
