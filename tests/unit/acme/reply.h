/*
 * What the parser makes of a reply's body before a machine sees it (net/parser), done here.
 */
#ifndef TESTS_ACME_REPLY_H
#define TESTS_ACME_REPLY_H

#include <string.h>

#include "acme/wire.h"
#include "codec/json.h"

/* `accept`: of the request. */
static inline void reply_parse(struct acme_reply *reply, const char *accept)
{
	AUTO(error) struct error fault = ERROR_INIT;
	int rc;

	if (!reply->body_len)
		return;
	if (accept && strcmp(accept, ACME_CHAIN_TYPE) == 0 && reply->status / 100 == 2)
		rc = cert_chain_parse(reply->body, reply->body_len, &reply->chain, &fault);
	else
		rc = json_parse(reply->body, reply->body_len, "JSON", &reply->json, &fault);
	if (rc < 0)
		error_move(&reply->fault, &fault);
}

#endif
