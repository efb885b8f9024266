/*
 * Explains in our own words why a transfer failed.
 */
#ifndef NET_HTTP_CURL_FAILURE_H
#define NET_HTTP_CURL_FAILURE_H

#include <stdbool.h>

#include "net/http/curl_library.h"
#include "net/http/http_job.h"

struct mail_reply;

struct curl_failure {
	const struct curl_library *library;
	const struct http_setup *setup;
	const struct http_job *job;
	CURL *easy;                     /* the handle that failed */
	const struct mail_reply *reply; /* of a mail */
	bool has_sent_all;              /* of the mail */
	CURLcode code;
	const char *detail; /* its error buffer */
};

/* Fills in the response's error with a text, a hint if there is one, and maybe_sent. */
void curl_failure_describe(const struct curl_failure *failure, struct http_response *response);

#endif
