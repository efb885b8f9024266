/*
 * Parses the body of a reply for a machine, as the parser process does in the program (net/parser).
 */
#ifndef TESTS_ACME_REPLY_H
#define TESTS_ACME_REPLY_H

#include <string.h>

#include "acme/wire.h"
#include "codec/json.h"

/* `request`: what it answers; NULL: not for certificates. */
static inline void reply_parse(struct acme_reply *reply, const struct acme_request *request)
{
	AUTO(error) struct error fault = ERROR_INIT;
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};
	int rc;

	if (!reply->body_len)
		return;
	if (request && acme_request_wants_chain(request) && reply->status / 100 == 2)
		rc = cert_chain_extend(&issuers, request->chain_start,
				       span_make(reply->body, reply->body_len), &reply->chain,
				       &fault);
	else
		rc = json_parse(reply->body, reply->body_len, "JSON", &reply->json, &fault);
	if (rc < 0)
		error_move(&reply->fault, &fault);
}

#endif
