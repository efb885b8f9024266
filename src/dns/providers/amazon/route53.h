/*
 * What the files behind dns-route53 share; nobody else includes this.
 */
#ifndef DNS_PROVIDERS_AMAZON_ROUTE53_H
#define DNS_PROVIDERS_AMAZON_ROUTE53_H

#include <stdbool.h>

#include "base/error.h"
#include "base/map.h"
#include "dns/api/pending.h"
#include "dns/providers/amazon/aws_signature.h"

struct dns_batch;
struct dns_call;
struct dns_session;
struct xml;

/* Amazon is three clouds; the region that a user works in says which. */
struct route53_partition {
	const char *prefix, *base_url, *signing_region;
};

/* State of a session. */
struct route53 {
	struct aws_keys keys;
	const struct route53_partition *partition;
	struct map written; /* name -> struct strvec of what this session wrote, in quotes */
	bool cannot_read;   /* the policy does not allow it */
	struct dns_pending pending;
};

/* Sends a call to a path; the answer's tree is the caller's. NULL: a status that it accepts. */
int route53_ask(struct dns_session *session, struct dns_call *call, const char *path,
		struct xml **ret_root, struct error *err) WARN_UNUSED;

/* Puts the values of the batch in, or takes them away, in one request. *ret_change (heap) is the
 * path to ask after the change; it stays NULL when nothing must change. */
int route53_change(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		   char **ret_change, struct error *err) WARN_UNUSED;

#endif
