/* The order machine from the challenges to their validation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

#define URL_AUTHZ "https://ca.test/authz/1"
#define URL_CHALLENGE "https://ca.test/challenge/1"
#define AUTHZ_FAILED                                                                               \
	"{\"status\":\"invalid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"       \
	"\"challenges\":[{\"type\":\"http-01\",\"url\":\"https://ca.test/challenge/1\","           \
	"\"status\":\"invalid\",\"token\":\"tok-1_A\",\"error\":"                                  \
	"{\"type\":\"urn:ietf:params:acme:error:unauthorized\","                                   \
	"\"detail\":\"wrong \\u001b[31mbody\\u0007\"}}]}"

static const struct acme_failure *only_failure(const struct lab *lab)
{
	const struct acme_failures *failures = acme_order_failures(lab->order);

	assert_int_equal(failures->count, 1);
	assert_string_equal(failures->items[0].identifier.value, "a.example");
	return &failures->items[0];
}

static void test_presented_challenge_carries_its_key_authorization(void **state)
{
	struct lab *lab = *state;
	const struct acme_challenge *challenge;

	lab_until_presented(lab);
	challenge = &lab->action.challenges[0];
	assert_int_equal(challenge->type, ACME_HTTP_01);
	assert_string_equal(challenge->token, "tok-1_A");
	assert_int_equal(strncmp(challenge->key_authorization, "tok-1_A.", 8), 0);
	assert_int_equal(strlen(challenge->key_authorization), 8 + 43);
	assert_false(acme_order_validated(lab->order));
}

static void test_what_was_not_presented_fails_without_the_ca(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	error_set(&lab->action.challenges[0].present_error, ERR_PLUGIN, "cannot write the token");
	lab_step(lab);
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	assert_string_equal(only_failure(lab)->type, "plugin");
	assert_string_equal(only_failure(lab)->detail, "cannot write the token");
}

static void test_presenting_may_take_any_time(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab->now_ms += 3600 * 1000;
	lab_step(lab);
	lab_expect_post(lab, URL_CHALLENGE, "{}");
	lab_reply(lab, 200, "", "{}");
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_post(lab, URL_ORDER, NULL);
}

static void test_first_poll_waits_for_the_challenges_retry_after(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	lab_reply(lab, 200, "Retry-After: 3\n", "{}");
	lab_expect_wait(lab, 3000);
	lab_expect_post(lab, URL_ORDER, NULL);
}

/* Reads the authorization in so many milliseconds, and checks the pause before the first poll. */
static void expect_first_pause(struct lab *lab, int64_t round_trip_ms, int64_t pause_ms)
{
	lab_order_single(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	lab->now_ms += round_trip_ms;
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	lab_step(lab);
	lab_expect_post(lab, URL_CHALLENGE, "{}");
	lab_reply(lab, 200, "", "{}");
	lab_expect_wait(lab, pause_ms);
	lab_expect_post(lab, URL_ORDER, NULL);
}

static void test_first_pause_is_some_round_trips(void **state)
{
	expect_first_pause(*state, 50, 200);
}

static void test_first_pause_is_at_most_a_second(void **state)
{
	expect_first_pause(*state, 900, 1000);
}

/* The order is pending still. After some seconds a look at the authorization follows: true then. */
static bool reply_pending(struct lab *lab, const char *authz_body)
{
	lab_reply(lab, 200, "", ORDER_BODY("pending"));
	if (lab->action.kind != ACME_ACTION_SEND)
		return false;
	lab_expect_post(lab, "https://ca.test/authz/1", NULL);
	lab_reply(lab, 200, "", authz_body);
	return true;
}

static void test_polls_grow_to_three_seconds(void **state)
{
	static const int64_t pauses[] = {4,   6,   9,   14,  22,   35,   56,   89,  142,
					 227, 363, 580, 928, 1484, 2374, 3000, 3000};
	struct lab *lab = *state;

	lab_until_validation(lab);
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		reply_pending(lab, AUTHZ_BODY("pending", "processing"));
		lab_expect_wait(lab, pauses[i]);
		lab_expect_post(lab, URL_ORDER, NULL);
	}
	lab_reply(lab, 200, "Retry-After: 7\n", ORDER_BODY("pending"));
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "processing"));
	lab_expect_wait(lab, 7000);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	lab_expect_post(lab, URL_FINALIZE, "csr");
}

