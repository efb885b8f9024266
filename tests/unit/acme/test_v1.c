/*
 * ACME v1: the order and the account machine at a CA whose directory is one of v1, reply by reply;
 * and whole conversations that were recorded at tests/lab/acme_v1.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../fixtures/acme/pems.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "lab.h"
#include "reply.h"

#define NEW_REG "https://ca.test/acme/new-reg"
#define NEW_AUTHZ "https://ca.test/acme/new-authz"
#define NEW_CERT "https://ca.test/acme/new-cert"
#define REG "https://ca.test/acme/reg/1"
#define TERMS "https://ca.test/terms/1"
#define DIRECTORY                                                                                  \
	"{\"new-reg\":\"" NEW_REG "\",\"new-authz\":\"" NEW_AUTHZ "\",\"new-cert\":\"" NEW_CERT    \
	"\",\"revoke-cert\":\"https://ca.test/acme/revoke-cert\","                                 \
	"\"meta\":{\"terms-of-service\":\"" TERMS "\"}}"

#define CHALLENGE(type, number)                                                                    \
	"{\"type\":\"" type "\",\"uri\":\"https://ca.test/challenge/" number                       \
	"\",\"token\":\"tok-" number "\"}"
#define AUTHZ_1 "https://ca.test/authz/1"
#define AUTHZ(status, more)                                                                        \
	"{\"status\":\"" status "\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"    \
	"\"challenges\":[" CHALLENGE("http-01", "1") "," CHALLENGE("dns-01", "2") "," CHALLENGE(   \
		"dns-01", "3") "]" more "}"
/* The status may be left out; then it is "pending". */
#define PENDING                                                                                    \
	"{\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"                              \
	"\"challenges\":[" CHALLENGE("http-01", "1") "]}"
#define AT_AUTHZ "Location: " AUTHZ_1 "\n"
#define TERMS_LINK "Link: <" TERMS ">;rel=\"terms-of-service\"\n"

static int setup(void **state)
{
	struct lab *lab = XNEW(struct lab);

	lab_open(lab);
	*state = lab;
	return 0;
}

static int teardown(void **state)
{
	lab_close(*state);
	free(*state);
	return 0;
}

/* The key in the header, neither account nor URL, and the resource in the payload. */
static void expect_post(struct lab *lab, const char *url, const char *part)
{
	lab_expect_send(lab, ACME_POST, url);
	assert_non_null(strstr(lab->protected.text, "\"jwk\":{"));
	assert_non_null(strstr(lab->protected.text, "\"nonce\":\""));
	assert_null(strstr(lab->protected.text, "\"kid\""));
	assert_null(strstr(lab->protected.text, "\"url\""));
	assert_non_null(strstr(lab->payload.text, "\"resource\":\""));
	if (!strstr(lab->payload.text, part))
		fail_msg("'%s' is not in '%s'", part, lab->payload.text);
}

/* Serves the directory, without a nonce; the first comes from the URL that is to be posted to. */
static void serve_directory(struct lab *lab, const char *first_url)
{
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_reply(lab, 200, "-", DIRECTORY);
	lab_expect_send(lab, ACME_HEAD, first_url);
	lab_reply(lab, 405, "", "");
}

static void order_single(struct lab *lab)
{
	lab_order_names(lab, "a.example", NULL, NULL, 0);
	serve_directory(lab, NEW_AUTHZ);
	expect_post(lab, NEW_AUTHZ,
		    "{\"resource\":\"new-authz\",\"identifier\":{\"type\":\"dns\","
		    "\"value\":\"a.example\"}}");
}

