/* What every request has in common: nonces, rate limits, lost replies, several at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "acme/server_parts.h"
#include "base/alloc.h"
#include "codec/datetime.h"
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

/* A POST of the account is about the simplest request there is. */
static void until_query(struct lab *lab)
{
	lab_exchange(lab, acme_account_query(lab->server));
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_ACCOUNT, NULL);
}

static void test_nonce_of_a_reply_is_used_for_the_next_request(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	assert_non_null(strstr(lab->protected.text, "\"nonce-1\""));
	lab_reply(lab, 200, "", "{}");
	lab_expect_done(lab);
	lab_exchange(lab, acme_account_query(lab->server));
	lab_expect_post(lab, URL_ACCOUNT, NULL);
	assert_non_null(strstr(lab->protected.text, "\"nonce-2\""));
}

/* Steps the machine once its pause is over, if it makes one. */
static void sit_out_pause(struct lab *lab)
{
	if (lab->action.kind != ACME_ACTION_WAIT)
		return;
	lab->now_ms = lab->action.wait_until_ms;
	lab_step(lab);
}

static void test_bad_nonce_is_retried_with_the_fresh_one(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	for (int i = 0; i < 9; i++) {
		AUTO_FREE char *fresh = xasprintf("\"nonce-%u\"", lab->nonces + 1);

		lab_reply(lab, 400, "", PROBLEM("badNonce", "stale"));
		assert_int_equal(lab->action.kind == ACME_ACTION_WAIT, i > 0);
		sit_out_pause(lab);
		lab_expect_post(lab, URL_ACCOUNT, NULL);
		assert_non_null(strstr(lab->protected.text, fresh));
	}
	lab_reply(lab, 200, "", "{}");
	lab_expect_done(lab);
}

static void test_bad_nonce_without_a_fresh_one_asks_for_one(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_reply(lab, 400, "-", PROBLEM("badNonce", "stale"));
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_ACCOUNT, NULL);
}

/* A server that has lost one nonce has lost the older ones too. */
static void test_old_nonces_are_forgotten_at_the_second_rejection(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	for (int i = 0; i < 5; i++)
		strvec_push(&lab->server->nonces, "old");
	lab_reply(lab, 400, "", PROBLEM("badNonce", "stale"));
	assert_int_equal(lab->server->nonces.count, 5);
	lab_reply(lab, 400, "", PROBLEM("badNonce", "stale"));
	assert_int_equal(lab->server->nonces.count, 1);
	assert_string_not_equal(lab->server->nonces.items[0], "old");
}

static void test_a_nonce_is_rejected_ten_times_at_most_and_not_in_a_tight_loop(void **state)
{
	struct lab *lab = *state;
	int rejected = 0;
	int64_t start_ms = lab->now_ms;

	until_query(lab);
	while (lab->action.kind == ACME_ACTION_SEND) {
		assert_true(++rejected < 1000);
		lab_reply(lab, 400, "", PROBLEM("badNonce", "never"));
		sit_out_pause(lab);
	}
	lab_expect_failed(lab, ERR_NETWORK, "cannot read the account: never (badNonce)");
	assert_int_equal(rejected, 10);
	assert_true(lab->now_ms - start_ms > 10 * 1000);
}

static void test_new_nonce_without_a_nonce_is_an_error(void **state)
{
	static const char *const headers[] = {
		"-",
		"-Replay-Nonce: \n",
		"-Replay-Nonce: with blank\n",
		"-Replay-Nonce: quoted\"\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		struct lab *lab = *state;

		lab_exchange(lab, acme_account_query(lab->server));
		lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
		lab_reply(lab, 200, "-", "{" DIRECTORY_MEMBERS "}");
		lab_expect_send(lab, ACME_HEAD, URL_NONCE);
		lab_reply(lab, 200, headers[i], "");
		lab_expect_failed(lab, ERR_PROTOCOL, "cannot get a nonce from '" URL_NONCE "'");
		teardown(state);
		setup(state);
	}
}

static void test_new_nonce_is_tried_three_times(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_query(lab->server));
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_reply(lab, 200, "-", "{" DIRECTORY_MEMBERS "}");
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 503, "-", "");
	lab_expect_wait(lab, 3000);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_drop(lab, false);
	lab_expect_failed(lab, ERR_NETWORK, "cannot get a nonce");
}

static void test_directory_is_tried_three_times(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 500, "-", "");
	lab_expect_wait(lab, 3000);
	lab_drop(lab, true);
	lab_expect_failed(lab, ERR_NETWORK, "connection reset");
}

/* A certificate that does not pass, a proxy that wants another password. */
static void test_what_cannot_pass_is_not_tried_again(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_directory_fetch(lab->server));
	lab_drop_for(lab, ERR_PROTOCOL, "cannot verify", false);
	lab_expect_failed(lab, ERR_PROTOCOL, "cannot verify");
}

