/*
 * Proves that a running server uses its new configuration: asks it over its own sockets for
 * something that only the new one serves, until it answers correctly. A reload is asynchronous, so
 * the alternative would be to sleep and hope.
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
#include "net/http/starttls.h"
#include "os/clock.h"

struct http_client;
struct http_request;

/* A request to a server and the answer it must give. Without body and leaf the server only has to
 * accept a connection. */
struct probe {
	char *address; /* "127.0.0.1", "::1": where the server listens; a name for `is_named` */
	unsigned port;
	bool proxy_protocol; /* the socket wants a PROXY line first */
	char *host;          /* of the Host header */
	char *path;          /* "/.well-known/acme-challenge/TOKEN" */
	char *body;          /* of the answer to a plain HTTP request for the path */
	char *leaf;          /* PEM: the certificate that a TLS client must get */
	char *other_leaf;    /* or this, of the certificate's second key; NULL: none */
	/* HTTP_RSA_ONLY, HTTP_ECDSA_ONLY: what a client gets that knows this kind of key alone, or,
	 * if it gets nothing, what any client gets. 0: whatever the server prefers. */
	unsigned key;
	bool is_gone;           /* the server must not send the leaf (anything else will do) */
	enum starttls starttls; /* what it speaks before TLS */
	/* A person named the place: it is asked wherever it is. With a leaf only. */
	bool is_named;
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

/* Appends a copy of the probe. */
void probes_add(struct probes *probes, const struct probe *probe);

/* The clients needed for the requests. The HTTP client does TLS, because the peer's handshake is
 * not parsed here; it may be NULL when no probe has a leaf. */
struct probe_means {
	const struct clock *clock;
	struct http_client *http;
};

/* Repeats the requests until each has got its expected answer, for at most `limit_ms`. Addresses
 * that are not this machine's own, or that it cannot reach, prove nothing and are skipped at once.
 * ERR_NETWORK: `ret_open` is the index of the first probe without the expected answer, and the text
 * says why. ERR_CANCELLED: a signal arrived. */
int probes_wait(const struct probes *probes, const struct probe_means *means, int64_t limit_ms,
		size_t *ret_open, struct error *err) WARN_UNUSED;

/* True when this machine can ask at least one of them. */
bool probes_can_tell(const struct probes *probes);
/* Told of each probe that failed: its index, and why. */
typedef void probes_failed_fn(void *context, size_t index, const struct error *reason);
/* The same for all probes, whichever fail: the first failure uses up the time limit, so those after
 * it are asked only once. ERR_CANCELLED. */
int probes_wait_each(const struct probes *probes, const struct probe_means *means, int64_t limit_ms,
		     probes_failed_fn *failed, void *context, struct error *err) WARN_UNUSED;

/* Asks once. The same errors as above; ERR_NETWORK for a certificate that is not the leaf says
 * which one it is. */
int probe_look(const struct probe *probe, const struct probe_means *means,
	       struct error *err) WARN_UNUSED;

/* Makes the request by which a certificate is looked at: a TLS handshake for the probe's host, at
 * its socket, in the network process, since a handshake parses what the peer sends. The answer's
 * body is the certificate as PEM. The request borrows the texts, which the caller frees. */
struct probe_request_texts {
	char *url, *socket;
};
struct http_request probe_request(const struct probe *probe, struct probe_request_texts *ret_texts);
void probe_request_texts_release(struct probe_request_texts *texts);
DEFINE_AUTO(probe_request_texts, probe_request_texts_release);
/* "192.0.2.1:25", "[::1]:25": a socket as URLs and messages have it; the caller frees it. */
char *probe_socket(const char *address, unsigned port) WARN_UNUSED;

/* The certificate that the socket shows for the probe's host, as PEM, which the caller frees. The
 * same errors. */
int probe_shown(const struct probe *probe, const struct probe_means *means, char **ret_pem,
		struct error *err) WARN_UNUSED;

/* Exported for tests. Appends the request as it is sent, including a PROXY line (version 1). */
void probe_print_request(const struct probe *probe, struct strbuf *out);
/* Exported for tests. True when the bytes are a complete answer with status 200 and exactly that
 * body. */
bool probe_answer_fits(struct span answer, const char *body);
/* Exported for tests. True when two PEM texts are equal except for white space. */
bool probe_is_same_pem(const char *a, const char *b);
/* True when the certificate is what the probe looks for: its leaf, or that of the second key. */
bool probe_is_leaf(const struct probe *probe, const char *pem);
/* " to RSA clients": who the probe looks for, at the end of messages; "": any client. */
const char *probe_clients(const struct probe *probe);

#endif
