/*
 * A CA that may answer anything: the bytes choose, reply by reply, between sensible documents and
 * documents made of the bytes themselves. The order machine must neither hang nor spin, ask only
 * https URLs, and hand out only challenges and texts that keep to their grammar.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../fixtures/acme/pems.h"
#include "../unit/acme/reply.h"
#include "acme/order/order.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum {
	MAX_STEPS = 500,
	PLAIN_NAMES = 64,
};

struct script {
	struct span rest;
	struct acme_server *server;
	struct acme_order *order;
	int64_t now_ms;
	int in_flight[ACME_MAX_IN_FLIGHT];
	size_t in_flight_count;
};

static const char *const bodies[] = {
	"{\"newNonce\":\"https://ca.test/n\",\"newAccount\":\"https://ca.test/a\","
	"\"newOrder\":\"https://ca.test/o\",\"renewalInfo\":\"https://ca.test/r\"}",
	"{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/1\",\"https://ca.test/2\"],"
	"\"finalize\":\"https://ca.test/f\"}",
	"{\"status\":\"ready\",\"authorizations\":[\"https://ca.test/1\"],"
	"\"finalize\":\"https://ca.test/f\"}",
	"{\"status\":\"processing\"}",
	"{\"status\":\"valid\",\"certificate\":\"https://ca.test/c\"}",
	"{\"status\":\"invalid\",\"error\":{\"type\":\"dns\",\"detail\":\"x\"}}",
	"{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"
	"\"challenges\":[{\"type\":\"http-01\",\"url\":\"https://ca.test/h\",\"token\":\"t\","
	"\"status\":\"pending\"}]}",
	"{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"b.example\"},"
	"\"wildcard\":true,\"challenges\":[{\"type\":\"dns-persist-01\","
	"\"url\":\"https://ca.test/d\",\"issuer-domain-names\":[\"ca.test\"],"
	"\"status\":\"pending\"}]}",
	"{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"}}",
	"{\"status\":\"invalid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"}}",
	"{\"type\":\"urn:ietf:params:acme:error:badNonce\"}",
	"{\"type\":\"urn:ietf:params:acme:error:orderNotReady\"}",
	PEM_CHAIN_A,
	/* ACME v1 */
	"{\"new-reg\":\"https://ca.test/a\",\"new-authz\":\"https://ca.test/z\","
	"\"new-cert\":\"https://ca.test/c\"}",
	"{\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"
	"\"combinations\":[[2],[0,1]],\"challenges\":["
	"{\"type\":\"http-01\",\"uri\":\"https://ca.test/h\",\"token\":\"t\"},"
	"{\"type\":\"http-01\",\"uri\":\"https://ca.test/i\",\"token\":\"u\"}]}",
	"{\"identifier\":{\"type\":\"dns\",\"value\":\"b.example\"},\"challenges\":["
	"{\"type\":\"http-01\",\"uri\":\"https://ca.test/j\",\"token\":\"v\"}]}",
	"{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"b.example\"}}",
	PEM_LEAF,
	PEM_INTERMEDIATE_A,
};

static const char *const header_lines[][2] = {
	{"Location", "https://ca.test/order"},
	{"Retry-After", "2"},
	{"Retry-After", "100000"},
	{"Link", "<https://ca.test/c/2>;rel=\"alternate\", <https://ca.test/c/3>;rel=\"up\""},
};

static const int statuses[] = {200, 201, 400, 403, 409, 429, 500, 503};

static uint8_t take_byte(struct script *script)
{
	uint8_t byte = 0;

	if (script->rest.len) {
		byte = (uint8_t)*script->rest.ptr++;
		script->rest.len--;
	}
	return byte;
}

static void fill_body(struct script *script, struct acme_reply *reply)
{
	uint8_t choice = take_byte(script);
	size_t len = choice;

	if (choice < ARRAY_LEN(bodies)) {
		reply->body = xstrdup(bodies[choice]);
		reply->body_len = strlen(reply->body);
		return;
	}
	if (len > script->rest.len)
		len = script->rest.len;
	reply->body = xstrndup(script->rest.ptr, len);
	reply->body_len = strlen(reply->body);
	script->rest.ptr += len;
	script->rest.len -= len;
}

static void fill_reply(struct script *script, struct acme_reply *reply)
{
	uint8_t choice = take_byte(script);

	if (choice == 255) {
		reply->maybe_sent = take_byte(script) & 1;
		error_set(&reply->transport, ERR_NETWORK, "lost");
		return;
	}
	reply->status = statuses[choice & 7];
	if (!(choice & 8))
		headers_add(&reply->headers, "Replay-Nonce", "nonce");
	for (size_t i = 0; i < ARRAY_LEN(header_lines); i++)
		if (choice & 16 << i)
			headers_add(&reply->headers, header_lines[i][0], header_lines[i][1]);
	fill_body(script, reply);
}

