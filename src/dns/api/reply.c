/*
 * Frees answers (see reply.h).
 */
#include "dns/api/reply.h"

#include <stdlib.h>

#include "codec/json.h"
#include "codec/xml.h"

void dns_reply_release(struct dns_reply *reply)
{
	headers_release(&reply->headers);
	free(reply->body);
	json_free(reply->json);
	xml_free(reply->xml);
	*reply = (struct dns_reply)DNS_REPLY_INIT;
}
