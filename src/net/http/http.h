/*
 * HTTP client: any number of requests at once over kept-alive connections.
 *
 * The bytes of a peer are handled by a child process that holds no key and no rights (net/worker);
 * what crosses to us is a status, checked header fields and a capped body. The body is taken apart
 * by another one (net/parser) if the request names its form. Where no child can be started, the
 * client says so and works in this process.
 *
 *	http_client_new(&options, &client, err);
 *	http_start(client, &request, tag);            any number of times
 *	while (http_poll(client, timeout_ms, &response, err) == 1) ... response.tag ...
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
	int max_connections;   /* per host; 0: a sensible default */
	const struct confinement *confinement; /* of the children (net/confined_child.h), or NULL */
	bool in_process;                       /* no child: for tests */
};

struct confinement;
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
/* Has a text of that form parsed as the body of an answer would be. */
void http_parse(struct http_client *client, enum content_form form, struct span text,
		struct content *ret_content);
/* One request, start to end. */
int http_perform(struct http_client *client, const struct http_request *request,
		 struct http_response *ret_response, struct error *err) WARN_UNUSED;

#endif