static void check_challenges(const struct acme_action *action)
{
	for (size_t i = 0; i < action->challenge_count; i++) {
		const struct acme_challenge *challenge = &action->challenges[i];

		for (const char *c = challenge->token; *c; c++)
			if (!ascii_is_alnum(*c) && *c != '-' && *c != '_')
				abort();
		if (!str_starts(challenge->url, "https://"))
			abort();
	}
}

static void check_error(const struct error *err)
{
	size_t len = strlen(err->text);

	for (size_t at = 0; at < len;) {
		size_t width = ascii_printable_width(err->text + at, len - at);

		if (!width)
			abort();
		at += width;
	}
}

/* Acts on an action; false at the end. */
static bool act(struct script *script, const struct acme_action *action)
{
	switch (action->kind) {
	case ACME_ACTION_SEND:
		if (script->in_flight_count == ACME_MAX_IN_FLIGHT ||
		    !str_starts(action->request.url, "https://"))
			abort();
		script->in_flight[script->in_flight_count++] = action->request.id;
		return true;
	case ACME_ACTION_PRESENT:
		check_challenges(action);
		return true;
	case ACME_ACTION_WAIT:
		if (script->in_flight_count)
			return true;
		if (action->wait_until_ms == INT64_MAX || action->wait_until_ms <= script->now_ms)
			abort();
		script->now_ms = action->wait_until_ms;
		return true;
	/* Only an order that shares its steps with others asks for it. */
	case ACME_ACTION_CONFIRM:
		abort();
	case ACME_ACTION_DONE:
	case ACME_ACTION_FAILED:
		break;
	}
	return false;
}

static bool step(struct script *script, const struct acme_reply *reply,
		 struct acme_action *ret_action)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (acme_order_step(script->order, reply, script->now_ms, ret_action, &err) < 0)
		check_error(&err);
	return act(script, ret_action);
}

static void run(struct script *script)
{
	static const struct acme_request for_chain = {.accept = ACME_CHAIN_TYPE};
	struct acme_action action;

	for (int steps = 0; steps < MAX_STEPS; steps++) {
		AUTO(acme_reply) struct acme_reply reply;
		size_t index;

		do {
			if (!step(script, NULL, &action))
				return;
		} while (action.kind != ACME_ACTION_WAIT);
		if (!script->in_flight_count)
			continue;
		acme_reply_init(&reply);
		index = take_byte(script) % script->in_flight_count;
		reply.id = script->in_flight[index];
		script->in_flight[index] = script->in_flight[--script->in_flight_count];
		fill_reply(script, &reply);
		reply_parse(&reply,
			    reply.body && str_starts(reply.body, "-----") ? &for_chain : NULL);
		if (!step(script, &reply, &action))
			return;
	}
}

static struct key *account_key(void)
{
	static struct key *key;
	struct error err = ERROR_INIT;

	if (!key && key_from_pem(PEM_ACCOUNT_KEY, strlen(PEM_ACCOUNT_KEY), &key, &err) < 0)
		abort();
	return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const enum acme_challenge_type preference[] = {ACME_HTTP_01, ACME_DNS_PERSIST_01};
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct error err = ERROR_INIT;
	uint8_t choices;
	struct script script = {.rest = span_make((const char *)bytes, len), .now_ms = 1000};
	struct acme_order_request request = {
		.identifiers = &names,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = preference,
		.preference_count = ARRAY_LEN(preference),
		.replaces = "a.b",
		.preferred_chain = "Root B",
		.issuance_timeout_ms = 90 * 1000,
	};

	choices = take_byte(&script);
	request.flags = choices & (ACME_ORDER_FRESH_AUTHZ | ACME_ORDER_DEACTIVATE_AFTER);
	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	/* ACME v1 has no wildcards. */
	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS,
			     choices & PLAIN_NAMES ? "b.example" : "*.b.example");
	if (acme_server_new("https://ca.test/dir", &script.server, &err) < 0 ||
	    acme_order_new(&script.order, script.server, &request, &err) < 0)
		abort();
	acme_server_set_key(script.server, account_key());
	acme_server_set_account_url(script.server, "https://ca.test/account");
	run(&script);
	acme_order_free(script.order);
	acme_server_free(script.server);
	return 0;
}
