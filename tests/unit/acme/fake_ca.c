/*
 * The CA of fake_ca.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_ca.h"
#include "reply.h"

#include "../../fixtures/acme/pems.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "codec/base64.h"
#include "codec/json.h"

static const char *const status_names[] = {"pending", "ready", "processing", "valid", "invalid"};

void fake_ca_init(struct fake_ca *ca)
{
	*ca = (struct fake_ca){.seed = 1};
	strvec_init(&ca->nonces);
}

void fake_ca_release(struct fake_ca *ca)
{
	for (size_t i = 0; i < ca->order_count; i++) {
		strvec_release(&ca->orders[i].names);
		free(ca->orders[i].authzs);
		free(ca->orders[i].answered);
	}
	free(ca->orders);
	strvec_release(&ca->nonces);
}

static unsigned random_percent(struct fake_ca *ca)
{
	ca->seed = ca->seed * 1664525 + 1013904223;
	return (ca->seed >> 16) % 100;
}

static void set_body(struct acme_reply *reply, int status, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void set_body(struct acme_reply *reply, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply->status = status;
	reply->body = xvasprintf(format, args);
	reply->body_len = strlen(reply->body);
	va_end(args);
}

static void set_problem(struct acme_reply *reply, int status, const char *type)
{
	set_body(reply, status, "{\"type\":\"urn:ietf:params:acme:error:%s\",\"detail\":\"%s\"}",
		 type, type);
}

static void give_nonce(struct fake_ca *ca, struct acme_reply *reply)
{
	AUTO_FREE char *nonce = xasprintf("nonce-%u", ++ca->last_nonce);

	strvec_push(&ca->nonces, nonce);
	headers_add(&reply->headers, "Replay-Nonce", nonce);
}

static bool use_nonce(struct fake_ca *ca, const char *nonce)
{
	for (size_t i = 0; i < ca->nonces.count; i++) {
		if (strcmp(ca->nonces.items[i], nonce) == 0) {
			strvec_remove(&ca->nonces, i);
			return true;
		}
	}
	return false;
}

static void decode(const struct json *jws, const char *name, struct strbuf *out)
{
	struct error err = ERROR_INIT;

	assert_int_equal(base64url_decode(out, span_of(json_text(json_member(jws, name))), &err),
			 0);
}

static struct json *parse(const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	struct json *json = NULL;

	assert_int_equal(json_parse(text, len, "request", &json, &err), 0);
	return json;
}

/* Checks the JWS and gives its payload. False: the nonce is refused. */
static bool open_post(struct fake_ca *ca, const struct acme_request *request,
		      struct strbuf *ret_payload)
{
	AUTO(json) struct json *jws = parse(request->body, request->body_len);
	AUTO(json) struct json *header = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	assert_string_equal(request->content_type, "application/jose+json");
	decode(jws, "protected", &text);
	decode(jws, "payload", ret_payload);
	header = parse(text.text, text.len);
	assert_string_equal(json_text(json_member(header, "url")), request->url);
	assert_string_equal(json_text(json_member(header, "kid")), FAKE_CA_ACCOUNT);
	/* A nonce that was never given out, or twice used, is a mistake of ours. */
	assert_true(use_nonce(ca, json_text(json_member(header, "nonce"))));
	return random_percent(ca) >= ca->reject_percent;
}

static void show_order(const struct fake_order *order, size_t number, struct acme_reply *reply)
{
	AUTO(strbuf) struct strbuf urls = STRBUF_INIT;

	for (size_t i = 0; i < order->names.count; i++)
		strbuf_addf(&urls, "%s\"https://ca.test/authz/%zu/%zu\"", i ? "," : "", number, i);
	set_body(reply, 200,
		 "{\"status\":\"%s\",\"authorizations\":[%s],"
		 "\"finalize\":\"https://ca.test/finalize/%zu/0\","
		 "\"certificate\":\"https://ca.test/cert/%zu/0\"}",
		 status_names[order->status], urls.text, number, number);
}

static void show_authz(const struct fake_order *order, size_t number, size_t index,
		       struct acme_reply *reply)
{
	const char *status = status_names[order->authzs[index]];
	bool failed = order->authzs[index] == FAKE_INVALID;
	bool busy = order->answered[index] && order->authzs[index] == FAKE_PENDING;

	set_body(reply, 200,
		 "{\"status\":\"%s\",\"identifier\":{\"type\":\"dns\",\"value\":\"%s\"},"
		 "\"challenges\":[{\"type\":\"http-01\",\"status\":\"%s\",\"token\":\"t%zu\","
		 "\"url\":\"https://ca.test/challenge/%zu/%zu\"%s}]}",
		 status, order->names.items[index], busy ? "processing" : status, index, number,
		 index, failed ? ",\"error\":{\"type\":\"dns\",\"detail\":\"no such host\"}" : "");
}

