/* The order machine up to the challenges: newOrder, authorizations, what is chosen and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/server_parts.h"
#include "base/alloc.h"
#include "lab.h"

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

static const enum acme_challenge_type all_types[] = {
	ACME_HTTP_01, ACME_TLS_ALPN_01, ACME_DNS_01, ACME_DNS_ACCOUNT_01, ACME_DNS_PERSIST_01,
};

static struct acme_order_request request_for(const struct acme_identifiers *names)
{
	return (struct acme_order_request){
		.identifiers = names,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = all_types,
		.preference_count = ARRAY_LEN(all_types),
		.issuance_timeout_ms = 90 * 1000,
	};
}

static void test_single_name_takes_nine_requests(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 200, "Retry-After: 5\n", ORDER_BODY("processing"));
	lab_expect_wait(lab, 5000);
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_post(lab, URL_CERT, NULL);
	/* directory, newNonce, newOrder, authorization, challenge, poll, finalize, poll,
	 * certificate */
	assert_int_equal(lab->requests, 9);
}

static void test_directory_is_fetched_once(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	lab_reply(lab, 500, "", "");
	acme_order_free(lab->order);
	lab->order = NULL;
	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_expect_done(lab);
}

/* A second bench over the server of the first. */
static void share_server(struct lab *other, struct lab *lab)
{
	lab_open(other);
	acme_server_free(other->server);
	other->server = lab->server;
}

static void leave_server(struct lab *other)
{
	acme_exchange_free(other->exchange);
	other->exchange = NULL;
	other->server = NULL;
	lab_close(other);
}

static void expect_parked(const struct lab *lab)
{
	assert_int_equal(lab->action.kind, ACME_ACTION_WAIT);
	assert_int_equal(lab->action.wait_until_ms, lab->now_ms + 100);
	assert_ptr_equal(lab->action.parking.server, lab->server);
}

static void test_other_machine_waits_for_the_directory(void **state)
{
	struct lab *lab = *state;
	struct lab other;

	share_server(&other, lab);
	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_exchange(&other, acme_directory_fetch(lab->server));
	expect_parked(&other);
	assert_false(acme_parking_is_over(&other.action.parking, other.now_ms));
	lab_serve_directory(lab, NULL);
	lab_expect_done(lab);
	assert_true(acme_parking_is_over(&other.action.parking, other.now_ms));
	lab_step(&other);
	lab_expect_done(&other);
	leave_server(&other);
}

static void test_directory_goes_to_another_when_its_fetcher_leaves(void **state)
{
	struct lab *lab = *state;
	struct lab other;

	share_server(&other, lab);
	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_exchange(&other, acme_directory_fetch(lab->server));
	expect_parked(&other);
	acme_exchange_free(lab->exchange);
	lab->exchange = NULL;
	lab_step(&other);
	lab_expect_send(&other, ACME_GET, URL_DIRECTORY);
	leave_server(&other);
}

/* Two orders of one server, the first of which has sent newOrder. */
static void order_twice(struct lab *lab, struct lab *other)
{
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	const struct acme_order_request request = request_for(&names);

	share_server(other, lab);
	lab_order_single(lab, NULL);
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "b.example");
	other->now_ms = lab->now_ms;
	lab_order(other, &request);
	assert_int_equal(other->action.kind, ACME_ACTION_WAIT);
	assert_false(acme_parking_is_over(&other->action.parking, lab->now_ms));
}

static void leave_order(struct lab *other)
{
	acme_order_free(other->order);
	other->order = NULL;
	leave_server(other);
}

static void test_new_order_waits_for_the_end_of_another(void **state)
{
	struct lab *lab = *state;
	struct lab other;

	order_twice(lab, &other);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	assert_true(acme_parking_is_over(&other.action.parking, other.now_ms));
	lab_step(&other);
	assert_int_equal(other.action.kind, ACME_ACTION_SEND);
	leave_order(&other);
}

