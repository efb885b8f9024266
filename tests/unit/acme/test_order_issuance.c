/* The order machine from finalize to the certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../fixtures/acme/pems.h"
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

/* Serves a nonce where the last one was lost with its request. */
static void serve_nonce(struct lab *lab)
{
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
}

static void test_certificate_without_polling(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	assert_true(acme_order_validated(lab->order));
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_post(lab, URL_CERT, NULL);
	assert_string_equal(lab->action.request.accept, "application/pem-certificate-chain");
	lab_reply(lab, 200, "", PEM_CHAIN_A);
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_CHAIN_A);
}

/* Each stall takes as long as the HTTP client waits for data; the CA keeps the certificate. */
static void test_stalled_download_is_asked_for_again(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_post(lab, URL_CERT, NULL);
	lab->now_ms += 30000;
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	serve_nonce(lab);
	lab_expect_post(lab, URL_CERT, NULL);
	lab_reply(lab, 200, "", PEM_CHAIN_A);
	lab_expect_done(lab);
}

static void test_text_between_certificates_is_not_kept(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 200, "", VALID_BODY);
	lab_reply(lab, 200, "", PEM_LEAF "\n" PEM_INTERMEDIATE_A "\n\n");
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_CHAIN_A);
}

static void test_bad_chain_is_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"<html>",
		PEM_ACCOUNT_KEY,
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct lab *lab = *state;

		lab_until_finalize(lab);
		lab_reply(lab, 200, "", VALID_BODY);
		lab_reply(lab, 200, "", bodies[i]);
		lab_expect_failed(lab, ERR_PROTOCOL, "cannot download the certificate");
		teardown(state);
		setup(state);
	}
}

static void test_certificate_url_must_be_https(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 200, "", "{\"status\":\"valid\"}");
	lab_expect_failed(lab, ERR_PROTOCOL, "order.certificate");
	teardown(state);
	setup(state);
	lab = *state;
	lab_until_finalize(lab);
	lab_reply(lab, 200, "", "{\"status\":\"valid\",\"certificate\":\"http://ca.test/c\"}");
	lab_expect_failed(lab, ERR_PROTOCOL, "order.certificate");
}

static void test_processing_ends_with_the_timeout(void **state)
{
	struct lab *lab = *state;
	int64_t start;

	lab_until_finalize(lab);
	start = lab->now_ms;
	lab_reply(lab, 200, "", ORDER_BODY("processing"));
	while (lab->action.kind == ACME_ACTION_WAIT) {
		lab->now_ms = lab->action.wait_until_ms;
		lab_step(lab);
		lab_expect_post(lab, URL_ORDER, NULL);
		lab_reply(lab, 200, "", ORDER_BODY("processing"));
	}
	lab_expect_failed(lab, ERR_BUSY, "cannot get the certificate: the CA is still processing");
	assert_non_null(strstr(lab->err.hint, "--issuance-timeout"));
	assert_int_equal(lab->now_ms - start, 90 * 1000);
}

static void test_retry_after_beyond_the_timeout_is_not_waited_for(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 200, "Retry-After: 91\n", ORDER_BODY("processing"));
	lab_expect_failed(lab, ERR_RATE_LIMITED, "91 seconds");
}

static void test_refused_finalize_gives_reason_and_names(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 403, "",
		  "{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"CAA forbids\","
		  "\"subproblems\":[{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\","
		  "\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"}}]}");
	lab_expect_failed(lab, ERR_ACME,
			  "cannot finalize the order: CAA forbids; a.example: no (caa)");
	assert_string_equal(lab->err.problem_type, "caa");
	assert_int_equal(acme_order_failures(lab->order)->count, 1);
}

static void test_order_that_becomes_invalid_gives_its_error(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 200, "",
		  "{\"status\":\"invalid\",\"error\":" PROBLEM("badCSR", "weak key") "}");
	lab_expect_failed(lab, ERR_ACME, "cannot finalize the order: weak key (badCSR)");
}

static void test_lost_finalize_that_came_through(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	serve_nonce(lab);
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_post(lab, URL_CERT, NULL);
}

static void test_lost_finalize_that_never_arrived_is_sent_again(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	for (int i = 0; i < 2; i++) {
		lab_drop(lab, true);
		lab_expect_wait(lab, 1000);
		serve_nonce(lab);
		lab_expect_post(lab, URL_ORDER, NULL);
		lab_reply(lab, 200, "", ORDER_BODY("ready"));
		lab_expect_post(lab, URL_FINALIZE, "csr");
	}
	lab_drop(lab, true);
	lab_expect_failed(lab, ERR_NETWORK, "cannot finalize the order");
}

static void test_finalize_that_was_not_sent_is_simply_repeated(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_drop(lab, false);
	lab_expect_wait(lab, 1000);
	serve_nonce(lab);
	lab_expect_post(lab, URL_FINALIZE, "csr");
}

static void test_server_error_to_finalize_is_looked_up(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 500, "", PROBLEM("serverInternal", "oops"));
	lab_expect_wait(lab, 1000);
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 200, "", ORDER_BODY("processing"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
}