static void test_nonce_that_cannot_be_had_is_not_tried_again(void **state)
{
	struct lab *lab = *state;

	lab_exchange(lab, acme_account_query(lab->server));
	lab_expect_send(lab, ACME_GET, URL_DIRECTORY);
	lab_reply(lab, 200, "-", "{" DIRECTORY_MEMBERS "}");
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_drop_for(lab, ERR_CONFIG, "the proxy refuses", false);
	lab_expect_failed(lab, ERR_CONFIG, "cannot get a nonce");
}

static void test_pool_keeps_the_newest_nonces(void **state)
{
	struct lab *lab = *state;
	AUTO_FREE char *newest = NULL;

	for (int i = 0; i < 100; i++) {
		AUTO(acme_reply) struct acme_reply reply;
		AUTO_FREE char *nonce = xasprintf("n%d", i);

		acme_reply_init(&reply);
		headers_add(&reply.headers, "replay-nonce", nonce);
		assert_true(acme_server_keep_nonce(lab->server, &reply));
	}
	newest = acme_server_take_nonce(lab->server);
	assert_string_equal(newest, "n99");
	assert_true(lab->server->nonces.count < 100);
}

static void test_a_server_learns_all_but_the_account_from_another(void **state)
{
	struct lab *lab = *state;
	AUTO(acme_server) struct acme_server *other = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(acme_server_new(URL_DIRECTORY, &other, &err), 0);
	acme_server_learn(other, lab->server); /* it knows nothing yet */
	assert_false(other->has_directory);
	until_query(lab);
	strvec_push(&lab->server->nonces, "spare");
	acme_server_learn(other, lab->server);
	assert_true(other->has_directory);
	assert_string_equal(other->directory.urls[ACME_NEW_NONCE], URL_NONCE);
	assert_ptr_not_equal(other->directory.urls[ACME_NEW_NONCE],
			     lab->server->directory.urls[ACME_NEW_NONCE]);
	assert_int_equal(other->pace.new_nonces_paid_ms, lab->server->pace.new_nonces_paid_ms);
	assert_null(acme_server_account_url(other));
	assert_int_equal(other->nonces.count, 1); /* each is used once */
	assert_int_equal(lab->server->nonces.count, 0);
}

static void test_busy_server_is_given_its_time(void **state)
{
	static const int statuses[] = {429, 503};

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct lab *lab = *state;

		until_query(lab);
		lab_reply(lab, statuses[i], "Retry-After: 20\n", PROBLEM("rateLimited", "slow"));
		lab_expect_wait(lab, 20000);
		lab_expect_post(lab, URL_ACCOUNT, NULL);
		lab_reply(lab, 200, "", "{}");
		lab_expect_done(lab);
		teardown(state);
		setup(state);
	}
}

static void test_busy_server_may_give_a_date(void **state)
{
	struct lab *lab = *state;
	AUTO_FREE char *date = NULL;
	AUTO_FREE char *header = NULL;

	until_query(lab);
	date = datetime_http(lab->now_ms / 1000 + 30);
	header = xasprintf("Retry-After: %s\n", date);
	lab_reply(lab, 503, header, "");
	lab_expect_wait(lab, 30000);
	lab_expect_post(lab, URL_ACCOUNT, NULL);
}

static void test_past_retry_after_does_not_make_us_hammer(void **state)
{
	static const char *const headers[] = {
		"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n",
		"Retry-After: 0\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		struct lab *lab = *state;
		int tries = 0;

		until_query(lab);
		while (lab->action.kind == ACME_ACTION_SEND) {
			assert_true(++tries < 100);
			lab_reply(lab, 429, headers[i], "");
			if (lab->action.kind == ACME_ACTION_WAIT)
				lab_expect_wait(lab, 1000);
		}
		lab_expect_failed(lab, ERR_RATE_LIMITED, "HTTP status 429");
		assert_int_equal(tries, 61);
		teardown(state);
		setup(state);
	}
}

static void test_long_retry_after_is_an_error_with_its_time(void **state)
{
	static const struct {
		const char *header;
		int64_t seconds;
	} rows[] = {
		{"Retry-After: 61\n", 61},
		{"Retry-After: 31536000\n", 31536000},
		{"Retry-After: 99999999999999999999\n", INT32_MAX},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lab *lab = *state;

		until_query(lab);
		lab_reply(lab, 429, rows[i].header, PROBLEM("rateLimited", "too many"));
		lab_expect_failed(lab, ERR_RATE_LIMITED, "too many (rateLimited)");
		assert_int_equal(lab->err.retry_at, lab->now_ms / 1000 + rows[i].seconds);
		teardown(state);
		setup(state);
	}
}

static void test_rate_limit_without_a_time_is_final(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_reply(lab, 429, "", PROBLEM("rateLimited", "too many"));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "too many");
	assert_int_equal(lab->err.retry_at, 0);
}

