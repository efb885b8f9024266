/*
 * Owned copies of requests and settings (see http_job.h), and the grammar of header fields.
 */
#include "net/http/http_job.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

void http_setup_release(struct http_setup *setup)
{
	free(setup->user_agent);
	setup->user_agent = NULL;
	strbuf_release(&setup->ca_bundle);
}

struct http_job *http_job_new(uint32_t id)
{
	struct http_job *job = XNEW(struct http_job);

	job->id = id;
	headers_init(&job->headers);
	return job;
}

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
	job->url = xstrdup(request->url);
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

void http_job_free(struct http_job *job)
{
	if (!job)
		return;
	free(job->url);
	free(job->connect_to);
	free(job->proxy);
	free(job->body);
	headers_release(&job->headers);
	free(job);
}

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