static void test_new_order_that_is_tried_again_holds_up_nobody(void **state)
{
	struct lab *lab = *state;
	struct lab other;

	order_twice(lab, &other);
	lab_drop(lab, true);
	assert_int_equal(lab->action.kind, ACME_ACTION_WAIT);
	assert_true(acme_parking_is_over(&other.action.parking, other.now_ms));
	leave_order(&other);
}

/* The first order began before its nonce was asked for. */
static void check_patience(struct lab *lab, int64_t latency_ms, int64_t patience_ms)
{
	struct lab other;

	lab->latency_ms = latency_ms;
	lab->server->pace.timed = 100;
	lab->server->pace.quirks = ACME_QUIRK_ORDERS_DEADLOCK;
	order_twice(lab, &other);
	other.now_ms = other.action.wait_until_ms;
	assert_int_equal(other.now_ms - lab->now_ms + latency_ms, patience_ms);
	lab_step(&other);
	assert_int_equal(other.action.kind, ACME_ACTION_SEND);
	leave_order(&other);
}

static void test_slow_new_order_of_a_far_server_holds_up_others_only_a_moment(void **state)
{
	struct lab *lab = *state;

	acme_pace_take_way(&lab->server->pace, 31 * 1000);
	check_patience(lab, 5, 10);
}

static void test_near_pebble_gets_one_new_order_at_a_time(void **state)
{
	check_patience(*state, 30, 10 * 1000);
}

static void test_directory_failure_is_shared(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_serve_directory(lab, "[]");
	lab_expect_failed(lab, ERR_PROTOCOL, "cannot read the directory of '" URL_DIRECTORY "'");
	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_expect_failed(lab, ERR_PROTOCOL, "cannot read the directory");
	lab->now_ms += 30 * 1000;
	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_serve_directory(lab, NULL);
	lab_expect_done(lab);
}

static void test_ready_order_goes_to_finalize(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("ready"));
	lab_expect_post(lab, URL_FINALIZE, "csr");
	assert_true(acme_order_validated(lab->order));
}

