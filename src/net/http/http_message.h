/*
 * A request to an HTTP server, as its sender writes it down, and what came of it.
 */
#ifndef NET_HTTP_HTTP_MESSAGE_H
#define NET_HTTP_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "codec/headers.h"
#include "net/parser/content.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
};

enum http_request_flags {
	HTTP_FOLLOW_REDIRECTS = 1 << 0, /* at most 3, https to https only; never for a POST */
	HTTP_ALLOW_PLAIN = 1 << 1,      /* http:// too (loopback, metadata services) */
	/* Nothing is sent after the TLS handshake and nothing verified: the body of the answer is
	 * the certificate that the server shows (PEM), its status 200. */
	HTTP_SHOW_CERTIFICATE = 1 << 2,
	HTTP_PROXY_PROTOCOL = 1 << 3, /* the server wants a PROXY line (version 1) first */
};

struct http_request {
	enum http_method method;
	const char *url;
	/* "127.0.0.1:443", "[::1]:443": connected instead of the URL's host, without a proxy; or
	 * NULL. */
	const char *connect_to;
	const struct headers *headers; /* besides User-Agent; NULL: none */
	const void *body;
	size_t body_len;
	size_t max_body;    /* bytes of response body accepted */
	int64_t timeout_ms; /* for the whole exchange */
	unsigned flags;
	/* What the body of the answer is to be read as (parser.h). A chain is expected with status
	 * 2xx and an answer of OCSP with 200 only; besides a chain, it is JSON. */
	enum content_form form;
	const struct ocsp_question *question; /* CONTENT_OCSP: borrowed until the answer is there */
};

struct http_response {
	void *tag; /* as given to http_start() */
	int status;
	struct headers headers;
	char *body; /* NUL-terminated heap text of body_len bytes */
	size_t body_len;
	struct content content; /* of the body, if a form was asked for */
	struct error
		error;   /* set (ERR_NETWORK, ERR_PROTOCOL, ERR_IO) when no whole response came */
	bool maybe_sent; /* with error: the request may have reached the peer */
	/* Microseconds to the server and back at the least, without its work; 0: not known, as
	 * through a proxy. */
	int64_t round_trip_us;
};
void http_response_init(struct http_response *response);
void http_response_release(struct http_response *response);
DEFINE_AUTO(http_response, http_response_release);

#endif
