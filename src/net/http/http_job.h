/*
 * What a client hands to the transport that performs its requests: how it is set up, and a request
 * of its own. Both own all of their parts.
 */
#ifndef NET_HTTP_HTTP_JOB_H
#define NET_HTTP_HTTP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "net/http/http_message.h"

enum {
	HTTP_MAX_REDIRECTS = 3,
	HTTP_MAX_FIELDS = 100,            /* of one answer */
	HTTP_MAX_FIELD_BYTES = 64 * 1024, /* all of them together */
	HTTP_MAX_CA_BUNDLE = 8 * 1024 * 1024,
	HTTP_MAX_BODY = 512 * 1024 * 1024, /* largest max_body that a caller may allow */
};

struct http_setup {
	char *user_agent; /* "": none is sent */
	bool verify_tls;
	bool has_ca_bundle;
	struct strbuf ca_bundle; /* PEM; used instead of the system's store */
	int max_connections;     /* per host */
	int connect_timeout_ms;  /* to resolve the name, and to try its addresses */
	int stall_timeout_s;     /* not a byte for so long: given up */
};
#define HTTP_SETUP_INIT                                                                            \
	{                                                                                          \
		.verify_tls = true, .ca_bundle = STRBUF_INIT, .max_connections = 8,                \
		.connect_timeout_ms = 20000, .stall_timeout_s = 30                                 \
	}
void http_setup_release(struct http_setup *setup);
DEFINE_AUTO(http_setup, http_setup_release);

struct http_job {
	uint32_t id;
	struct http_request request; /* its pointers lead to the members below */
	char *url;
	char *connect_to; /* or NULL */
	char *proxy;      /* URL, or NULL: direct */
	struct headers headers;
	char *body;
};

/* An empty job, to be filled in. */
struct http_job *http_job_new(uint32_t id);
/* Points `request` to the owned parts; after these have changed. */
void http_job_bind(struct http_job *job);
/* A copy of the request. */
struct http_job *http_job_copy(uint32_t id, const struct http_request *request, const char *proxy);
/* Wipes what was to be sent. */
void http_job_free(struct http_job *job);
DEFINE_AUTO_PTR(http_job, http_job_free);

/* TCP port that the request connects to: of `connect_to`, of the proxy, or of the URL. */
int http_job_port(const struct http_job *job);
enum {
	HTTP_PORT_PLAIN = 80,
	HTTP_PORT_TLS = 443,
	HTTP_PORT_DNS = 53,
	HTTP_PORT_PROXY = 1080, /* libcurl's, for a proxy whose URL has none */
};

/* True for what a field name (RFC 9110 section 5.1) or value (5.5) may consist of; values are
 * limited to printable UTF-8 as well. */
bool http_field_name_is_valid(const char *name);
bool http_field_value_is_valid(const char *value);

#endif