static void test_valid_authorization_is_not_presented(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	lab_reply(lab, 200, "", AUTHZ_BODY("valid", "valid"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_post(lab, URL_ORDER, NULL);
}

static void test_new_order_that_is_valid_is_not_ours(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("valid"));
	lab_expect_failed(lab, ERR_PROTOCOL, "another client finalized");
	assert_string_equal(acme_order_state_name(lab->order), "failed");
}

/* One reply to newOrder and what the error must name. */
static void test_malformed_order_is_refused(void **state)
{
	static const struct {
		const char *headers, *body, *part;
	} rows[] = {
		{"", ORDER_BODY("pending"), "Location"},
		{"Location: http://ca.test/order/1\n", ORDER_BODY("pending"), "Location"},
		{"Location: /order/1\n", ORDER_BODY("pending"), "Location"},
		{"Location: " URL_ORDER "\n", "", "cannot order a certificate"},
		{"Location: " URL_ORDER "\nContent-Type: text/html\n", "<p>", "'text/html'"},
		{"Location: " URL_ORDER "\n", "{}", "order.status"},
		{"Location: " URL_ORDER "\n", "{\"status\":7}", "order.status"},
		{"Location: " URL_ORDER "\n", "{\"status\":\"odd\\u001b[2J\"}", "'odd\\x1b[2J'"},
		{"Location: " URL_ORDER "\n", "{\"status\":\"pending\"}", "order.authorizations"},
		{"Location: " URL_ORDER "\n", "{\"status\":\"pending\",\"authorizations\":[]}",
		 "order.authorizations"},
		{"Location: " URL_ORDER "\n", "{\"status\":\"pending\",\"authorizations\":[1]}",
		 "order.authorizations[0]"},
		{"Location: " URL_ORDER "\n",
		 "{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/1\","
		 "\"http://ca.test/2\"]}",
		 "order.authorizations[1]"},
		{"Location: " URL_ORDER "\n",
		 "{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/1\"]}",
		 "order.finalize"},
		{"Location: " URL_ORDER "\n",
		 "{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/1\"],"
		 "\"finalize\":\"ftp://ca.test/f\"}",
		 "order.finalize"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lab *lab = *state;

		lab_order_single(lab, NULL);
		lab_expect_post(lab, URL_NEW_ORDER, "a.example");
		lab_reply(lab, 201, rows[i].headers, rows[i].body);
		lab_expect_failed(lab, ERR_PROTOCOL, rows[i].part);
		teardown(state);
		setup(state);
	}
}

#define AUTHZ_START                                                                                \
	"{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"       \
	"\"challenges\":["

/* The order is given up: its authorization is not left pending. */
static void expect_withdrawn(struct lab *lab, const char *part)
{
	lab_expect_post(lab, "https://ca.test/authz/1", "{\"status\":\"deactivated\"}");
	lab_reply(lab, 200, "", AUTHZ_BODY("deactivated", "pending"));
	lab_expect_failed(lab, ERR_CONFIG, part);
}

static void test_malformed_authorization_is_refused(void **state)
{
	static const struct {
		enum err_code code;
		const char *body, *part;
	} rows[] = {
		{ERR_PROTOCOL, "[]", "authorization.status"},
		{ERR_PROTOCOL, "{\"status\":\"pending\"}", "authorization.identifier"},
		{ERR_PROTOCOL, "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\"}}",
		 "authorization.identifier.value"},
		{ERR_PROTOCOL,
		 "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"b.example\"},"
		 "\"challenges\":[]}",
		 "'b.example' was not ordered"},
		{ERR_PROTOCOL,
		 "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"
		 "\"wildcard\":true,\"challenges\":[]}",
		 "'*.a.example' was not ordered"},
		{ERR_PROTOCOL,
		 "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"}}",
		 "authorization.challenges"},
		{ERR_CONFIG, AUTHZ_START "]}", "the CA offers none"},
		{ERR_CONFIG, AUTHZ_START "{\"type\":\"odd-01\"},7]}", "the CA offers odd-01"},
		{ERR_CONFIG, AUTHZ_START "{\"type\":\"dns-01\",\"status\":\"invalid\"}]}",
		 "the CA offers dns-01"},
		{ERR_PROTOCOL, AUTHZ_START "{\"type\":\"http-01\",\"token\":\"t\"}]}",
		 "challenge.url"},
		{ERR_PROTOCOL,
		 AUTHZ_START
		 "{\"type\":\"http-01\",\"url\":\"http://ca.test/c\",\"token\":\"t\"}]}",
		 "challenge.url"},
		{ERR_PROTOCOL, AUTHZ_START "{\"type\":\"http-01\",\"url\":\"https://ca.test/c\"}]}",
		 "challenge.token"},
		{ERR_PROTOCOL,
		 AUTHZ_START
		 "{\"type\":\"http-01\",\"url\":\"https://ca.test/c\",\"token\":\"\"}]}",
		 "challenge.token"},
		{ERR_PROTOCOL,
		 AUTHZ_START "{\"type\":\"http-01\",\"url\":\"https://ca.test/c\","
			     "\"token\":\"../../etc/passwd\"}]}",
		 "challenge.token"},
		{ERR_PROTOCOL,
		 AUTHZ_START "{\"type\":\"http-01\",\"url\":\"https://ca.test/c\","
			     "\"token\":\"a b\"}]}",
		 "challenge.token"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lab *lab = *state;

		lab_order_single(lab, NULL);
		lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
		lab_reply(lab, 200, "", rows[i].body);
		if (rows[i].code == ERR_CONFIG)
			expect_withdrawn(lab, rows[i].part);
		else
			lab_expect_failed(lab, rows[i].code, rows[i].part);
		teardown(state);
		setup(state);
	}
}

static void test_broken_authorization_is_reported(void **state)
{
	struct lab *lab = *state;
	const struct acme_failures *failures;

	lab_order_single(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	lab_reply(lab, 200, "", AUTHZ_BODY("expired", "pending"));
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	failures = acme_order_failures(lab->order);
	assert_int_equal(failures->count, 1);
	assert_string_equal(failures->items[0].identifier.value, "a.example");
	assert_string_equal(failures->items[0].detail,
			    "the authorization is expired and the CA gave no reason");
}

static void test_challenges_follow_preference_and_order_of_names(void **state)
{
	struct lab *lab = *state;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);
	const struct acme_challenge *challenges;

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "*.a.example");
	acme_identifiers_add(&names, ACME_IDENTIFIER_IP, "2001:db8::1");
	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	lab_order(lab, &request);
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_NEW_ORDER,
			"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"*.a.example\"},"
			"{\"type\":\"ip\",\"value\":\"2001:db8::1\"},"
			"{\"type\":\"dns\",\"value\":\"a.example\"}]}");
	lab_reply(lab, 201, "Location: " URL_ORDER "\n",
		  "{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/authz/1\","
		  "\"https://ca.test/authz/2\",\"https://ca.test/authz/1\","
		  "\"https://ca.test/authz/3\"],\"finalize\":\"" URL_FINALIZE "\"}");
	lab_reply(lab, 200, "",
		  AUTHZ_START
		  "{\"type\":\"dns-01\",\"url\":\"https://ca.test/c/1\",\"token\":\"t1\"},"
		  "{\"type\":\"http-01\",\"url\":\"https://ca.test/c/2\",\"token\":\"t2\"}]}");
	lab_reply(lab, 200, "",
		  "{\"status\":\"pending\",\"identifier\":{\"type\":\"ip\","
		  "\"value\":\"2001:0DB8:0:0::1\"},\"challenges\":["
		  "{\"type\":\"dns-01\",\"url\":\"https://ca.test/c/3\",\"token\":\"t3\"},"
		  "{\"type\":\"tls-alpn-01\",\"url\":\"https://ca.test/c/4\",\"token\":\"t4\"}]}");
	lab_reply(lab, 200, "",
		  "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\","
		  "\"value\":\"A.example\"},\"wildcard\":true,\"challenges\":["
		  "{\"type\":\"http-01\",\"url\":\"https://ca.test/c/5\",\"token\":\"t5\"},"
		  "{\"type\":\"dns-01\",\"url\":\"https://ca.test/c/6\",\"token\":\"t6\"}]}");
	assert_int_equal(lab->action.kind, ACME_ACTION_PRESENT);
	assert_int_equal(lab->action.challenge_count, 3);
	challenges = lab->action.challenges;
	assert_int_equal(challenges[0].type, ACME_DNS_01);
	assert_true(challenges[0].wildcard);
	assert_string_equal(challenges[0].identifier.value, "a.example");
	assert_string_equal(challenges[0].dns_name, "_acme-challenge.a.example");
	assert_int_equal(challenges[1].type, ACME_TLS_ALPN_01);
	assert_string_equal(challenges[1].identifier.value, "2001:db8::1");
	assert_null(challenges[1].dns_name);
	assert_int_equal(challenges[2].type, ACME_HTTP_01);
	assert_string_equal(challenges[2].token, "t2");
	assert_string_equal(challenges[2].url, "https://ca.test/c/2");
}