static void test_retry_after_takes_an_http_date(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab->now_ms = 1700000000000;
	lab_reply(lab, 200, "Retry-After: Tue, 14 Nov 2023 22:13:25 GMT\n", ORDER_BODY("pending"));
	lab_expect_wait(lab, 5000);
}

#define RETRIED_BODY                                                                               \
	"{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"       \
	"\"challenges\":[{\"type\":\"http-01\",\"url\":\"https://ca.test/challenge/1\","           \
	"\"status\":\"pending\",\"token\":\"tok-1_A\",\"error\":{\"type\":"                        \
	"\"urn:ietf:params:acme:error:connection\",\"detail\":\"192.0.2.1: refused\"}}]}"

/* Polls a pending order until the last poll is open. */
static void poll_to_the_end(struct lab *lab, const char *authz_body)
{
	int looks = 0;

	lab_until_validation(lab);
	for (int i = 1; i < 45; i++) {
		looks += reply_pending(lab, authz_body);
		lab->now_ms = lab->action.wait_until_ms;
		lab_step(lab);
		lab_expect_post(lab, URL_ORDER, NULL);
	}
	assert_in_range(looks, 20, 40);
}

static void test_validation_does_not_go_on_without_end(void **state)
{
	struct lab *lab = *state;

	poll_to_the_end(lab, AUTHZ_BODY("pending", "processing"));
	assert_string_equal(acme_order_state_name(lab->order), "waiting for validation");
	lab_reply(lab, 200, "", ORDER_BODY("pending"));
	lab_expect_post(lab, "https://ca.test/authz/1", NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "processing"));
	lab_expect_failed(lab, ERR_BUSY,
			  "cannot follow the order: the CA has not validated the names yet");
}

static void test_reason_in_a_pending_challenge_is_told(void **state)
{
	struct lab *lab = *state;

	poll_to_the_end(lab, RETRIED_BODY);
	assert_string_equal(acme_order_state_name(lab->order),
			    "it says of a.example: 192.0.2.1: refused");
	lab_reply(lab, 200, "", ORDER_BODY("pending"));
	lab_expect_post(lab, "https://ca.test/authz/1", NULL);
	lab_reply(lab, 200, "", RETRIED_BODY);
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	assert_int_equal(acme_order_failures(lab->order)->count, 1);
	assert_string_equal(acme_order_failures(lab->order)->items[0].detail, "192.0.2.1: refused");
}

static void test_retry_after_beyond_the_limit_ends_validation(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab_reply(lab, 200, "Retry-After: 7200\n", ORDER_BODY("pending"));
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "processing"));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "7200 seconds");
	assert_int_equal(lab->err.retry_at, lab->now_ms / 1000 + 7200);
}

static void test_failure_names_identifier_and_printable_reason(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab_reply(lab, 200, "", ORDER_BODY("invalid"));
	assert_false(acme_order_validated(lab->order));
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_FAILED);
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	assert_string_equal(lab->err.text, "some challenges have failed");
	assert_string_equal(only_failure(lab)->type, "unauthorized");
	assert_string_equal(only_failure(lab)->detail, "wrong \\x1b[31mbody\\x07");
	assert_true(acme_order_validated(lab->order));
}

static void test_failed_order_waits_for_the_names_still_at_work(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab_reply(lab, 200, "", ORDER_BODY("invalid"));
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "Retry-After: 3\n", AUTHZ_BODY("pending", "processing"));
	lab_expect_wait(lab, 3000);
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_FAILED);
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	only_failure(lab);
}

static void test_names_that_never_settle_are_no_failures(void **state)
{
	struct lab *lab = *state;
	int64_t start;
	int rounds = 0;

	lab_until_validation(lab);
	start = lab->now_ms;
	lab_reply(lab, 200, "", "{\"status\":\"invalid\",\"error\":" PROBLEM("caa", "no") "}");
	while (lab->action.kind != ACME_ACTION_FAILED) {
		assert_true(++rounds < 100);
		lab_reply(lab, 200, "", AUTHZ_BODY("pending", "processing"));
		if (lab->action.kind == ACME_ACTION_WAIT) {
			lab->now_ms = lab->action.wait_until_ms;
			lab_step(lab);
		}
	}
	lab_expect_failed(lab, ERR_ACME, "no (caa)");
	assert_int_equal(acme_order_failures(lab->order)->count, 0);
	assert_true(lab->now_ms - start <= 30 * 1000);
}

