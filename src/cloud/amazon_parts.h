/*
 * What the files behind amazon.h share; nobody else includes this.
 */
#ifndef CLOUD_AMAZON_PARTS_H
#define CLOUD_AMAZON_PARTS_H

#include "base/map.h"
#include "dns/api/call.h"
#include "dns/providers/amazon/aws_signature.h"

/* State of a session. */
struct amazon {
	struct aws_keys keys;
	const char *service, *region; /* of the call that is under way */
	struct map regions;           /* bucket -> its region, where S3 had to say so */
};

struct amazon_service {
	const char *name, *region; /* that requests are signed for */
};
/* Performs a call, signed for that service. */
int amazon_call(struct dns_session *session, const struct amazon_service *service,
		const struct dns_call *call, struct dns_reply *ret_reply,
		struct error *err) WARN_UNUSED;

#endif