static void test_wildcard_without_dns_gets_a_hint(void **state)
{
	struct lab *lab = *state;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "*.a.example");
	request.preference_count = 1;
	lab_order(lab, &request);
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	lab_reply(lab, 200, "",
		  "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\","
		  "\"value\":\"a.example\"},\"wildcard\":true,\"challenges\":["
		  "{\"type\":\"dns-01\",\"url\":\"https://ca.test/c/6\",\"token\":\"t6\"}]}");
	expect_withdrawn(lab, "no usable challenge for '*.a.example'");
	assert_non_null(strstr(lab->err.hint, "dns-01"));
}

/* One name is valid already. What the CA says to the withdrawal does not matter. */
static void test_an_order_that_is_given_up_leaves_nothing_pending(void **state)
{
	struct lab *lab = *state;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	static const enum acme_challenge_type types[] = {ACME_TLS_SNI_01};
	struct acme_order_request request = request_for(&names);

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "b.example");
	request.preference = types;
	request.preference_count = 1;
	lab_order(lab, &request);
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n",
		  "{\"status\":\"pending\",\"authorizations\":[\"https://ca.test/authz/1\","
		  "\"https://ca.test/authz/2\"],\"finalize\":\"" URL_FINALIZE "\"}");
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	lab_reply(lab, 200, "",
		  "{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\","
		  "\"value\":\"b.example\"},\"challenges\":[]}");
	lab_expect_post(lab, "https://ca.test/authz/1", "{\"status\":\"deactivated\"}");
	lab_reply(lab, 400, "", "{\"type\":\"urn:ietf:params:acme:error:malformed\"}");
	lab_expect_failed(lab, ERR_CONFIG,
			  "no usable challenge for 'a.example': the CA offers http-01");
	assert_non_null(strstr(lab->err.hint, "tls-alpn-01 has replaced it"));
}

