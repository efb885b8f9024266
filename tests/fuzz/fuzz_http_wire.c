/*
 * Messages of the network process, should it fall into wrong hands: whatever it sends, the parent
 * reads it or refuses it, and a body is never larger than the request allowed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/http/http.h"
#include "net/http/http_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { MAX_BODY = 100 };

static int64_t limit_of(void *context, uint32_t id)
{
	return id < 4 ? MAX_BODY : -1;
}

static void read_answer(struct span contents)
{
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	uint32_t id;

	http_response_init(&response);
	if (http_wire_get_answer(contents, limit_of, NULL, &id, &response, &err) == 0 &&
	    (id >= 4 || response.body_len > MAX_BODY))
		abort();
}

static void read_job(struct span contents)
{
	AUTO(http_job) struct http_job *job = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	(void)!http_wire_get_job(contents, &job, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span contents = {NULL, 0};

	switch (http_wire_kind(span_make((const char *)bytes, len), &contents)) {
	case HTTP_WIRE_ANSWER:
		read_answer(contents);
		break;
	case HTTP_WIRE_JOB:
		read_job(contents);
		break;
	}
	return 0;
}
