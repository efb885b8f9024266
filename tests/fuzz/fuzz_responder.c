/*
 * What a validating client, or anybody else, may send to the challenge responder: the head of a
 * request. It gets the one published answer or an error page. Seeds: tests/cases/responder-http.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "net/responder/responder_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *find(void *context, struct span token)
{
	return span_eq(token, "token-1") ? "token-1.thumbprint" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	int rc = responder_answer_http(span_make((const char *)bytes, len), find, NULL, &out);

	if (rc < -1 || rc > 1 || (rc == 1) != (out.len > 0))
		abort();
	if (rc == 1 && (!str_starts(out.text, "HTTP/1.") || out.len > 4096))
		abort();
	return 0;
}