/* Types matter only for what is to be validated. */
static void test_without_types_the_first_pending_authorization_is_refused(void **state)
{
	struct lab *lab = *state;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	request.preference_count = 0;
	lab_order(lab, &request);
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	lab_reply(lab, 200, "",
		  "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\","
		  "\"value\":\"a.example\"},\"challenges\":["
		  "{\"type\":\"http-01\",\"url\":\"https://ca.test/c/6\",\"token\":\"t6\"}]}");
	expect_withdrawn(lab, "None of the preferred challenges are supported");
	assert_non_null(strstr(lab->err.hint, "--preferred-challenges"));
}

#define DIRECTORY_WITH(more) "{" DIRECTORY_MEMBERS "," more "}"
#define PROFILES "\"meta\":{\"profiles\":{\"classic\":\"The usual\",\"short\":\"Six days\"}}"

static void order_with_profile(struct lab *lab, const char *profile, unsigned flags)
{
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	request.profile = profile;
	request.flags = flags;
	lab_order(lab, &request);
	lab_serve_directory(lab, DIRECTORY_WITH(PROFILES));
}

static void test_listed_profile_is_sent(void **state)
{
	struct lab *lab = *state;

	order_with_profile(lab, "short", ACME_ORDER_REQUIRE_PROFILE);
	lab_expect_post(lab, URL_NEW_ORDER, "\"profile\":\"short\"");
	assert_string_equal(acme_server_meta(lab->server)->profile_texts.items[1], "Six days");
}

static void test_unlisted_profile_is_dropped(void **state)
{
	struct lab *lab = *state;

	order_with_profile(lab, "long", 0);
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	assert_null(strstr(lab->payload.text, "profile"));
}

static void test_unlisted_required_profile_is_an_error(void **state)
{
	struct lab *lab = *state;

	order_with_profile(lab, "long", ACME_ORDER_REQUIRE_PROFILE);
	lab_expect_failed(lab, ERR_CONFIG, "no profile 'long'; it offers classic, short");
	assert_int_equal(lab->requests, 1);
}

static void order_replacing(struct lab *lab, const char *directory)
{
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	request.replaces = "aki.serial";
	lab_order(lab, &request);
	lab_serve_directory(lab, directory);
}

static void test_replaces_is_for_servers_with_renewal_info(void **state)
{
	struct lab *lab = *state;

	order_replacing(lab, NULL);
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	assert_null(strstr(lab->payload.text, "replaces"));
	lab_reply(lab, 400, "", PROBLEM("malformed", "no"));
	lab_expect_failed(lab, ERR_ACME, "cannot order a certificate: no (malformed)");
}