static void until_validation(struct lab *lab)
{
	order_single(lab);
	lab_reply(lab, 201, AT_AUTHZ, PENDING);
	assert_int_equal(lab->action.kind, ACME_ACTION_PRESENT);
	assert_int_equal(lab->action.challenge_count, 1);
	lab_step(lab);
	expect_post(lab, "https://ca.test/challenge/1",
		    "{\"resource\":\"challenge\",\"type\":\"http-01\",\"keyAuthorization\":"
		    "\"tok-1.");
	lab_reply(lab, 202, "", CHALLENGE("http-01", "1"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_send(lab, ACME_GET, AUTHZ_1);
}

static void until_new_cert(struct lab *lab)
{
	until_validation(lab);
	lab_reply(lab, 200, "", AUTHZ("valid", ""));
	expect_post(lab, NEW_CERT, "{\"resource\":\"new-cert\",\"csr\":\"Y3Ny\"}");
	assert_string_equal(lab->action.request.accept, "application/pkix-cert");
}

static void test_a_certificate_and_its_chain(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_reply(lab, 201,
		  "Location: https://ca.test/cert/1\n"
		  "Link: <https://ca.test/issuer/1>;rel=\"up\"\n",
		  PEM_LEAF);
	lab_expect_send(lab, ACME_GET, "https://ca.test/issuer/1");
	assert_string_equal(lab->action.request.accept, "application/pkix-cert");
	lab_reply(lab, 200, "", PEM_INTERMEDIATE_A);
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_CHAIN_A);
}

static void test_a_link_may_be_a_path_of_the_server(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_reply(lab, 201, "Link: </issuer/1>;rel=\"up\"\n", PEM_LEAF);
	lab_expect_send(lab, ACME_GET, "https://ca.test/issuer/1");
	lab_reply(lab, 200, "", PEM_INTERMEDIATE_A);
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_CHAIN_A);
}

static void test_a_link_to_another_certificate_ends_the_chain(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_reply(lab, 201, "Link: <https://ca.test/issuer/1>;rel=\"up\"\n", PEM_CHAIN_A);
	lab_expect_send(lab, ACME_GET, "https://ca.test/issuer/1");
	/* Here it links to itself: there is no end unless the chain grows. */
	lab_reply(lab, 200, "Link: <https://ca.test/issuer/1>;rel=\"up\"\n", PEM_INTERMEDIATE_A);
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_CHAIN_A);
}

static void test_an_issuer_that_is_not_there_ends_the_chain(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_reply(lab, 201, "Link: <https://ca.test/issuer/1>;rel=\"up\"\n", PEM_LEAF);
	lab_reply(lab, 404, "", "");
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_LEAF);
}

static void test_a_certificate_may_come_later(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_reply(lab, 201, "Location: https://ca.test/cert/1\nRetry-After: 3\n", "");
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_send(lab, ACME_GET, "https://ca.test/cert/1");
	lab_reply(lab, 202, "Retry-After: 7\n", "");
	lab_expect_wait(lab, 7000);
	lab_expect_send(lab, ACME_GET, "https://ca.test/cert/1");
	lab_reply(lab, 200, "", PEM_LEAF);
	lab_expect_done(lab);
}

static void test_neither_a_certificate_nor_its_address(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_reply(lab, 201, "", "");
	lab_expect_failed(lab, ERR_PROTOCOL, "cannot get the certificate: the server sent nothing");
}

static void test_a_lost_certificate_is_asked_for_again(void **state)
{
	struct lab *lab = *state;

	until_new_cert(lab);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	expect_post(lab, NEW_CERT, "\"csr\":\"Y3Ny\"");
	lab_reply(lab, 201, "", PEM_LEAF);
	lab_expect_done(lab);
}

static void test_a_valid_authorization_is_not_asked_for_again(void **state)
{
	struct lab *lab = *state;

	order_single(lab);
	lab_reply(lab, 201, AT_AUTHZ, AUTHZ("valid", ""));
	expect_post(lab, NEW_CERT, "\"csr\"");
}

static void test_a_dry_run_deactivates_what_is_valid(void **state)
{
	struct lab *lab = *state;

	lab_order_names(lab, "a.example", NULL, NULL,
			ACME_ORDER_FRESH_AUTHZ | ACME_ORDER_DEACTIVATE_AFTER);
	serve_directory(lab, NEW_AUTHZ);
	lab_reply(lab, 201, AT_AUTHZ, AUTHZ("valid", ""));
	expect_post(lab, AUTHZ_1, "{\"resource\":\"authz\",\"status\":\"deactivated\"}");
	lab_reply(lab, 200, "", AUTHZ("deactivated", ""));
	expect_post(lab, NEW_AUTHZ, "a.example");
	/* This CA knows no deactivation, and does as if. */
	lab_reply(lab, 201, AT_AUTHZ, AUTHZ("valid", ""));
	expect_post(lab, NEW_CERT, "\"csr\"");
	lab_reply(lab, 201, "", PEM_LEAF);
	expect_post(lab, AUTHZ_1, "\"deactivated\"");
	lab_reply(lab, 403, "", PROBLEM("unauthorized", "no"));
	lab_expect_done(lab);
	assert_int_equal(acme_order_left_valid(lab->order), 1);
}

