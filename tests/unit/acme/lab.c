/*
 * The bench of lab.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab.h"
#include "reply.h"

#include "../../fixtures/acme/pems.h"
#include "base/alloc.h"
#include "base/span.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/cert/cert.h"

void lab_open(struct lab *lab)
{
	*lab = (struct lab){.now_ms = 1700000000000};
	strbuf_init(&lab->protected);
	strbuf_init(&lab->payload);
	assert_int_equal(
		key_from_pem(PEM_ACCOUNT_KEY, strlen(PEM_ACCOUNT_KEY), &lab->key, &lab->err), 0);
	assert_int_equal(acme_server_new(URL_DIRECTORY, &lab->server, &lab->err), 0);
	acme_server_set_key(lab->server, lab->key);
	acme_server_set_account_url(lab->server, URL_ACCOUNT);
}

static void clear_bench(struct lab *lab)
{
	acme_order_free(lab->order);
	acme_exchange_free(lab->exchange);
	lab->order = NULL;
	lab->exchange = NULL;
	error_release(&lab->err);
}

void lab_close(struct lab *lab)
{
	clear_bench(lab);
	acme_server_free(lab->server);
	key_free(lab->key);
	strbuf_release(&lab->protected);
	strbuf_release(&lab->payload);
}

static void decode_part(const struct json *jws, const char *name, struct strbuf *out)
{
	struct error err = ERROR_INIT;
	const char *text = json_text(json_member(jws, name));

	assert_non_null(text);
	strbuf_clear(out);
	assert_int_equal(base64url_decode(out, span_of(text), &err), 0);
}

static void look_at_request(struct lab *lab)
{
	const struct acme_request *request = &lab->action.request;
	AUTO(json) struct json *jws = NULL;

	lab->requests++;
	if (request->method != ACME_POST) {
		assert_null(request->body);
		return;
	}
	assert_string_equal(request->content_type, "application/jose+json");
	assert_int_equal(json_parse(request->body, request->body_len, "jws", &jws, &lab->err), 0);
	decode_part(jws, "protected", &lab->protected);
	decode_part(jws, "payload", &lab->payload);
}

static void step(struct lab *lab, const struct acme_reply *reply)
{
	error_release(&lab->err);
	if (lab->order)
		lab->result = acme_order_step(lab->order, reply, lab->now_ms, &lab->action,
					      &lab->err);
	else
		lab->result = acme_exchange_step(lab->exchange, reply, lab->now_ms, &lab->action,
						 &lab->err);
	assert_int_equal(lab->result, lab->err.code);
	assert_true((lab->result < 0) == (lab->action.kind == ACME_ACTION_FAILED));
	if (lab->action.kind == ACME_ACTION_SEND)
		look_at_request(lab);
}

void lab_step(struct lab *lab)
{
	step(lab, NULL);
}

void lab_order(struct lab *lab, const struct acme_order_request *request)
{
	clear_bench(lab);
	assert_int_equal(acme_order_new(&lab->order, lab->server, request, &lab->err), 0);
	lab_step(lab);
}

void lab_exchange(struct lab *lab, struct acme_exchange *exchange)
{
	clear_bench(lab);
	lab->exchange = exchange;
	lab_step(lab);
}

void lab_serve_directory(struct lab *lab, const char *body)
{
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_reply(lab, 200, "-", body ? body : "{" DIRECTORY_MEMBERS "}");
	if (lab->action.kind != ACME_ACTION_SEND || lab->action.request.method != ACME_HEAD)
		return;
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
}

static void add_headers(struct acme_reply *reply, const char *lines)
{
	struct span rest = span_of(lines), line, name;

	while (span_take_line(&rest, &line)) {
		AUTO_FREE char *key = NULL;
		AUTO_FREE char *value = NULL;

		assert_true(span_take_until(&line, ':', &name));
		key = span_dup(name);
		value = span_dup(span_trim(line));
		headers_add(&reply->headers, key, value);
	}
}

void lab_reply(struct lab *lab, int status, const char *headers, const char *body)
{
	AUTO(acme_reply) struct acme_reply reply;
	AUTO_FREE char *nonce = NULL;

	assert_int_equal(lab->action.kind, ACME_ACTION_SEND);
	lab->now_ms += lab->latency_ms;
	acme_reply_init(&reply);
	reply.id = lab->action.request.id;
	reply.status = status;
	if (headers[0] == '-') {
		headers++;
	} else {
		nonce = xasprintf("nonce-%u", ++lab->nonces);
		headers_add(&reply.headers, "Replay-Nonce", nonce);
	}
	add_headers(&reply, headers);
	reply.body = xstrdup(body);
	reply.body_len = strlen(body);
	reply_parse(&reply, &lab->action.request);
	step(lab, &reply);
}

void lab_drop(struct lab *lab, bool maybe_sent)
{
	lab_drop_for(lab, ERR_NETWORK, "connection reset", maybe_sent);
}

void lab_drop_for(struct lab *lab, enum err_code code, const char *reason, bool maybe_sent)
{
	AUTO(acme_reply) struct acme_reply reply;

	assert_int_equal(lab->action.kind, ACME_ACTION_SEND);
	acme_reply_init(&reply);
	reply.id = lab->action.request.id;
	reply.maybe_sent = maybe_sent;
	error_set(&reply.transport, code, "%s", reason);
	step(lab, &reply);
}

void lab_expect_send(struct lab *lab, enum acme_method method, const char *url)
{
	if (lab->result < 0)
		fail_msg("failed: %s", lab->err.text);
	assert_int_equal(lab->action.kind, ACME_ACTION_SEND);
	assert_string_equal(lab->action.request.url, url);
	assert_int_equal(lab->action.request.method, method);
}

void lab_expect_post(struct lab *lab, const char *url, const char *part)
{
	AUTO(json) struct json *header = NULL;

	lab_expect_send(lab, ACME_POST, url);
	assert_int_equal(
		json_parse(lab->protected.text, lab->protected.len, "header", &header, &lab->err),
		0);
	assert_string_equal(json_text(json_member(header, "url")), url);
	assert_non_null(json_text(json_member(header, "nonce")));
	assert_true(!json_member(header, "kid") != !json_member(header, "jwk"));
	if (!part)
		assert_string_equal(lab->payload.text, "");
	else if (!strstr(lab->payload.text, part))
		fail_msg("'%s' is not in '%s'", part, lab->payload.text);
}

void lab_expect_wait(struct lab *lab, int64_t ms)
{
	if (lab->result < 0)
		fail_msg("failed: %s", lab->err.text);
	assert_int_equal(lab->action.kind, ACME_ACTION_WAIT);
	assert_int_equal(lab->action.wait_until_ms - lab->now_ms, ms);
	if (ms) {
		/* A step before the time must change nothing. */
		lab->now_ms += ms - 1;
		lab_step(lab);
		assert_int_equal(lab->action.kind, ACME_ACTION_WAIT);
		assert_int_equal(lab->action.wait_until_ms - lab->now_ms, 1);
		lab->now_ms += 1;
	}
	lab_step(lab);
}