static void test_order_without_replaces_when_it_is_refused(void **state)
{
	static const struct {
		int status;
		const char *body;
	} refusals[] = {
		{409, PROBLEM("alreadyReplaced", "done")},
		{409, ""},
		{400, PROBLEM("malformed", "what?")},
		{403, PROBLEM("unauthorized", "field 'replaces' is not yours")},
		{404, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct lab *lab = *state;

		order_replacing(lab, DIRECTORY_WITH("\"renewalInfo\":\"https://ca.test/ari\""));
		lab_expect_post(lab, URL_NEW_ORDER, "\"replaces\":\"aki.serial\"");
		lab_reply(lab, refusals[i].status, "", refusals[i].body);
		lab_expect_post(lab, URL_NEW_ORDER, "a.example");
		assert_null(strstr(lab->payload.text, "replaces"));
		/* Only once. */
		lab_reply(lab, refusals[i].status, "", refusals[i].body);
		assert_int_equal(lab->action.kind, ACME_ACTION_FAILED);
		teardown(state);
		setup(state);
	}
}

/* Pebble answers so when the names have nothing in common with those of the old certificate. */
static void test_order_without_replaces_after_a_server_error(void **state)
{
	struct lab *lab = *state;

	order_replacing(lab, DIRECTORY_WITH("\"renewalInfo\":\"https://ca.test/ari\""));
	lab_reply(lab, 500, "", PROBLEM("serverInternal", "no name in common"));
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	assert_null(strstr(lab->payload.text, "replaces"));
	lab_reply(lab, 500, "", PROBLEM("serverInternal", "on its way out"));
	lab_expect_wait(lab, 1000);
}

static void test_replaces_stays_while_a_gateway_is_at_fault(void **state)
{
	struct lab *lab = *state;

	order_replacing(lab, DIRECTORY_WITH("\"renewalInfo\":\"https://ca.test/ari\""));
	lab_reply(lab, 502, "", "");
	lab_expect_wait(lab, 1000);
	lab_drop(lab, true);
	lab_expect_wait(lab, 3000);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_NEW_ORDER, "\"replaces\":\"aki.serial\"");
}

static void test_rate_limit_is_not_the_fault_of_replaces(void **state)
{
	struct lab *lab = *state;

	order_replacing(lab, DIRECTORY_WITH("\"renewalInfo\":\"https://ca.test/ari\""));
	lab_reply(lab, 429, "Retry-After: 3600\n", PROBLEM("rateLimited", "too many"));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "too many");
}

static void test_subproblems_name_the_identifiers(void **state)
{
	struct lab *lab = *state;
	const struct acme_failures *failures;

	lab_order_single(lab, NULL);
	lab_reply(lab, 403, "",
		  "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\",\"detail\":\"no\","
		  "\"subproblems\":[{\"type\":\"urn:ietf:params:acme:error:caa\","
		  "\"detail\":\"forbidden\",\"identifier\":{\"type\":\"dns\","
		  "\"value\":\"a.example\"}},{\"type\":\"urn:ietf:params:acme:error:dns\","
		  "\"identifier\":{\"type\":\"ip\",\"value\":\"192.0.2.1\"}},7]}");
	lab_expect_failed(lab, ERR_ACME, "no; a.example: forbidden; 192.0.2.1: The CA had");
	failures = acme_order_failures(lab->order);
	assert_int_equal(failures->count, 2);
	assert_string_equal(failures->items[0].identifier.value, "a.example");
	assert_string_equal(failures->items[0].type, "caa");
	assert_string_equal(failures->items[0].detail, "forbidden");
	assert_int_equal(failures->items[1].identifier.kind, ACME_IDENTIFIER_IP);
}

static void test_unknown_account_gets_a_hint(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_reply(lab, 400, "", PROBLEM("accountDoesNotExist", "who?"));
	lab_expect_failed(lab, ERR_ACME, "who?");
	assert_non_null(strstr(lab->err.hint, "register again"));
}

static void test_deactivated_account_gets_a_hint(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_reply(lab, 401, "", PROBLEM("unauthorized", "account is deactivated"));
	lab_expect_failed(lab, ERR_ACME, "account is deactivated");
	assert_non_null(strstr(lab->err.hint, "register a new one"));
}

static void test_order_needs_an_account(void **state)
{
	struct lab *lab = *state;

	acme_server_set_account_url(lab->server, NULL);
	lab_order_single(lab, NULL);
	lab_expect_failed(lab, ERR_REFUSED, "there is no account");
}

static void fresh_order(struct lab *lab, unsigned flags)
{
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	request.flags = flags;
	lab_order(lab, &request);
	lab_serve_directory(lab, NULL);
}