static void test_an_authorization_that_fails(void **state)
{
	struct lab *lab = *state;

	until_validation(lab);
	lab_reply(lab, 200, "",
		  "{\"status\":\"invalid\",\"identifier\":{\"type\":\"dns\",\"value\":"
		  "\"a.example\"},\"challenges\":[{\"type\":\"http-01\",\"error\":{\"type\":"
		  "\"urn:acme:error:connection\",\"detail\":\"refused\"}}]}");
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	assert_int_equal(acme_order_failures(lab->order)->count, 1);
	assert_string_equal(acme_order_failures(lab->order)->items[0].type, "connection");
	assert_string_equal(acme_order_failures(lab->order)->items[0].detail, "refused");
}

static void test_an_authorization_for_another_name_is_refused(void **state)
{
	struct lab *lab = *state;

	lab_order_names(lab, "b.example", "a.example", NULL, 0);
	serve_directory(lab, NEW_AUTHZ);
	lab_reply(lab, 201, AT_AUTHZ, PENDING);
	lab_expect_failed(lab, ERR_PROTOCOL, "authorization.identifier");
}

/* Of [1] and [0, 2] the first is as good as one, and the second is better than [2, 1]. */
static void test_the_combination_with_the_lowest_sum(void **state)
{
	struct lab *lab = *state;

	order_single(lab);
	lab_reply(lab, 201, AT_AUTHZ,
		  AUTHZ("pending", ",\"combinations\":[[1,2],[0,2],[0,3],[0,99],[],\"x\"]"));
	assert_int_equal(lab->action.kind, ACME_ACTION_PRESENT);
	assert_int_equal(lab->action.challenge_count, 2);
	assert_string_equal(lab->action.challenges[0].url, "https://ca.test/challenge/1");
	assert_string_equal(lab->action.challenges[1].url, "https://ca.test/challenge/3");
	lab_step(lab);
	expect_post(lab, "https://ca.test/challenge/1", "\"http-01\"");
	lab_reply(lab, 202, "", "{}");
	expect_post(lab, "https://ca.test/challenge/3", "\"dns-01\"");
	lab_reply(lab, 202, "", "{}");
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_send(lab, ACME_GET, AUTHZ_1);
	lab_reply(lab, 200, "", AUTHZ("valid", ""));
	expect_post(lab, NEW_CERT, "\"csr\"");
}

static void test_no_combination_can_be_fulfilled(void **state)
{
	struct lab *lab = *state;

	order_single(lab);
	lab_reply(lab, 201, AT_AUTHZ, AUTHZ("pending", ",\"combinations\":[[0,3]]"));
	expect_post(lab, AUTHZ_1, "\"deactivated\"");
	lab_reply(lab, 200, "", AUTHZ("deactivated", ""));
	lab_expect_failed(lab, ERR_CONFIG, "no usable challenge for 'a.example'");
}

static void test_what_v1_cannot_do_is_said_before_anything_is_asked(void **state)
{
	static const char *const names[] = {"*.a.example", "b.example"};
	struct lab *lab = *state;

	lab_order_names(lab, names[1], names[0], NULL, 0);
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_reply(lab, 200, "", DIRECTORY);
	lab_expect_failed(lab, ERR_CONFIG, "has no certificates for wildcard names");
	assert_int_equal(lab->requests, 1);
}

static void test_a_refused_nonce_is_replaced(void **state)
{
	struct lab *lab = *state;

	order_single(lab);
	lab_reply(lab, 400, "", "{\"type\":\"urn:acme:error:badNonce\",\"detail\":\"used\"}");
	expect_post(lab, NEW_AUTHZ, "a.example");
	lab_reply(lab, 201, AT_AUTHZ, AUTHZ("valid", ""));
	expect_post(lab, NEW_CERT, "\"csr\"");
}

static void test_changed_terms_are_named(void **state)
{
	struct lab *lab = *state;

	order_single(lab);
	lab_reply(lab, 403, TERMS_LINK,
		  "{\"type\":\"urn:acme:error:agreementRequired\",\"detail\":\"agree\"}");
	lab_expect_failed(lab, ERR_ACME, "agree (agreementRequired)");
	assert_non_null(strstr(lab->err.hint, "update_account --agree-tos"));
	assert_non_null(strstr(lab->err.hint, TERMS));
}

/* --- accounts --- */