static void new_order(struct fake_ca *ca, const struct strbuf *payload, struct acme_reply *reply)
{
	AUTO(json) struct json *json = parse(payload->text, payload->len);
	const struct json *list = json_member(json, "identifiers");
	AUTO_FREE char *location = xasprintf("https://ca.test/order/%zu/0", ca->order_count);
	struct fake_order *order;

	ca->new_orders++;
	ARRAY_GROW(ca->orders, ca->order_count, ca->capacity);
	order = &ca->orders[ca->order_count++];
	*order = (struct fake_order){.names = STRVEC_INIT};
	for (size_t i = 0; i < json_count(list); i++)
		strvec_push(&order->names, json_text(json_member(json_at(list, i), "value")));
	order->authzs = xcalloc(order->names.count, sizeof(*order->authzs));
	order->answered = xcalloc(order->names.count, sizeof(*order->answered));
	show_order(order, ca->order_count - 1, reply);
	reply->status = 201;
	headers_add(&reply->headers, "Location", location);
}

/* Validates what is answered, once the order was polled often enough. */
static void validate(struct fake_ca *ca, struct fake_order *order)
{
	size_t valid = 0;

	for (size_t i = 0; i < order->names.count; i++) {
		bool fails = ca->fail_every && i % ca->fail_every == 0;

		if (order->answered[i] && order->authzs[i] == FAKE_PENDING)
			order->authzs[i] = fails ? FAKE_INVALID : FAKE_VALID;
		if (order->authzs[i] == FAKE_INVALID)
			order->status = FAKE_INVALID;
		valid += order->authzs[i] == FAKE_VALID;
	}
	if (valid == order->names.count)
		order->status = FAKE_READY;
}

static void poll_order(struct fake_ca *ca, struct fake_order *order, size_t number,
		       struct acme_reply *reply)
{
	order->polls++;
	if (order->status == FAKE_PENDING && order->polls > ca->validation_polls)
		validate(ca, order);
	else if (order->status == FAKE_PROCESSING && order->polls > ca->issuance_polls)
		order->status = FAKE_VALID;
	if (order->status == FAKE_READY)
		order->polls = 0;
	show_order(order, number, reply);
}

static void finalize(struct fake_ca *ca, struct fake_order *order, size_t number,
		     struct acme_reply *reply)
{
	ca->finalizes++;
	if (order->status != FAKE_READY) {
		set_problem(reply, 403, "orderNotReady");
		return;
	}
	order->status = FAKE_PROCESSING;
	order->polls = 0;
	show_order(order, number, reply);
}

static void answer_challenge(struct fake_order *order, size_t index, struct acme_reply *reply)
{
	if (order->answered[index]) {
		set_problem(reply, 400, "malformed");
		return;
	}
	order->answered[index] = true;
	set_body(reply, 200, "{\"status\":\"processing\"}");
}

static void serve_post(struct fake_ca *ca, const char *url, const struct strbuf *payload,
		       struct acme_reply *reply)
{
	char kind[16];
	size_t number, index;
	struct fake_order *order;

	if (strcmp(url, "https://ca.test/new-order") == 0) {
		new_order(ca, payload, reply);
		return;
	}
	assert_int_equal(sscanf(url, "https://ca.test/%15[a-z]/%zu/%zu", kind, &number, &index), 3);
	assert_true(number < ca->order_count);
	order = &ca->orders[number];
	assert_true(index < order->names.count);
	if (strcmp(kind, "order") == 0)
		poll_order(ca, order, number, reply);
	else if (strcmp(kind, "authz") == 0)
		show_authz(order, number, index, reply);
	else if (strcmp(kind, "challenge") == 0)
		answer_challenge(order, index, reply);
	else if (strcmp(kind, "finalize") == 0)
		finalize(ca, order, number, reply);
	else if (strcmp(kind, "cert") == 0)
		set_body(reply, 200, "%s", PEM_CHAIN_A);
	else
		fail_msg("what is '%s'?", url);
}

static void serve(struct fake_ca *ca, const struct acme_request *request, struct acme_reply *reply)
{
	AUTO(strbuf) struct strbuf payload = STRBUF_INIT;

	if (request->method == ACME_GET) {
		assert_string_equal(request->url, FAKE_CA_DIRECTORY);
		set_body(reply, 200,
			 "{\"newNonce\":\"https://ca.test/nonce\","
			 "\"newAccount\":\"https://ca.test/new-account\","
			 "\"newOrder\":\"https://ca.test/new-order\"}");
		return;
	}
	give_nonce(ca, reply);
	if (request->method == ACME_HEAD) {
		ca->new_nonces++;
		reply->status = 200;
	} else if (!open_post(ca, request, &payload)) {
		set_problem(reply, 400, "badNonce");
	} else if (ca->busy_at == (int)ca->requests) {
		set_problem(reply, 429, "rateLimited");
		headers_add(&reply->headers, "Retry-After", "7");
	} else {
		serve_post(ca, request->url, &payload, reply);
	}
}

static void drop(struct acme_reply *reply)
{
	acme_reply_release(reply);
	error_set(&reply->transport, ERR_NETWORK, "connection reset");
	reply->maybe_sent = true;
}

void fake_ca_serve(struct fake_ca *ca, const struct acme_request *request,
		   struct acme_reply *ret_reply)
{
	bool dropped = ++ca->requests == ca->drop_at;

	acme_reply_init(ret_reply);
	if (!dropped || !ca->drop_before)
		serve(ca, request, ret_reply);
	if (!error_is_set(&ret_reply->transport))
		reply_parse(ret_reply, request);
	if (dropped)
		drop(ret_reply);
	ret_reply->id = request->id;
}
