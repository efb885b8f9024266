/*
 * Owned copies of requests and settings (see http_job.h), and the grammar of header fields.
 */
#include "net/http/http_job.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/span.h"
#include "codec/url.h"

void http_setup_release(struct http_setup *setup)
{
	free(setup->user_agent);
	setup->user_agent = NULL;
	strbuf_release(&setup->ca_bundle);
	secret_release(&setup->client_cert);
	secret_release(&setup->client_key);
}

struct http_job *http_job_new(uint32_t id)
{
	struct http_job *job = XNEW(struct http_job);

	job->id = id;
	headers_init(&job->headers);
	return job;
}

/* The request has pointers into the job, which move when the job is read from a message. */
void http_job_bind(struct http_job *job)
{
	job->request.url = job->url;
	job->request.connect_to = job->connect_to;
	job->request.headers = &job->headers;
	job->request.body = job->body;
}

struct http_job *http_job_copy(uint32_t id, const struct http_request *request, const char *proxy)
{
	struct http_job *job = http_job_new(id);

	job->request = *request;
	job->url = url_lower_scheme(request->url);
	job->connect_to = xstrdup_or_null(request->connect_to);
	job->proxy = xstrdup_or_null(proxy);
	job->body = request->body ? xmemdup(request->body, request->body_len) : NULL;
	if (request->headers) {
		strvec_extend(&job->headers.names, &request->headers->names);
		strvec_extend(&job->headers.values, &request->headers->values);
	}
	http_job_bind(job);
	return job;
}

/* Bodies and fields have tokens in them. */
void http_job_free(struct http_job *job)
{
	if (!job)
		return;
	free(job->url);
	free(job->connect_to);
	free(job->proxy);
	secret_wipe(job->body, job->request.body_len);
	free(job->body);
	for (size_t i = 0; i < job->headers.values.count; i++)
		secret_wipe(job->headers.values.items[i], strlen(job->headers.values.items[i]));
	headers_release(&job->headers);
	free(job);
}

/* The port at the end of "[user@]host[:port]"; the default where there is none. */
static int port_of(struct span authority, int default_port)
{
	AUTO_FREE char *text = span_dup(authority);
	const char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');
	int64_t port;

	if (colon && (!bracket || colon > bracket) && str_to_int64(colon + 1, 1, 65535, &port))
		return (int)port;
	return default_port;
}

/* Returns the part between "scheme://" and the path. */
static struct span authority_of(const char *url)
{
	const char *start = strstr(url, "://");

	start = start ? start + 3 : url;
	return span_make(start, strcspn(start, "/?#"));
}

/* The proxy's, if there is one: that is where the process connects to. */
int http_job_port(const struct http_job *job)
{
	const char *peer = job->proxy ? job->proxy : job->url;
	int default_port = str_starts(peer, "https:") ? HTTP_PORT_TLS
			   : job->proxy               ? HTTP_PORT_PROXY
						      : HTTP_PORT_PLAIN;

	if (job->connect_to)
		return port_of(span_make(job->connect_to, strlen(job->connect_to)), default_port);
	return port_of(authority_of(peer), default_port);
}

/* RFC 9110 section 5.1. A line break in a field would let its value add fields of its own. */
bool http_field_name_is_valid(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!ascii_is_alnum(*c) && !strchr("!#$%&'*+-.^_`|~", *c))
			return false;
	return name[0] != '\0';
}

bool http_field_value_is_valid(const char *value)
{
	return ascii_is_printable_text(value);
}
