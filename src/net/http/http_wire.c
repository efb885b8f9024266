/*
 * Encoding and checked decoding of the client's messages (see http_wire.h).
 */
#include "net/http/http_wire.h"

#include <string.h>

#include <limits.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "base/secret.h"

enum {
	MAX_TEXT = 16 * 1024, /* URL, proxy, user agent */
	SETUP_OVERHEAD = 64,  /* of a setup: numbers and lengths */
};

int http_wire_kind(struct span message, struct span *ret_contents)
{
	struct frame_reader reader = {.rest = message};
	int kind = frame_get_u8(&reader);

	*ret_contents = reader.rest;
	return kind;
}

/* The peer is a child that has spoken with the Internet, or a parent that trusts nobody: both check
 * everything. */
static int malformed(const char *what, struct error *err)
{
	return error_set(err, ERR_PROTOCOL, "malformed %s in a message between processes", what);
}

void http_wire_put_setup(struct strbuf *out, const struct http_setup *setup)
{
	/* At once: growing would leave the client's key behind in freed memory. */
	strbuf_reserve(out, (setup->user_agent ? strlen(setup->user_agent) : 0) +
				    setup->ca_bundle.len + setup->client_cert.len +
				    setup->client_key.len + SETUP_OVERHEAD);
	frame_put_u8(out, HTTP_WIRE_SETUP);
	frame_put_text(out, setup->user_agent);
	frame_put_u8(out, setup->verify_tls);
	frame_put_u8(out, setup->has_ca_bundle);
	frame_put_bytes(out, setup->ca_bundle.text, setup->ca_bundle.len);
	frame_put_bytes(out, secret_peek(&setup->client_cert), setup->client_cert.len);
	frame_put_bytes(out, secret_peek(&setup->client_key), setup->client_key.len);
	frame_put_u32(out, (uint32_t)setup->max_connections);
	frame_put_u32(out, (uint32_t)setup->connect_timeout_ms);
	frame_put_u32(out, (uint32_t)setup->stall_timeout_s);
}

/* A count or a time: positive, and small enough for an int. */
static int get_count(struct frame_reader *reader)
{
	uint32_t value = frame_get_u32(reader);

	if (!value || value > INT_MAX)
		reader->broken = true;
	return reader->broken ? 0 : (int)value;
}

static void get_secret(struct frame_reader *reader, struct secret *ret_secret)
{
	struct span bytes = frame_get_bytes(reader, HTTP_MAX_CLIENT_PEM);

	secret_set(ret_secret, bytes.ptr, bytes.len);
}

/* Replaced only when all of it is good. */
int http_wire_get_setup(struct span contents, struct http_setup *setup, struct error *err)
{
	struct frame_reader reader = {.rest = contents};
	AUTO(http_setup) struct http_setup got = HTTP_SETUP_INIT;
	struct span bundle;

	got.user_agent = frame_get_text(&reader, MAX_TEXT);
	got.verify_tls = frame_get_flag(&reader);
	got.has_ca_bundle = frame_get_flag(&reader);
	bundle = frame_get_bytes(&reader, HTTP_MAX_CA_BUNDLE);
	strbuf_add(&got.ca_bundle, bundle.ptr, bundle.len);
	get_secret(&reader, &got.client_cert);
	get_secret(&reader, &got.client_key);
	got.max_connections = get_count(&reader);
	got.connect_timeout_ms = get_count(&reader);
	got.stall_timeout_s = get_count(&reader);
	if (!frame_is_whole(&reader))
		return malformed("setup", err);
	http_setup_release(setup);
	*setup = got;
	got = (struct http_setup)HTTP_SETUP_INIT;
	return 0;
}

static void put_headers(struct strbuf *out, const struct headers *headers)
{
	frame_put_u32(out, (uint32_t)headers->names.count);
	for (size_t i = 0; i < headers->names.count; i++) {
		frame_put_text(out, headers->names.items[i]);
		frame_put_text(out, headers->values.items[i]);
	}
}

/* Names and values are checked again: the other side has done so, but it may have been taken
 * over. */
static void get_headers(struct frame_reader *reader, struct headers *ret_headers)
{
	uint32_t count = frame_get_u32(reader);
	size_t start = reader->rest.len;

	if (count > HTTP_MAX_FIELDS)
		reader->broken = true;
	for (uint32_t i = 0; i < count && !reader->broken; i++) {
		AUTO_FREE char *name = frame_get_text(reader, HTTP_MAX_FIELD_BYTES);
		AUTO_FREE char *value = frame_get_text(reader, HTTP_MAX_FIELD_BYTES);

		if (!http_field_name_is_valid(name) || !http_field_value_is_valid(value))
			reader->broken = true;
		headers_add(ret_headers, name, value);
		secret_wipe(value, strlen(value));
	}
	if (start - reader->rest.len > 2 * HTTP_MAX_FIELD_BYTES)
		reader->broken = true;
}

