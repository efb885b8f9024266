/*
 * Payloads of ACME v1 (see payload.h).
 */
#include "acme/v1/payload.h"

#include "base/strbuf.h"

struct json *acme_v1_payload(const char *resource)
{
	struct json *payload = json_object_new();

	json_set_string(payload, "resource", resource);
	return payload;
}

char *acme_v1_print(struct json *own_payload)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_print(own_payload, JSON_COMPACT, &text);
	json_free(own_payload);
	return strbuf_detach(&text);
}
