/*
 * One request on its way through libcurl: the options it is sent with, and the answer as it comes
 * in, within its limits.
 */
#ifndef NET_HTTP_HTTP_TRANSFER_H
#define NET_HTTP_HTTP_TRANSFER_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "net/http/curl_library.h"
#include "net/http/http_job.h"

/* Which of the system's CA certificates a server is checked against. */
enum http_trust {
	TRUST_DIRECTORY, /* hashed directory: the one that is needed is looked up */
	TRUST_FILE,      /* one file with all of them, read as a whole */
};

struct http_transfer {
	struct http_transfer *next;
	struct http_job *job;
	CURL *easy;
	struct curl_slist *fields;
	struct curl_slist *connect_to;
	enum http_trust trust;
	CURLcode setup_result; /* of the first option that libcurl refused */
	char detail[CURL_ERROR_SIZE];
	struct strbuf body;
	size_t field_bytes;
	bool in_fields; /* between a status line and the blank line that follows */
	struct http_response response;
};

struct http_transfer *http_transfer_new(struct http_job *own_job);
void http_transfer_free(struct http_transfer *transfer, const struct curl_library *library);
/* Makes the handle. False when libcurl refuses an option: the response has an error. */
bool http_transfer_prepare(struct http_transfer *transfer, const struct curl_library *library,
			   const struct http_setup *setup, enum http_trust trust);
/* Notes how far away the host is: while libcurl still works on the handle. */
void http_transfer_take_distance(struct http_transfer *transfer,
				 const struct curl_library *library);
/* Takes the handle down and fills in the response; `code` is libcurl's result. */
void http_transfer_finish(struct http_transfer *transfer, const struct curl_library *library,
			  const struct http_setup *setup, CURLcode code);

#endif
