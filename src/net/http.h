/*
 * HTTP client: any number of requests at once over kept-alive connections.
 *
 * The bytes of a peer are handled by a child process that holds no key and no rights (net/worker);
 * what crosses to us is a status, checked header fields and a capped body. Where no child can be
 * started, the client says so once in the log and works in this process.
 *
 *	http_client_new(&options, &client, err);
 *	http_start(client, &request, tag);            any number of times
 *	while (http_poll(client, timeout_ms, &response, err) == 1) ... response.tag ...
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "codec/headers.h"

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
};

struct http_response {
	void *tag; /* as given to http_start() */
	int status;
	struct headers headers;
	char *body; /* NUL-terminated heap text of body_len bytes */
	size_t body_len;
	struct error
		error;   /* set (ERR_NETWORK, ERR_PROTOCOL, ERR_IO) when no whole response came */
	bool maybe_sent; /* with error: the request may have reached the peer */
};
void http_response_init(struct http_response *response);
void http_response_release(struct http_response *response);
DEFINE_AUTO(http_response, http_response_release);

struct http_options {
	const char *user_agent; /* "" sends none */
	bool verify_tls;
	const char *ca_bundle; /* path (REQUESTS_CA_BUNDLE ...), or NULL: the system's store */
	int max_connections;   /* per host; 0: a sensible default */
	bool in_process;       /* no child: for tests and fallback */
};

struct http_client;

/* Starts nothing yet: the child and the HTTP library come with the first request. ERR_CONFIG: the
 * CA bundle cannot be read. */
int http_client_new(const struct http_options *options, struct http_client **ret_client,
		    struct error *err) WARN_UNUSED;
/* Outstanding requests are dropped. */
void http_client_free(struct http_client *client);
DEFINE_AUTO_PTR(http_client, http_client_free);

/* Queues a request (copied). What goes wrong later arrives as a response with an error. */
void http_start(struct http_client *client, const struct http_request *request, void *tag);
/* Waits up to timeout_ms (-1: no limit) for the next finished request. Returns 1 with a response, 0
 * when the time is up, ERR_CANCELLED when a signal came, ERR_INTERNAL when the child died (it is
 * started again by the next http_start). */
int http_poll(struct http_client *client, int64_t timeout_ms, struct http_response *ret_response,
	      struct error *err) WARN_UNUSED;
/* For requests of which several callers share the client: takes the response to the one that was
 * started with the tag. False: it has not arrived. */
bool http_take(struct http_client *client, const void *tag, struct http_response *ret_response);
/* Waits up to timeout_ms (-1: no limit) for something to happen. Returns 1 when responses may have
 * arrived, 0 when the time is up, ERR_CANCELLED when a signal came. */
int http_wait(struct http_client *client, int64_t timeout_ms, struct error *err) WARN_UNUSED;
/* Ends the wait for the request with the tag: its response will be thrown away. */
void http_drop(struct http_client *client, const void *tag);
/* Requests that have not been returned by http_poll() yet. */
size_t http_pending(const struct http_client *client);
/* One request, start to end. */
int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret_response, struct error *err) WARN_UNUSED;

/* Entry of the child: serves the channel (fd 3) until it closes. Returns an exit status. */
int http_worker_main(void);
/* argv[0] by which main() recognises the child. */
#define HTTP_WORKER_NAME "certbot: network"

#endif
