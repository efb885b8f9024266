/*
 * Replies as values (see wire.h).
 */
#include "acme/wire.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"

bool acme_request_wants_chain(const struct acme_request *request)
{
	return str_eq_or_null(request->accept, ACME_CHAIN_TYPE) ||
	       str_eq_or_null(request->accept, ACME_CERT_TYPE);
}

void acme_reply_init(struct acme_reply *reply)
{
	*reply = (struct acme_reply){.headers = HEADERS_INIT, .chain = CERT_CHAIN_INIT};
}

void acme_reply_release(struct acme_reply *reply)
{
	headers_release(&reply->headers);
	free(reply->body);
	json_free(reply->json);
	cert_chain_release(&reply->chain);
	error_release(&reply->fault);
	error_release(&reply->transport);
	acme_reply_init(reply);
}