static void create(struct lab *lab, const char *contact)
{
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts, .agree_terms = true};

	if (contact)
		strvec_push(&contacts, contact);
	acme_server_set_account_url(lab->server, NULL);
	lab_exchange(lab, acme_account_create(lab->server, &registration));
	serve_directory(lab, NEW_REG);
}

static void test_an_account_agrees_to_the_terms(void **state)
{
	struct lab *lab = *state;

	create(lab, "a@a.example");
	expect_post(lab, NEW_REG,
		    "{\"resource\":\"new-reg\",\"contact\":[\"mailto:a@a.example\"]}");
	lab_reply(lab, 201, "Location: " REG "\n" TERMS_LINK, "{}");
	expect_post(lab, REG, "{\"resource\":\"reg\",\"agreement\":\"" TERMS "\"}");
	lab_reply(lab, 202, TERMS_LINK, "{}");
	lab_expect_done(lab);
	assert_string_equal(acme_server_account_url(lab->server), REG);
	assert_null(acme_exchange_terms(lab->exchange));
}

static void test_terms_that_the_directory_does_not_name_are_asked_about(void **state)
{
	struct lab *lab = *state;

	create(lab, NULL);
	lab_reply(lab, 201,
		  "Location: " REG "\nLink: <https://ca.test/terms/2>;rel=\"terms-of-service\"\n",
		  "{}");
	lab_expect_done(lab);
	assert_string_equal(acme_exchange_terms(lab->exchange), "https://ca.test/terms/2");
	lab_exchange(lab, acme_account_agree(lab->server, "https://ca.test/terms/2"));
	expect_post(lab, REG, "\"agreement\":\"https://ca.test/terms/2\"");
	lab_reply(lab, 202, "", "{}");
	lab_expect_done(lab);
}

static void test_a_key_that_has_an_account_gets_it(void **state)
{
	struct lab *lab = *state;

	create(lab, NULL);
	lab_reply(lab, 409, "Location: " REG "\n",
		  "{\"type\":\"urn:acme:error:malformed\",\"status\":409,\"detail\":\"in use\"}");
	expect_post(lab, REG, "{\"resource\":\"reg\"}");
	lab_reply(lab, 202, TERMS_LINK, "{\"agreement\":\"" TERMS "\"}");
	lab_expect_done(lab);
	assert_string_equal(acme_server_account_url(lab->server), REG);
	assert_null(acme_exchange_terms(lab->exchange));
}

static void test_an_account_is_changed_and_deactivated(void **state)
{
	struct lab *lab = *state;
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;

	acme_server_set_account_url(lab->server, REG);
	strvec_push(&contacts, "b@a.example");
	lab_exchange(lab, acme_account_update(lab->server, &contacts));
	serve_directory(lab, REG);
	expect_post(lab, REG, "{\"resource\":\"reg\",\"contact\":[\"mailto:b@a.example\"]}");
	lab_reply(lab, 202, "", "{}");
	lab_expect_done(lab);
	lab_exchange(lab, acme_account_query(lab->server));
	expect_post(lab, REG, "{\"resource\":\"reg\"}");
	lab_reply(lab, 202, TERMS_LINK, "{\"agreement\":\"https://ca.test/terms/0\"}");
	lab_expect_done(lab);
	assert_string_equal(acme_exchange_terms(lab->exchange), TERMS);
	lab_exchange(lab, acme_account_deactivate(lab->server));
	expect_post(lab, REG, "{\"resource\":\"reg\",\"status\":\"deactivated\"}");
	lab_reply(lab, 202, "", "{}");
	lab_expect_done(lab);
}

static void test_an_account_cannot_be_looked_for(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_find(lab->server));
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_reply(lab, 200, "", DIRECTORY);
	lab_expect_failed(lab, ERR_CONFIG, "cannot be asked whether a key has an account");
}

static void test_a_revoked_certificate_is_known_by_the_status(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_revoke(lab->server, "der", 3, 4, NULL));
	serve_directory(lab, "https://ca.test/acme/revoke-cert");
	expect_post(lab, "https://ca.test/acme/revoke-cert",
		    "{\"resource\":\"revoke-cert\",\"certificate\":\"ZGVy\",\"reason\":4}");
	lab_reply(lab, 409, "", "{\"type\":\"urn:acme:error:malformed\",\"detail\":\"already\"}");
	lab_expect_failed(lab, ERR_EXISTS, "already");
	assert_string_equal(lab->err.problem_type, "alreadyRevoked");
	lab_exchange(lab, acme_revoke(lab->server, "der", 3, -1, NULL));
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_expect_send(lab, ACME_HEAD, "https://ca.test/acme/revoke-cert");
	lab_reply(lab, 405, "", "");
	lab_reply(lab, 409, "", "{\"type\":\"urn:acme:error:malformed\",\"detail\":\"already\"}");
	lab_expect_done(lab);
}