void http_wire_put_job(struct strbuf *out, const struct http_job *job)
{
	const struct http_request *request = &job->request;

	frame_put_u8(out, HTTP_WIRE_JOB);
	frame_put_u32(out, job->id);
	frame_put_u8(out, (uint8_t)request->method);
	frame_put_u32(out, request->flags);
	frame_put_u8(out, (uint8_t)request->starttls);
	frame_put_u64(out, request->max_body);
	frame_put_u64(out, (uint64_t)request->timeout_ms);
	frame_put_text(out, job->url);
	frame_put_text(out, job->connect_to);
	frame_put_text(out, job->proxy);
	put_headers(out, &job->headers);
	frame_put_u8(out, job->body != NULL);
	frame_put_bytes(out, job->body, request->body_len);
}

static void get_body(struct frame_reader *reader, struct http_job *job)
{
	bool has_body = frame_get_flag(reader);
	struct span body = frame_get_bytes(reader, HTTP_WIRE_MAX_REQUEST);

	job->body = has_body ? xmemdup(body.ptr, body.len) : NULL;
	job->request.body_len = body.len;
	if (!has_body && body.len)
		reader->broken = true;
}

/* NULL for an empty one. */
static char *get_optional_text(struct frame_reader *reader)
{
	AUTO_FREE char *text = frame_get_text(reader, MAX_TEXT);

	return text[0] ? STEAL(text) : NULL;
}

int http_wire_get_job(struct span contents, struct http_job **ret_job, struct error *err)
{
	struct frame_reader reader = {.rest = contents};
	AUTO(http_job) struct http_job *job = http_job_new(frame_get_u32(&reader));
	uint8_t method = frame_get_u8(&reader), starttls;

	job->request.method = method;
	job->request.flags = frame_get_u32(&reader);
	starttls = frame_get_u8(&reader);
	job->request.starttls = starttls;
	job->request.max_body = frame_get_u64(&reader);
	job->request.timeout_ms = (int64_t)frame_get_u64(&reader);
	job->url = frame_get_text(&reader, MAX_TEXT);
	job->connect_to = get_optional_text(&reader);
	job->proxy = get_optional_text(&reader);
	get_headers(&reader, &job->headers);
	get_body(&reader, job);
	if (!frame_is_whole(&reader) || method > HTTP_MAIL || starttls >= STARTTLS__COUNT ||
	    job->request.timeout_ms <= 0)
		return malformed("request", err);
	http_job_bind(job);
	*ret_job = STEAL(job);
	return 0;
}

void http_wire_put_answer(struct strbuf *out, uint32_t id, const struct http_response *response)
{
	frame_put_u8(out, HTTP_WIRE_ANSWER);
	frame_put_u32(out, id);
	frame_put_u32(out, (uint32_t)response->status);
	put_headers(out, &response->headers);
	frame_put_bytes(out, response->body, response->body_len);
	frame_put_error(out, &response->error);
	frame_put_u8(out, response->maybe_sent);
	frame_put_u8(out, response->wants_whole_store);
	frame_put_u32(out, (uint32_t)response->round_trip_us);
}

/* A failure has no status, an answer a real one. A failure with a status, or an answer without one,
 * would be taken for something else by the caller. */
static bool is_consistent(const struct http_response *response)
{
	if (error_is_set(&response->error))
		return response->status == 0;
	return response->status >= 100 && response->status <= 999 && !response->wants_whole_store;
}

/* The limit of the body is the one that the request had, not what the message says. */
int http_wire_get_answer(struct span contents, http_wire_limit_fn *max_body, void *context,
			 uint32_t *ret_id, struct http_response *response, struct error *err)
{
	struct frame_reader reader = {.rest = contents};
	AUTO(http_response) struct http_response got;
	uint32_t id = frame_get_u32(&reader);
	int64_t limit = max_body(context, id);
	uint32_t status = frame_get_u32(&reader);
	struct span body;

	http_response_init(&got);
	if (limit < 0)
		return malformed("number of a request", err);
	got.status = status <= INT_MAX ? (int)status : -1;
	get_headers(&reader, &got.headers);
	body = frame_get_bytes(&reader, (size_t)limit);
	got.body = span_dup(body);
	got.body_len = body.len;
	frame_get_error(&reader, &got.error);
	got.maybe_sent = frame_get_flag(&reader);
	got.wants_whole_store = frame_get_flag(&reader);
	got.round_trip_us = frame_get_u32(&reader);
	if (!frame_is_whole(&reader) || !is_consistent(&got))
		return malformed("answer", err);
	*ret_id = id;
	http_response_release(response);
	*response = got;
	http_response_init(&got);
	return 0;
}
