/* Orders that several machines share: the machine stops for its owner to agree, and goes on with an
 * order that another one has begun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "lab.h"

#define URL_AUTHZ "https://ca.test/authz/1"

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

static void expect_confirm(const struct lab *lab, bool finalizes)
{
	assert_int_equal(lab->action.kind, ACME_ACTION_CONFIRM);
	assert_string_equal(lab->action.order_url, URL_ORDER);
	assert_int_equal(lab->action.finalizes, finalizes);
}

static void order_confirmed(struct lab *lab)
{
	lab_order_names(lab, "a.example", NULL, NULL, ACME_ORDER_CONFIRMED);
	lab_serve_directory(lab, NULL);
	lab_expect_post(lab, URL_NEW_ORDER, "a.example");
}

/* Goes on with an order (`resumes`), or replaces a certificate. */
static void order_as(struct lab *lab, const char *resumes, const char *replaces)
{
	static const enum acme_challenge_type preference[] = {ACME_HTTP_01};
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	const struct acme_order_request request = {
		.identifiers = &names,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = preference,
		.preference_count = ARRAY_LEN(preference),
		.issuance_timeout_ms = 90 * 1000,
		.resumes = resumes,
		.replaces = replaces,
		.flags = ACME_ORDER_CONFIRMED,
	};

	acme_identifiers_add(&names, ACME_IDENTIFIER_DNS, "a.example");
	lab_order(lab, &request);
	lab_serve_directory(lab, "{" DIRECTORY_MEMBERS
				 ",\"renewalInfo\":\"https://ca.test/renewal-info\"}");
}

static void resume(struct lab *lab)
{
	order_as(lab, URL_ORDER, NULL);
	lab_expect_post(lab, URL_ORDER, NULL);
}

static void test_it_stops_with_the_url_and_before_the_csr(void **state)
{
	struct lab *lab = *state;

	order_confirmed(lab);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("pending"));
	expect_confirm(lab, false);
	lab_step(lab);
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("valid", "valid"));
	lab_expect_wait(lab, LAB_FIRST_POLL_MS);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	expect_confirm(lab, true);
	assert_false(acme_order_csr_sent(lab->order));
	lab_step(lab);
	lab_expect_post(lab, URL_FINALIZE, "{\"csr\":\"Y3Ny\"}");
}

static void test_each_csr_is_asked_for(void **state)
{
	struct lab *lab = *state;

	order_confirmed(lab);
	lab_reply(lab, 201, "Location: " URL_ORDER "\n", ORDER_BODY("ready"));
	expect_confirm(lab, false);
	lab_step(lab);
	expect_confirm(lab, true);
	lab_step(lab);
	lab_expect_post(lab, URL_FINALIZE, "csr");
	lab_drop(lab, true);
	lab_expect_wait(lab, 1000);
	lab_expect_send(lab, ACME_HEAD, URL_NONCE);
	lab_reply(lab, 200, "", "");
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	expect_confirm(lab, true);
	lab_step(lab);
	lab_expect_post(lab, URL_FINALIZE, "csr");
}

static void test_an_order_is_gone_on_with(void **state)
{
	struct lab *lab = *state;

	resume(lab);
	lab_reply(lab, 200, "", ORDER_BODY("pending"));
	lab_expect_post(lab, URL_AUTHZ, NULL);
	lab_reply(lab, 200, "", AUTHZ_BODY("pending", "pending"));
	assert_int_equal(lab->action.kind, ACME_ACTION_PRESENT);
}

static void test_one_that_is_ready_is_finalized(void **state)
{
	struct lab *lab = *state;

	resume(lab);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	expect_confirm(lab, true);
	lab_step(lab);
	lab_expect_post(lab, URL_FINALIZE, "csr");
}

static void test_one_that_is_issued_is_downloaded(void **state)
{
	struct lab *lab = *state;

	resume(lab);
	lab_reply(lab, 200, "", VALID_BODY);
	lab->now_ms = lab->action.wait_until_ms;
	lab_step(lab);
	lab_expect_post(lab, URL_ORDER, NULL);
	lab_reply(lab, 200, "", VALID_BODY);
	lab_expect_post(lab, URL_CERT, NULL);
	assert_true(acme_order_csr_sent(lab->order));
}

static const struct end {
	int status;
	const char *body;
	bool is_dead;
} ends[] = {
	{200, ORDER_BODY("invalid"), true},
	{404, PROBLEM("malformed", "no such order"), true},
	{403, PROBLEM("unauthorized", "not yours"), false},
};

static void test_only_the_ca_ends_an_order(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		resume(lab);
		lab_reply(lab, ends[i].status, "", ends[i].body);
		assert_int_equal(lab->action.kind, ACME_ACTION_FAILED);
		assert_int_equal(acme_order_is_dead(lab->order), ends[i].is_dead);
		lab_close(lab);
		lab_open(lab);
	}
}

/* Whoever goes on with the order would send the same CSR. */
static void test_a_csr_that_is_refused_ends_the_order(void **state)
{
	struct lab *lab = *state;

	resume(lab);
	lab_reply(lab, 200, "", ORDER_BODY("ready"));
	assert_int_equal(lab->action.kind, ACME_ACTION_CONFIRM);
	lab_step(lab);
	lab_reply(lab, 400, "", PROBLEM("badCSR", "other names"));
	assert_int_equal(lab->action.kind, ACME_ACTION_FAILED);
	assert_true(acme_order_is_dead(lab->order));
}

static void test_what_was_replaced_is_not_ordered_without_saying_so(void **state)
{
	struct lab *lab = *state;

	order_as(lab, NULL, "aki.serial");
	lab_expect_post(lab, URL_NEW_ORDER, "aki.serial");
	lab_reply(lab, 409, "", PROBLEM("alreadyReplaced", "by another"));
	assert_int_equal(lab->action.kind, ACME_ACTION_FAILED);
	assert_string_equal(lab->err.problem_type, "alreadyReplaced");
	assert_true(acme_order_is_dead(lab->order));
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(test_it_stops_with_the_url_and_before_the_csr),
		ON_BENCH(test_each_csr_is_asked_for),
		ON_BENCH(test_an_order_is_gone_on_with),
		ON_BENCH(test_one_that_is_ready_is_finalized),
		ON_BENCH(test_one_that_is_issued_is_downloaded),
		ON_BENCH(test_only_the_ca_ends_an_order),
		ON_BENCH(test_a_csr_that_is_refused_ends_the_order),
		ON_BENCH(test_what_was_replaced_is_not_ordered_without_saying_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
