/*
 * Proof that a running server uses its new configuration: it is asked for what only the new one
 * serves, over its own sockets, until it answers. A reload is asynchronous, so the alternative
 * would be to sleep and hope.
 */
#ifndef WEBSERVER_PROBE_H
#define WEBSERVER_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "os/clock.h"

struct http_client;

/* What a server is asked, and how it must answer: without body and leaf it only has to
 * accept a connection. */
struct probe {
	char *address; /* "127.0.0.1", "::1": where the server listens */
	unsigned port;
	bool proxy_protocol; /* the socket wants a PROXY line first */
	char *host;          /* of the Host header */
	char *path;          /* "/.well-known/acme-challenge/TOKEN" */
	char *body;          /* of the answer to a plain HTTP request for the path */
	char *leaf;          /* PEM: the certificate that a TLS client is to be shown */
	bool is_gone;        /* the leaf must not be shown (anything else may be) */
};

struct probes {
	struct probe *items;
	size_t count, capacity;
};

#define PROBES_INIT                                                                                \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void probes_release(struct probes *probes);
DEFINE_AUTO(probes, probes_release);

/* Adds a copy. */
void probes_add(struct probes *probes, const struct probe *probe);

/* Who performs the requests. TLS is the HTTP client's, for the bytes of a peer are not taken apart
 * here; NULL: no probe has a leaf. */
struct probe_means {
	const struct clock *clock;
	struct http_client *http;
};

/* Repeats the requests until each has been answered as it must be, at most `limit_ms`. Addresses
 * that are not this machine's own, or cannot be reached from it, prove nothing and are passed over
 * at once. `ret_open` is the index of the first that was not answered, with a reason in `err`
 * (ERR_NETWORK). ERR_CANCELLED: a signal came. */
int probes_wait(const struct probes *probes, const struct probe_means *means, int64_t limit_ms,
		size_t *ret_open, struct error *err) WARN_UNUSED;

/* Parts, for tests. The request as it is sent, a PROXY line (version 1) included. */
void probe_print_request(const struct probe *probe, struct strbuf *out);
/* True when the bytes are a whole answer with status 200 and exactly that body. */
bool probe_answer_fits(struct span answer, const char *body);
/* True when two PEM texts are the same but for white space. */
bool probe_is_same_pem(const char *a, const char *b);

#endif
