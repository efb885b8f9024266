/*
 * A request to an HTTP server as the caller describes it, and the response.
 */
#ifndef NET_HTTP_HTTP_MESSAGE_H
#define NET_HTTP_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "codec/headers.h"
#include "net/http/starttls.h"
#include "net/parser/content.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	/* A mail, by SMTP: the URL, https://HOST:PORT/, says which server, and the body is the
	 * message with CRLF. Headers are From and To of the envelope, each one address, and maybe
	 * User and Password. TLS from the first byte, or by `starttls`; never without it. */
	HTTP_MAIL,
};

enum http_request_flags {
	HTTP_FOLLOW_REDIRECTS = 1 << 0, /* at most 3, https to https only; never for a POST */
	HTTP_ALLOW_PLAIN = 1 << 1,      /* http:// too (loopback, metadata services) */
	/* Sends nothing after the TLS handshake and verifies nothing. The body of the response is
	 * the server's certificate (PEM), its status is 200. */
	HTTP_SHOW_CERTIFICATE = 1 << 2,
	HTTP_PROXY_PROTOCOL = 1 << 3, /* sends a PROXY protocol line (version 1) first */
	/* The answer has no end: its second line is it. What was said is not parsed. */
	HTTP_UNTIL_SECOND_LINE = 1 << 4,
	/* With HTTP_SHOW_CERTIFICATE: a client that knows no other kind of key. */
	HTTP_RSA_ONLY = 1 << 5,
	HTTP_ECDSA_ONLY = 1 << 6,
};

struct http_request {
	/* Identifies who asks; NULL for a caller that has the client for itself. */
	const void *asker;
	enum http_method method;
	const char *url;
	/* "127.0.0.1:443", "[::1]:443": address to connect to instead of the URL's host, without a
	 * proxy; or NULL. */
	const char *connect_to;
	const struct headers *headers; /* besides User-Agent; NULL: none */
	const void *body;
	size_t body_len;
	size_t max_body;    /* bytes of response body accepted */
	int64_t timeout_ms; /* for the whole exchange */
	unsigned flags;
	/* The protocol that the service speaks before TLS; only with HTTP_MAIL, or with
	 * HTTP_SHOW_CERTIFICATE and connect_to. Then the dialogue holds up the worker's other
	 * requests. */
	enum starttls starttls;
	/* How to parse the body of the answer (parser.h). A chain is expected only with status 2xx,
	 * an OCSP response only with 200. If a chain is expected and the status is another, the
	 * body is parsed as JSON. */
	enum content_form form;
	/* For the parser, as in struct parser_job; borrowed until the answer comes. */
	struct span chain_start;
	const struct ocsp_question *question;
};

struct http_response {
	void *tag; /* as given to http_start() */
	int status;
	struct headers headers;
	char *body; /* NUL-terminated heap text of body_len bytes */
	size_t body_len;
	struct content content; /* of the body, if a form was asked for */
	struct error
		error; /* set (ERR_NETWORK, ERR_PROTOCOL, ERR_IO) when no whole response came */
	/* With `error`: the request may have reached the peer. With an answer: it was sent twice,
	 * and the first one may have reached the peer, too. */
	bool maybe_sent;
	/* With `error`, between processes only: the server's certificate did not pass by a part of
	 * the system's CA certificates, and nothing was sent. */
	bool wants_whole_store;
	/* Shortest round trip to the server in microseconds, without its processing time; 0 if
	 * unknown, as through a proxy. */
	int64_t round_trip_us;
};
void http_response_init(struct http_response *response);
void http_response_release(struct http_response *response);
DEFINE_AUTO(http_response, http_response_release);

#endif