static void test_order_not_ready_yet_is_finalized_again(void **state)
{
	struct lab *lab = *state;

	lab_until_finalize(lab);
	lab_reply(lab, 403, "", PROBLEM("orderNotReady", "wait"));
	lab_expect_wait(lab, 1000);
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 200, "", ORDER_BODY("pending"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	lab_expect_post(lab, URL_FINALIZE, "csr");
}

/* Default chain: to Root A. */
static void until_download(struct lab *lab, const char *preferred, const char *links)
{
	lab_order_single(lab, preferred);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("ready"));
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_post(lab, URL_CERT, NULL);
	lab_reply(lab, 200, links, PEM_CHAIN_A);
}

#define LINKS                                                                                      \
	"Link: <https://ca.test/dir>;rel=\"index\"\n"                                              \
	"Link: <https://ca.test/cert/1/alt/1>;rel=\"alternate\"\n"                                 \
	"Link: <http://ca.test/cert/1/alt/2>;rel=\"alternate\"\n"                                  \
	"Link: <https://ca.test/cert/1/alt/3>; rel=\"alternate\"\n"

static void test_preferred_chain_is_the_default(void **state)
{
	struct lab *lab = *state;

	until_download(lab, "Root A", LINKS);
	lab_expect_done(lab);
	assert_true(acme_order_preferred_chain_found(lab->order));
}

static void test_preferred_chain_is_an_alternate(void **state)
{
	struct lab *lab = *state;

	until_download(lab, "Root B", LINKS);
	lab_expect_post(lab, "https://ca.test/cert/1/alt/1", NULL);
	lab_reply(lab, 200, "", PEM_CHAIN_B);
	lab_expect_done(lab);
	assert_true(acme_order_preferred_chain_found(lab->order));
	lab_expect_chain(lab->order, PEM_CHAIN_B);
}

static void test_preferred_chain_that_is_not_there_gives_the_default(void **state)
{
	struct lab *lab = *state;

	until_download(lab, "Root C", LINKS);
	lab_expect_post(lab, "https://ca.test/cert/1/alt/1", NULL);
	lab_reply(lab, 404, "", "");
	lab_expect_post(lab, "https://ca.test/cert/1/alt/3", NULL);
	lab_reply(lab, 200, "", PEM_CHAIN_B);
	lab_expect_done(lab);
	assert_false(acme_order_preferred_chain_found(lab->order));
	lab_expect_chain(lab->order, PEM_CHAIN_A);
}

static void test_broken_alternate_is_passed_over(void **state)
{
	struct lab *lab = *state;

	until_download(lab, "Root B", LINKS);
	lab_reply(lab, 200, "", "junk");
	lab_reply(lab, 200, "", PEM_CHAIN_B);
	lab_expect_done(lab);
	lab_expect_chain(lab->order, PEM_CHAIN_B);
}

static void test_dry_run_leaves_no_valid_authorization(void **state)
{
	static const enum acme_challenge_type preference[] = {ACME_HTTP_01};
	struct lab *lab = *state;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	const struct acme_order_request request = {
		.identifiers = &names,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = preference,
		.preference_count = 1,
		.issuance_timeout_ms = 90 * 1000,
		.flags = ACME_ORDER_DEACTIVATE_AFTER,
	};

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	lab_order(lab, &request);
	lab_serve_directory(lab, NULL);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("ready"));
	lab_reply(lab, 200, "", VALID_BODY);
	lab_reply(lab, 200, "", PEM_CHAIN_A);
	lab_expect_post(lab, "https://ca.test/authz/1", "{\"status\":\"deactivated\"}");
	lab_reply(lab, 403, "", PROBLEM("unauthorized", "no"));
	lab_expect_done(lab);
	assert_int_equal(acme_order_left_valid(lab->order), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_certificate_without_polling),
		TEST(test_text_between_certificates_is_not_kept),
		TEST(test_bad_chain_is_refused),
		TEST(test_certificate_url_must_be_https),
		TEST(test_processing_ends_with_the_timeout),
		TEST(test_retry_after_beyond_the_timeout_is_not_waited_for),
		TEST(test_refused_finalize_gives_reason_and_names),
		TEST(test_order_that_becomes_invalid_gives_its_error),
		TEST(test_stalled_download_is_asked_for_again),
		TEST(test_lost_finalize_that_came_through),
		TEST(test_lost_finalize_that_never_arrived_is_sent_again),
		TEST(test_finalize_that_was_not_sent_is_simply_repeated),
		TEST(test_server_error_to_finalize_is_looked_up),
		TEST(test_order_not_ready_yet_is_finalized_again),
		TEST(test_preferred_chain_is_the_default),
		TEST(test_preferred_chain_is_an_alternate),
		TEST(test_preferred_chain_that_is_not_there_gives_the_default),
		TEST(test_broken_alternate_is_passed_over),
		TEST(test_dry_run_leaves_no_valid_authorization),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