static void test_unavailable_without_a_time_is_tried_again(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_reply(lab, 503, "", "");
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 503, "", "");
	lab_expect_wait(lab, 3000);
	lab_reply(lab, 503, "", "");
	lab_expect_failed(lab, ERR_NETWORK, "HTTP status 503");
}

static void test_pause_of_one_machine_holds_for_all(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_reply(lab, 429, "Retry-After: 10\n", "");
	lab_exchange(lab, acme_account_query(lab->server));
	lab_expect_wait(lab, 10000);
	lab_expect_post(lab, URL_ACCOUNT, NULL);
}

static void test_pause_beyond_the_limit_of_another_machine(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab->server->pace.not_before_ms = lab->now_ms + 120 * 1000;
	lab_exchange(lab, acme_account_query(lab->server));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "accepts no requests before");
	assert_int_equal(lab->err.retry_at, lab->now_ms / 1000 + 120);
}

static void query_again(struct lab *lab)
{
	error_release(&lab->err);
	lab_exchange(lab, acme_account_query(lab->server));
}

/* A thousand orders that wait for their turn do not find out one by one. */
static void test_server_that_does_not_reply_is_asked_nothing_more(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_drop(lab, true);
	lab_expect_wait(lab, 3000);
	lab_drop(lab, true);
	lab_expect_failed(lab, ERR_NETWORK, "");
	lab->now_ms += 86 * 1000;
	query_again(lab);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab->now_ms++;
	query_again(lab);
	lab_expect_failed(lab, ERR_NETWORK, "has not replied for 90 seconds");
}

static void test_one_reply_makes_a_silent_server_worth_asking(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_reply(lab, 500, "", "");
	lab->now_ms += 600 * 1000;
	query_again(lab);
	lab_expect_post(lab, URL_ACCOUNT, NULL);
}

static void test_redirect_is_no_answer(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	lab_reply(lab, 302, "Location: https://elsewhere.test/\n", "");
	lab_expect_failed(lab, ERR_PROTOCOL, "HTTP status 302");
}

static void test_reply_to_an_unknown_request_is_ignored(void **state)
{
	struct lab *lab = *state;
	int id;

	until_query(lab);
	id = lab->action.request.id;
	lab->action.request.id = id + 1000;
	lab_reply(lab, 200, "", "{}");
	assert_int_equal(lab->action.kind, ACME_ACTION_WAIT);
	assert_int_equal(lab->action.wait_until_ms, INT64_MAX);
}

static void test_oversized_body_is_refused(void **state)
{
	struct lab *lab = *state;
	AUTO_FREE char *body = xcalloc(1, ACME_MAX_BODY + 2);

	memset(body, ' ', ACME_MAX_BODY + 1);
	until_query(lab);
	lab_reply(lab, 200, "", body);
	lab_expect_failed(lab, ERR_PROTOCOL, "longer than");
}

static void test_freed_machine_leaves_no_trace_in_flight(void **state)
{
	struct lab *lab = *state;

	until_query(lab);
	assert_int_equal(lab->server->pace.circulating, 1);
	lab_exchange(lab, acme_account_query(lab->server));
	assert_int_equal(lab->server->pace.circulating, 1);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nonce_of_a_reply_is_used_for_the_next_request),
		TEST(test_bad_nonce_is_retried_with_the_fresh_one),
		TEST(test_bad_nonce_without_a_fresh_one_asks_for_one),
		TEST(test_old_nonces_are_forgotten_at_the_second_rejection),
		TEST(test_a_nonce_is_rejected_ten_times_at_most_and_not_in_a_tight_loop),
		TEST(test_new_nonce_without_a_nonce_is_an_error),
		TEST(test_new_nonce_is_tried_three_times),
		TEST(test_directory_is_tried_three_times),
		TEST(test_what_cannot_pass_is_not_tried_again),
		TEST(test_nonce_that_cannot_be_had_is_not_tried_again),
		TEST(test_pool_keeps_the_newest_nonces),
		TEST(test_a_server_learns_all_but_the_account_from_another),
		TEST(test_busy_server_is_given_its_time),
		TEST(test_busy_server_may_give_a_date),
		TEST(test_past_retry_after_does_not_make_us_hammer),
		TEST(test_long_retry_after_is_an_error_with_its_time),
		TEST(test_rate_limit_without_a_time_is_final),
		TEST(test_unavailable_without_a_time_is_tried_again),
		TEST(test_pause_of_one_machine_holds_for_all),
		TEST(test_pause_beyond_the_limit_of_another_machine),
		TEST(test_server_that_does_not_reply_is_asked_nothing_more),
		TEST(test_one_reply_makes_a_silent_server_worth_asking),
		TEST(test_redirect_is_no_answer),
		TEST(test_reply_to_an_unknown_request_is_ignored),
		TEST(test_oversized_body_is_refused),
		TEST(test_freed_machine_leaves_no_trace_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