void lab_expect_failed(struct lab *lab, enum err_code code, const char *part)
{
	assert_int_equal(lab->action.kind, ACME_ACTION_FAILED);
	if (!strstr(lab->err.text, part))
		fail_msg("'%s' is not in '%s'", part, lab->err.text);
	assert_string_equal(error_code_name(lab->err.code), error_code_name(code));
}

void lab_expect_done(struct lab *lab)
{
	if (lab->result < 0)
		fail_msg("failed: %s", lab->err.text);
	assert_int_equal(lab->action.kind, ACME_ACTION_DONE);
}

void lab_order_names(struct lab *lab, const char *first, const char *second,
		     const char *preferred_chain, unsigned flags)
{
	static const enum acme_challenge_type preference[] = {ACME_HTTP_01, ACME_DNS_01};
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	const struct acme_order_request request = {
		.identifiers = &names,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = preference,
		.preference_count = ARRAY_LEN(preference),
		.preferred_chain = preferred_chain,
		.issuance_timeout_ms = 90 * 1000,
		.flags = flags,
	};

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, first);
	if (second)
		acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, second);
	lab_order(lab, &request);
}

void lab_order_single(struct lab *lab, const char *preferred_chain)
{
	lab_order_names(lab, "a.example", NULL, preferred_chain, 0);
	lab_serve_directory(lab, NULL);
}

void lab_until_presented(struct lab *lab)
{
	lab_order_single(lab, NULL);
	lab_expect_post(lab, URL_NEW_ORDER, "\"a.example\"");
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	lab_expect_post(lab, "https://ca.test/authz/1", NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	assert_int_equal(lab->action.kind, ACME_ACTION_PRESENT);
	assert_int_equal(lab->action.challenge_count, 1);
}

void lab_until_validation(struct lab *lab)
{
	lab_until_presented(lab);
	lab_step(lab);
	lab_expect_post(lab, "https://ca.test/challenge/1", "{}");
	lab_reply(lab, 200, "", "{\"status\":\"processing\"}");
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_post(lab, URL_ORDER, NULL);
}

void lab_until_finalize(struct lab *lab)
{
	lab_until_validation(lab);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	lab_expect_post(lab, URL_FINALIZE, "{\"csr\":\"Y3Ny\"}");
}

void lab_expect_chain(struct acme_order *order, const char *pem)
{
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;

	acme_order_take_chain(order, &chain);
	strbuf_add(&chain.leaf_pem, chain.rest_pem.text, chain.rest_pem.len);
	assert_string_equal(chain.leaf_pem.text, pem);
}