static void test_unreadable_authorization_hides_nothing(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab_reply(lab, 200, "", ORDER_BODY("invalid"));
	lab_reply(lab, 404, "", "");
	lab_expect_failed(lab, ERR_ACME, "the CA gave no reason");
}

static void test_lost_answer_is_looked_up(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	lab_drop(lab, true);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "processing"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_expect_post(lab, URL_ORDER, NULL);
}

static void test_lost_answer_that_never_arrived_is_given_again(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	for (int i = 0; i < 2; i++) {
		lab_expect_post(lab, URL_CHALLENGE, "{}");
		lab_drop(lab, true);
		lab_reply(lab, 200, "", "");
		lab_expect_post(lab, URL_AUTHZ, NULL);
		lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	}
	lab_expect_post(lab, URL_CHALLENGE, "{}");
	lab_drop(lab, true);
	lab_reply(lab, 200, "", "");
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	lab_expect_failed(lab, ERR_NETWORK, "cannot answer a challenge: connection reset");
}

static void test_refused_answer_may_be_good_news(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	lab_reply(lab, 400, "", PROBLEM("malformed", "not pending"));
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("valid", "valid"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	lab_expect_post(lab, URL_FINALIZE, "csr");
}

static void test_refused_answer_is_a_failure_of_its_name(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	lab_reply(lab, 403, "", PROBLEM("unauthorized", "not yours"));
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	assert_string_equal(only_failure(lab)->type, "unauthorized");
	assert_string_equal(only_failure(lab)->detail, "not yours (unauthorized)");
}

static void test_refused_answer_to_a_broken_authorization(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	lab_reply(lab, 400, "", PROBLEM("malformed", "not pending"));
	lab_reply(lab, 200, "", AUTHZ_FAILED);
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_FAILED);
	lab_expect_failed(lab, ERR_CHALLENGE, "some challenges have failed");
	only_failure(lab);
}

static void test_rate_limited_answer_ends_the_order(void **state)
{
	struct lab *lab = *state;

	lab_until_presented(lab);
	lab_step(lab);
	lab_reply(lab, 429, "Retry-After: 3600\n", PROBLEM("rateLimited", "too many"));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "cannot answer a challenge: too many");
	assert_int_equal(lab->err.retry_at, lab->now_ms / 1000 + 3600);
}

static void test_order_finalized_by_another_is_refused(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_failed(lab, ERR_PROTOCOL, "another client finalized");
}

static void test_lost_poll_is_repeated(void **state)
{
	struct lab *lab = *state;

	lab_until_validation(lab);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 502, "", "");
	lab_expect_wait(lab, 3000);
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 500, "", PROBLEM("serverInternal", "oops"));
	lab_expect_failed(lab, ERR_NETWORK, "cannot follow the order: oops (serverInternal)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_presented_challenge_carries_its_key_authorization),
		TEST(test_what_was_not_presented_fails_without_the_ca),
		TEST(test_presenting_may_take_any_time),
		TEST(test_first_poll_waits_for_the_challenges_retry_after),
		TEST(test_first_pause_is_some_round_trips),
		TEST(test_first_pause_is_at_most_a_second),
		TEST(test_polls_grow_to_three_seconds),
		TEST(test_retry_after_takes_an_http_date),
		TEST(test_validation_does_not_go_on_without_end),
		TEST(test_reason_in_a_pending_challenge_is_told),
		TEST(test_retry_after_beyond_the_limit_ends_validation),
		TEST(test_failure_names_identifier_and_printable_reason),
		TEST(test_failed_order_waits_for_the_names_still_at_work),
		TEST(test_names_that_never_settle_are_no_failures),
		TEST(test_unreadable_authorization_hides_nothing),
		TEST(test_lost_answer_is_looked_up),
		TEST(test_lost_answer_that_never_arrived_is_given_again),
		TEST(test_refused_answer_may_be_good_news),
		TEST(test_refused_answer_is_a_failure_of_its_name),
		TEST(test_refused_answer_to_a_broken_authorization),
		TEST(test_rate_limited_answer_ends_the_order),
		TEST(test_order_finalized_by_another_is_refused),
		TEST(test_lost_poll_is_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
