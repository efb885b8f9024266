/*
 * HTTP client: any number of concurrent requests over persistent connections.
 *
 * A child process without keys or rights (worker.h) handles the bytes from the peer; it sends us a
 * status, validated header fields and a body of limited size. If the request names a form for the
 * body, a second child (net/parser) parses it. If no child can be started, the client reports that
 * and works in this process.
 *
 *	http_client_new(&options, &client, err);
 *	http_start(client, &request, tag);            any number of times
 *	while (http_poll(client, asker, timeout_ms, &response, err) == 1) ... response.tag ...
 */
#ifndef NET_HTTP_HTTP_H
#define NET_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/http/http_message.h"

struct http_options {
	const char *user_agent; /* "" sends none */
	bool verify_tls;
	const char *ca_bundle; /* path (REQUESTS_CA_BUNDLE ...), or NULL: the system's store */
	/* Paths of a certificate and its key (PEM) that servers may ask for; NULL: none. The
	 * process that speaks TLS gets both: not for keys that anything else depends on. */
	const char *client_cert, *client_key;
	bool is_direct;      /* ignores the proxy variables */
	int max_connections; /* per host; 0: a sensible default */
	int stall_timeout_s; /* gives up after so long without any data; 0: 30 */
	const struct confinement
		*confinement; /* for the children (net/confined_child.h), or NULL */
	int64_t longest_ms;   /* cuts the time limits of requests: for tests; 0: as they are */
	bool in_process;      /* no child: for tests */
};

struct confinement;
struct http_client;

/* Makes a client, which the caller frees. The child and libcurl are started with the first request.
 * ERR_CONFIG: the CA bundle cannot be read. */
int http_client_new(const struct http_options *options, struct http_client **ret_client,
		    struct error *err) WARN_UNUSED;
/* Drops outstanding requests and stops the children. */
void http_client_free(struct http_client *client);
DEFINE_AUTO_PTR(http_client, http_client_free);

/* Queues a copy of the request. Later failures are reported in the response's error. */
void http_start(struct http_client *client, const struct http_request *request, void *tag);
/* Waits up to timeout_ms (-1: no limit) for the next finished request of this asker. Returns 1 with
 * a response, 0 when the time is up or none of the asker's is left, ERR_CANCELLED when a signal
 * arrived. The replies to others who share the client stay for them: their tags mean nothing
 * here. */
int http_poll(struct http_client *client, const void *asker, int64_t timeout_ms,
	      struct http_response *ret_response, struct error *err) WARN_UNUSED;
/* Takes the response to the request that was started with this tag, whoever asked. Returns false if
 * it has not arrived. */
bool http_take(struct http_client *client, const void *tag, struct http_response *ret_response);
/* Waits up to timeout_ms (-1: no limit) for activity. Returns 1 when responses may have arrived, 0
 * when the time is up, ERR_CANCELLED when a signal arrived. */
int http_wait(struct http_client *client, int64_t timeout_ms, struct error *err) WARN_UNUSED;
/* Abandons the request with this tag; its response will be discarded. */
void http_drop(struct http_client *client, const void *tag);
/* Returns the number of this asker's requests that http_poll() has not returned yet. */
size_t http_pending(const struct http_client *client, const void *asker);
/* Parses a text of that form in the same way as the body of an answer. */
void http_parse(struct http_client *client, enum content_form form, struct span text,
		struct content *ret_content);
/* Performs one request and waits for the response, which the caller releases. */
int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret_response, struct error *err) WARN_UNUSED;

#endif
