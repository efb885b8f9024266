/*
 * Coordinates a request with other machines that have the same certificate. The fleet implements it
 * (app/fleet/own/fence.h); a request without a fence concerns this machine alone.
 *
 *	claim      before anything is prepared: takes the renewal for this machine
 *	begin      with key and CSR: records what is about to be ordered
 *	confirm    records the order's URL; later permits sending the CSR
 *	publish    gives the certificate to the other machines, before it is used here
 *	fail       records a failure
 */
#ifndef APP_ISSUE_ISSUE_FENCE_H
#define APP_ISSUE_ISSUE_FENCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"

struct acme_action;
struct issue_request;

struct issue_fence_ops {
	/* Fails if this machine must not renew the certificate now. May fill in the request's key,
	 * or its chain as well (is_taken). */
	int (*claim)(struct issue_request *request, struct error *err);
	/* Replaces `csr` by the one in the order of another machine that has the same key, if it
	 * has begun one. */
	int (*begin)(struct issue_request *request, struct strbuf *csr, struct error *err);
	int (*confirm)(struct issue_request *request, const struct acme_action *action,
		       struct error *err);
	int (*publish)(struct issue_request *request, struct error *err);
	/* `is_dead`: the CA has said that the order does not exist (any more). */
	void (*fail)(struct issue_request *request, bool is_dead, const struct error *failure);
	/* Called at intervals while requests are in progress, to keep the claim. */
	void (*beat)(struct issue_request *request);
};

struct issue_fence {
	const struct issue_fence_ops *ops;
	bool is_taken;       /* another machine has renewed it: the request has chain and key */
	const char *resumes; /* URL of an order to resume, or NULL; borrowed from the fence */
};

#endif
