/*
 * Where several machines have the same certificate: what a request needs their agreement for. The
 * fleet's side (app/fleet/fence.h) implements it; a request without a fence is one machine's own.
 *
 *	claim      before anything is prepared: is it ours to renew?
 *	begin      with key and CSR: what is about to be ordered is noted
 *	confirm    the order's URL is noted; and: the CSR may be sent
 *	publish    the others have it, before it is used here
 *	fail       what became of it otherwise
 */
#ifndef APP_ISSUE_ISSUE_FENCE_H
#define APP_ISSUE_ISSUE_FENCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"

struct acme_action;
struct issue_request;

struct issue_fence_ops {
	/* An error: it is not ours, now. May fill in the request's key, or its chain as well
	 * (is_taken). */
	int (*claim)(struct issue_request *request, struct error *err);
	/* `csr` is replaced by that of an order that another machine has begun for the same key. */
	int (*begin)(struct issue_request *request, struct strbuf *csr, struct error *err);
	int (*confirm)(struct issue_request *request, const struct acme_action *action,
		       struct error *err);
	int (*publish)(struct issue_request *request, struct error *err);
	/* `is_dead`: the CA has said that there is no order (any more). */
	void (*fail)(struct issue_request *request, bool is_dead, const struct error *failure);
	/* While requests of several fences are under way, now and then. */
	void (*beat)(struct issue_request *request);
};

struct issue_fence {
	const struct issue_fence_ops *ops;
	bool is_taken;       /* another machine has renewed it: chain and key are the request's */
	const char *resumes; /* URL of an order to go on with, or NULL; borrowed from the fence */
};

#endif