/* --- recorded conversations --- */

struct recording {
	struct json *exchanges;
	size_t next;
	int64_t now_ms;
	struct acme_server *server;
};

static void load_recording(const char *name, struct recording *recording)
{
	AUTO_FREE char *path = xasprintf("%s/acme-v1/%s", CASES_DIR, name);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	FILE *stream = fopen(path, "rb");
	char bytes[4096];
	size_t len;

	if (!stream)
		fail_msg("cannot open '%s'", path);
	while ((len = fread(bytes, 1, sizeof(bytes), stream)) > 0)
		strbuf_add(&text, bytes, len);
	fclose(stream);
	if (json_parse(text.text, text.len, name, &recording->exchanges, &err) < 0)
		fail_msg("%s", err.text);
}

static void fill_reply(const struct json *exchange, const struct acme_request *request,
		       struct acme_reply *reply)
{
	const struct json *headers = json_member(exchange, "headers");
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t status = 0;

	assert_true(json_int(json_member(exchange, "status"), &status));
	assert_int_equal(
		base64url_decode(&body, span_of(json_text(json_member(exchange, "body"))), &err),
		0);
	reply->id = request->id;
	reply->status = (int)status;
	for (size_t i = 0; i < json_count(headers); i++)
		headers_add(&reply->headers, json_text(json_at(json_at(headers, i), 0)),
			    json_text(json_at(json_at(headers, i), 1)));
	reply->body_len = body.len;
	reply->body = strbuf_detach(&body);
	reply_parse(reply, request);
}

/* The request that was recorded: method, path and resource. */
static void check_request(const struct json *exchange, const struct acme_request *request)
{
	static const char *const methods[] = {
		[ACME_GET] = "GET", [ACME_HEAD] = "HEAD", [ACME_POST] = "POST"};
	const char *path = json_text(json_member(exchange, "path"));
	const char *resource = json_text(json_member(exchange, "resource"));
	AUTO(json) struct json *jws = NULL, *payload = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_string_equal(methods[request->method], json_text(json_member(exchange, "method")));
	if (!strstr(request->url, path))
		fail_msg("asked for '%s' instead of '%s'", request->url, path);
	if (request->method != ACME_POST)
		return;
	assert_int_equal(json_parse(request->body, request->body_len, "jws", &jws, &err), 0);
	assert_int_equal(
		base64url_decode(&text, span_of(json_text(json_member(jws, "payload"))), &err), 0);
	assert_int_equal(json_parse(text.text, text.len, "payload", &payload, &err), 0);
	assert_string_equal(json_text(json_member(payload, "resource")), resource);
}

static int step_machine(struct recording *recording, struct acme_order *order,
			struct acme_exchange *exchange, const struct acme_reply *reply,
			struct acme_action *action)
{
	AUTO(error) struct error err = ERROR_INIT;
	int rc = order ? acme_order_step(order, reply, recording->now_ms, action, &err)
		       : acme_exchange_step(exchange, reply, recording->now_ms, action, &err);

	if (rc < 0)
		fail_msg("%s", err.text);
	return rc;
}

/* Drives one of the two to its end by the recorded replies, one request at a time. */
static void replay(struct recording *recording, struct acme_order *order,
		   struct acme_exchange *exchange)
{
	struct acme_action action;

	step_machine(recording, order, exchange, NULL, &action);
	while (action.kind != ACME_ACTION_DONE) {
		const struct json *recorded = json_at(recording->exchanges, recording->next);
		AUTO(acme_reply) struct acme_reply reply;

		acme_reply_init(&reply);
		if (action.kind == ACME_ACTION_WAIT)
			recording->now_ms = action.wait_until_ms;
		if (action.kind != ACME_ACTION_SEND) {
			step_machine(recording, order, exchange, NULL, &action);
			continue;
		}
		assert_non_null(recorded);
		recording->next++;
		check_request(recorded, &action.request);
		fill_reply(recorded, &action.request, &reply);
		step_machine(recording, order, exchange, &reply, &action);
	}
}

