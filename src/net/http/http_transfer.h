/*
 * One request in progress through libcurl: its options, and the answer as it arrives, within its
 * limits.
 */
#ifndef NET_HTTP_HTTP_TRANSFER_H
#define NET_HTTP_HTTP_TRANSFER_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "base/strvec.h"
#include "net/http/curl_library.h"
#include "net/http/http_job.h"
#include "net/http/mail_reply.h"

/* The form in which the system's CA certificates are used to verify a server. */
enum http_trust {
	TRUST_DIRECTORY, /* hashed directory: only the needed certificate is read */
	TRUST_FILE,      /* one file with all certificates */
};

struct http_transfer {
	struct http_transfer *next;
	struct http_job *job;
	CURL *easy;
	struct curl_slist *fields;
	struct curl_slist *connect_to;
	struct curl_slist *addresses;
	enum http_trust trust;
	CURLcode setup_result; /* result of the first option that libcurl refused */
	char detail[CURL_ERROR_SIZE];
	struct strbuf body;
	size_t body_sent; /* of a mail */
	struct mail_reply reply;
	size_t field_bytes;
	unsigned lines;    /* of the body, where they are counted */
	bool in_fields;    /* between a status line and the blank line that follows */
	unsigned sendings; /* how often the request was about to be sent */
	int sockets[8];    /* that were made, for a dialogue before TLS; 0: none */
	struct http_response response;
};

/* Allocates a transfer, which takes ownership of the job. */
struct http_transfer *http_transfer_new(struct http_job *own_job);

/* Frees the transfer, its handle and its job. */
void http_transfer_free(struct http_transfer *transfer, const struct curl_library *library);
/* Makes the libcurl handle. Returns false when libcurl refuses an option; the response then has an
 * error. */
bool http_transfer_prepare(struct http_transfer *transfer, const struct curl_library *library,
			   const struct http_setup *setup, enum http_trust trust);
/* Looks up where the prepared request goes, so that libcurl needs no thread for it. What is in
 * `known` was looked up before, and is libcurl's already; what is found is added. */
void http_transfer_look_up(struct http_transfer *transfer, const struct curl_library *library,
			   struct strvec *known);
/* Records the round trip time to the host; call it while libcurl still works on the handle. */
void http_transfer_take_distance(struct http_transfer *transfer,
				 const struct curl_library *library);
/* Takes the result `code` of libcurl and fills in the response. */
void http_transfer_finish(struct http_transfer *transfer, const struct curl_library *library,
			  const struct http_setup *setup, CURLcode code);

#endif