static void test_dry_run_deactivates_valid_authorizations_first(void **state)
{
	struct lab *lab = *state;

	fresh_order(lab, ACME_ORDER_FRESH_AUTHZ);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("ready"));
	lab_expect_post(lab, "https://ca.test/authz/1", NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("valid", "valid"));
	lab_expect_post(lab, "https://ca.test/authz/1", "{\"status\":\"deactivated\"}");
	lab_reply(lab, 200, "", "{}");
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	lab_reply(lab, 201, "Location: https://ca.test/order/2\n", ORDER_BODY("pending"));
	lab_expect_post(lab, "https://ca.test/authz/1", NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	assert_int_equal(lab->action.kind, ACME_ACTION_PRESENT);
	assert_int_equal(acme_order_left_valid(lab->order), 0);
}

static void test_dry_run_goes_on_when_deactivation_fails(void **state)
{
	struct lab *lab = *state;

	fresh_order(lab, ACME_ORDER_FRESH_AUTHZ);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("ready"));
	lab_reply(lab, 200, "", AUTHZ_BODY("valid", "valid"));
	lab_reply(lab, 403, "", PROBLEM("unauthorized", "no"));
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	lab_reply(lab, 201, "Location: https://ca.test/order/2\n", ORDER_BODY("ready"));
	lab_expect_post(lab, URL_FINALIZE, "csr");
	assert_int_equal(acme_order_left_valid(lab->order), 1);
}

static void test_lost_new_order_is_sent_again(void **state)
{
	struct lab *lab = *state;

	lab_order_single(lab, NULL);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	/* The nonce went with the request. */
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	lab_drop(lab, true);
	lab_expect_wait(lab, 3000);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
	lab_drop(lab, false);
	lab_expect_failed(lab, ERR_NETWORK, "cannot order a certificate: connection reset");
}

static void test_request_without_names_is_refused(void **state)
{
	struct lab *lab = *state;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	struct acme_order_request request = request_for(&names);
	AUTO(error) struct error err = ERROR_INIT;
	struct acme_order *order;

	assert_int_equal(acme_order_new(&order, lab->server, &request, &err), ERR_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_single_name_takes_nine_requests),
		TEST(test_directory_is_fetched_once),
		TEST(test_other_machine_waits_for_the_directory),
		TEST(test_directory_goes_to_another_when_its_fetcher_leaves),
		TEST(test_new_order_waits_for_the_end_of_another),
		TEST(test_new_order_that_is_tried_again_holds_up_nobody),
		TEST(test_slow_new_order_of_a_far_server_holds_up_others_only_a_moment),
		TEST(test_near_pebble_gets_one_new_order_at_a_time),
		TEST(test_directory_failure_is_shared),
		TEST(test_ready_order_goes_to_finalize),
		TEST(test_valid_authorization_is_not_presented),
		TEST(test_new_order_that_is_valid_is_not_ours),
		TEST(test_malformed_order_is_refused),
		TEST(test_malformed_authorization_is_refused),
		TEST(test_broken_authorization_is_reported),
		TEST(test_challenges_follow_preference_and_order_of_names),
		TEST(test_wildcard_without_dns_gets_a_hint),
		TEST(test_an_order_that_is_given_up_leaves_nothing_pending),
		TEST(test_without_types_the_first_pending_authorization_is_refused),
		TEST(test_listed_profile_is_sent),
		TEST(test_unlisted_profile_is_dropped),
		TEST(test_unlisted_required_profile_is_an_error),
		TEST(test_replaces_is_for_servers_with_renewal_info),
		TEST(test_order_without_replaces_when_it_is_refused),
		TEST(test_order_without_replaces_after_a_server_error),
		TEST(test_replaces_stays_while_a_gateway_is_at_fault),
		TEST(test_rate_limit_is_not_the_fault_of_replaces),
		TEST(test_subproblems_name_the_identifiers),
		TEST(test_unknown_account_gets_a_hint),
		TEST(test_deactivated_account_gets_a_hint),
		TEST(test_order_needs_an_account),
		TEST(test_dry_run_deactivates_valid_authorizations_first),
		TEST(test_dry_run_goes_on_when_deactivation_fails),
		TEST(test_lost_new_order_is_sent_again),
		TEST(test_request_without_names_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