static void open_recording(const char *name, struct recording *recording, struct key **ret_key)
{
	AUTO(error) struct error err = ERROR_INIT;

	*recording = (struct recording){.now_ms = 1700000000000};
	load_recording(name, recording);
	assert_int_equal(key_from_pem(PEM_ACCOUNT_KEY, strlen(PEM_ACCOUNT_KEY), ret_key, &err), 0);
	assert_int_equal(
		acme_server_new("https://acme.lab.example/directory", &recording->server, &err), 0);
	acme_server_set_key(recording->server, *ret_key);
}

static void order_recorded(struct recording *recording, struct acme_order **ret_order)
{
	static const enum acme_challenge_type preference[] = {ACME_HTTP_01};
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const struct acme_order_request request = {
		.identifiers = &names,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = preference,
		.preference_count = ARRAY_LEN(preference),
		.issuance_timeout_ms = 90 * 1000,
	};

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.test");
	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "b.test");
	assert_int_equal(acme_order_new(ret_order, recording->server, &request, &err), 0);
}

/* Registers, and orders a certificate for a.test and b.test; the chain has `length` of them. */
static void play(const char *name, size_t length)
{
	AUTO(strvec) struct strvec contacts = STRVEC_INIT;
	const struct acme_registration registration = {.contacts = &contacts, .agree_terms = true};
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	struct recording recording;
	struct acme_exchange *exchange;
	struct acme_order *order = NULL;
	AUTO(key) struct key *key = NULL;
	AUTO_FREE char *terms = NULL;
	size_t found = 1;

	open_recording(name, &recording, &key);
	exchange = acme_account_create(recording.server, &registration);
	replay(&recording, NULL, exchange);
	terms = xstrdup_or_null(acme_exchange_terms(exchange));
	acme_exchange_free(exchange);
	if (terms) {
		exchange = acme_account_agree(recording.server, terms);
		replay(&recording, NULL, exchange);
		acme_exchange_free(exchange);
	}
	order_recorded(&recording, &order);
	replay(&recording, order, NULL);
	assert_int_equal(recording.next, json_count(recording.exchanges));
	acme_order_take_chain(order, &chain);
	assert_int_equal(chain.oddities, 0);
	assert_true(strvec_contains(&chain.leaf_names, "b.test"));
	for (const char *at = chain.rest_pem.text; (at = strstr(at, "BEGIN")); at++)
		found++;
	assert_int_equal(found, length);
	acme_order_free(order);
	acme_server_free(recording.server);
	json_free(recording.exchanges);
}

/* Certbot 1.12 with python-acme 1.12 asked for the same, in the same order. */
static void test_a_conversation_of_certbot_1_12(void **state)
{
	play("certbot-1.12.json", 3);
}

/* This program's own, at a CA that names its terms with the account and lets one wait for a
 * certificate. */
static void test_a_conversation_with_a_late_certificate(void **state)
{
	play("late-certificate.json", 2);
}

int main(void)
{
#define BENCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		BENCH(test_a_certificate_and_its_chain),
		BENCH(test_a_link_may_be_a_path_of_the_server),
		BENCH(test_a_link_to_another_certificate_ends_the_chain),
		BENCH(test_an_issuer_that_is_not_there_ends_the_chain),
		BENCH(test_a_certificate_may_come_later),
		BENCH(test_neither_a_certificate_nor_its_address),
		BENCH(test_a_lost_certificate_is_asked_for_again),
		BENCH(test_a_valid_authorization_is_not_asked_for_again),
		BENCH(test_a_dry_run_deactivates_what_is_valid),
		BENCH(test_an_authorization_that_fails),
		BENCH(test_an_authorization_for_another_name_is_refused),
		BENCH(test_the_combination_with_the_lowest_sum),
		BENCH(test_no_combination_can_be_fulfilled),
		BENCH(test_what_v1_cannot_do_is_said_before_anything_is_asked),
		BENCH(test_a_refused_nonce_is_replaced),
		BENCH(test_changed_terms_are_named),
		BENCH(test_an_account_agrees_to_the_terms),
		BENCH(test_terms_that_the_directory_does_not_name_are_asked_about),
		BENCH(test_a_key_that_has_an_account_gets_it),
		BENCH(test_an_account_is_changed_and_deactivated),
		BENCH(test_an_account_cannot_be_looked_for),
		BENCH(test_a_revoked_certificate_is_known_by_the_status),
		cmocka_unit_test(test_a_conversation_of_certbot_1_12),
		cmocka_unit_test(test_a_conversation_with_a_late_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
