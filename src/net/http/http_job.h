/*
 * The input of the transport that performs a client's requests: its setup, and one job per request.
 * Both own all of their parts.
 */
#ifndef NET_HTTP_HTTP_JOB_H
#define NET_HTTP_HTTP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/strbuf.h"
#include "net/http/http_message.h"

enum {
	HTTP_MAX_REDIRECTS = 3,
	HTTP_MAX_FIELDS = 100,            /* per answer */
	HTTP_MAX_FIELD_BYTES = 64 * 1024, /* of one answer in total */
	HTTP_MAX_CA_BUNDLE = 8 * 1024 * 1024,
	HTTP_MAX_CLIENT_PEM = 256 * 1024,
	HTTP_MAX_BODY = 512 * 1024 * 1024, /* largest max_body that a caller may allow */
};

struct http_setup {
	char *user_agent; /* "": none is sent */
	bool verify_tls;
	bool has_ca_bundle;
	struct strbuf ca_bundle;               /* PEM; used instead of the system's store */
	struct secret client_cert, client_key; /* PEM; empty: none */
	int max_connections;                   /* per host */
	int connect_timeout_ms; /* to resolve the name and connect to one of its addresses */
	int stall_timeout_s;    /* abort after this long without any data */
	/* Set by a worker that may read only a part of the system's CA certificates; not sent. */
	bool knows_part_of_store;
};
#define HTTP_SETUP_INIT                                                                            \
	{                                                                                          \
		.verify_tls = true, .ca_bundle = STRBUF_INIT, .max_connections = 8,                \
		.connect_timeout_ms = 20000, .stall_timeout_s = 30                                 \
	}

/* Frees the members; the struct itself is the caller's. */
void http_setup_release(struct http_setup *setup);
DEFINE_AUTO(http_setup, http_setup_release);

struct http_job {
	uint32_t id;
	struct http_request request; /* its pointers refer to the members below */
	char *url;
	char *connect_to; /* or NULL */
	char *proxy;      /* URL, or NULL: direct */
	struct headers headers;
	char *body;
};

/* Allocates an empty job with this id, for the caller to fill in and free. */
struct http_job *http_job_new(uint32_t id);
/* Points `request` at the owned parts; call it after changing them. */
void http_job_bind(struct http_job *job);
/* Makes a job from a copy of the request. `proxy` may be NULL. Freed by http_job_free(). */
struct http_job *http_job_copy(uint32_t id, const struct http_request *request, const char *proxy);
/* Frees the job and wipes the data that was to be sent. */
void http_job_free(struct http_job *job);
DEFINE_AUTO_PTR(http_job, http_job_free);

/* Returns the TCP port the request connects to: from `connect_to`, the proxy, or the URL. */
int http_job_port(const struct http_job *job);
enum {
	HTTP_PORT_PLAIN = 80,
	HTTP_PORT_TLS = 443,
	HTTP_PORT_DNS = 53,
	HTTP_PORT_PROXY = 1080, /* of SOCKS; other proxy URLs have a port (proxy.h) */
};

/* Returns true if the text is a valid field name (RFC 9110 section 5.1). */
bool http_field_name_is_valid(const char *name);

/* Returns true if the text is a valid field value (RFC 9110 section 5.5) that consists of printable
 * UTF-8. */
bool http_field_value_is_valid(const char *value);

#endif
