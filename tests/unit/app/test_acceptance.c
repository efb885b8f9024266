/* What is accepted of a CA, with or without a warning, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/issue/acceptance.h"
#include "app/run_fixture.h"
#include "net/http/http.h"

/* The fixtures: generation 1 is valid in January to March 2026, 2 from March to May, "early" from
 * 2 to 8 March. */
#define FEBRUARY 1769904000 /* 2026-02-01 */
#define MARCH_5 1772668800
#define MARCH_20 1773964800
#define JULY 1782864000

struct fixture {
	struct run run;
	struct issue_request request;
	struct acceptance_clock clock;
};

static void read_chain(struct fixture *f, const char *leaf, bool with_ca)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	read_fixture(leaf, ".cert.pem", &pem);
	if (with_ca)
		read_fixture("chain", ".pem", &pem);
	if (cert_chain_parse(pem.text, pem.len, &f->request.chain, &err) < 0)
		BUG("%s", err.text);
}

static void read_key(struct fixture *f, const char *generation)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	read_fixture(generation, ".key.pem", &pem);
	if (key_from_pem(pem.text, pem.len, &f->request.key, &err) < 0)
		BUG("%s", err.text);
}

static void parse_in_process(struct network *network)
{
	const struct http_options options = {.in_process = true};
	AUTO(error) struct error err = ERROR_INIT;

	if (http_client_new(&options, &network->http, &err) < 0)
		BUG("%s", err.text);
}

/* The CA has sent this generation, for a request for a.test. */
static void set_up(struct fixture *f, const char *generation, int64_t now)
{
	start_run(&f->run, "renew");
	parse_in_process(&f->run.app.network);
	issue_request_init(&f->request);
	f->request.settings = f->run.settings;
	f->clock = (struct acceptance_clock){.now = now, .server_time = now};
	acme_identifiers_add(&f->request.identifiers, ACME_IDENTIFIER_DNS, "a.test");
	read_key(f, generation);
	read_chain(f, generation, true);
}

static void tear_down(struct fixture *f)
{
	lineage_free(f->request.lineage);
	issue_request_release(&f->request);
	end_run(&f->run);
}

static void assert_accepted(struct fixture *f, const char *warning)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (acceptance_check(&f->run.app.network, &f->request, &f->clock, &err) < 0)
		fail_msg("%s", err.text);
	if (warning)
		assert_has(&f->run.logged, warning);
	else
		assert_int_equal(f->run.logged.len, 0);
	tear_down(f);
}

static void assert_refused(struct fixture *f, const char *reason)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(acceptance_check(&f->run.app.network, &f->request, &f->clock, &err),
			 ERR_PROTOCOL);
	assert_non_null(strstr(err.text, reason));
	tear_down(f);
}

static void test_what_was_asked_for_is_accepted_in_silence(void **state)
{
	struct fixture f;

	set_up(&f, "2", MARCH_20);
	assert_accepted(&f, NULL);
}

static void test_another_key_is_refused(void **state)
{
	struct fixture f;

	set_up(&f, "2", MARCH_20);
	read_chain(&f, "1", true);
	assert_refused(&f, "for another key");
}

static void test_a_missing_name_is_refused(void **state)
{
	struct fixture f;

	set_up(&f, "2", MARCH_20);
	acme_identifiers_add(&f.request.identifiers, ACME_IDENTIFIER_DNS, "b.test");
	assert_refused(&f, "for other names (a.test)");
}

static void test_a_name_that_was_not_asked_for_is_taken_and_noted(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f, "pair", MARCH_20);
	assert_int_equal(acceptance_check(&f.run.app.network, &f.request, &f.clock, &err), 0);
	assert_int_equal(f.request.unasked.count, 1);
	assert_string_equal(f.request.unasked.items[0], "b.test");
	assert_accepted(&f, "names that were not asked for: b.test");
}

static void test_an_expired_certificate_does_not_replace_a_valid_one(void **state)
{
	struct fixture f;

	set_up(&f, "early", MARCH_20);
	f.request.lineage = created("2");
	assert_refused(&f, "that expired at 2026-03-09T00:00:00Z; the present one, valid until "
			   "2026-06-01T00:00:00Z, stays in use");
}

static void test_a_certificate_of_tomorrow_does_not_replace_a_valid_one(void **state)
{
	struct fixture f;

	set_up(&f, "2", FEBRUARY);
	f.request.lineage = created("1");
	assert_refused(&f, "that is not valid before 2026-03-01T00:00:00Z");
}

static void test_a_useless_certificate_is_taken_where_there_is_no_better_one(void **state)
{
	struct fixture f;

	set_up(&f, "2", JULY);
	assert_accepted(&f, "The certificate expired at 2026-06-01");
	set_up(&f, "early", JULY);
	f.request.lineage = created("1");
	assert_accepted(&f, "The certificate expired at 2026-03-09");
}

/* The machine's clock is four months ahead, or a month behind; the CA's is right. */
static void test_a_wrong_clock_does_no_harm(void **state)
{
	struct fixture f;

	set_up(&f, "2", JULY);
	f.clock.server_time = MARCH_20;
	f.request.lineage = created("1");
	assert_accepted(&f, NULL);
	set_up(&f, "2", FEBRUARY);
	f.clock.server_time = MARCH_5;
	f.request.lineage = created("1");
	assert_accepted(&f, NULL);
	/* Nor does one that the CA does not contradict: the present one looks the same by it. */
	set_up(&f, "2", JULY);
	f.clock.server_time = 0;
	f.request.lineage = created("1");
	assert_accepted(&f, "The certificate expired");
}

static void test_a_leaf_alone_gets_the_chain_of_the_present_certificate(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf ca = STRBUF_INIT;

	read_fixture("chain", ".pem", &ca);
	set_up(&f, "2", MARCH_20);
	read_chain(&f, "2", false);
	f.request.lineage = created("1");
	assert_int_equal(acceptance_check(&f.run.app.network, &f.request, &f.clock, &err), 0);
	assert_string_equal(f.request.chain.rest_pem.text, ca.text);
	assert_has(&f.run.logged, "The chain of the present certificate is used");
	tear_down(&f);
}

static void test_a_leaf_alone_is_taken_with_a_warning(void **state)
{
	struct fixture f;

	set_up(&f, "2", MARCH_20);
	read_chain(&f, "2", false);
	assert_accepted(&f, "chain.pem is empty");
}

static void test_an_odd_chain_is_taken_with_a_warning(void **state)
{
	struct fixture f;

	set_up(&f, "2", MARCH_20);
	f.request.chain.oddities = CERT_CHAIN_HAD_OTHERS;
	assert_accepted(&f, "the rest was left out");
	set_up(&f, "2", MARCH_20);
	f.request.chain.oddities = CERT_CHAIN_OUT_OF_ORDER;
	assert_accepted(&f, "they were sorted");
	set_up(&f, "2", MARCH_20);
	f.request.chain.soonest_not_after = FEBRUARY;
	assert_accepted(&f, "A certificate of the chain, 'Test CA', expired at 2026-02-01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_what_was_asked_for_is_accepted_in_silence),
		scratch_test(test_another_key_is_refused),
		scratch_test(test_a_missing_name_is_refused),
		scratch_test(test_a_name_that_was_not_asked_for_is_taken_and_noted),
		scratch_test(test_an_expired_certificate_does_not_replace_a_valid_one),
		scratch_test(test_a_certificate_of_tomorrow_does_not_replace_a_valid_one),
		scratch_test(test_a_useless_certificate_is_taken_where_there_is_no_better_one),
		scratch_test(test_a_wrong_clock_does_no_harm),
		scratch_test(test_a_leaf_alone_gets_the_chain_of_the_present_certificate),
		scratch_test(test_a_leaf_alone_is_taken_with_a_warning),
		scratch_test(test_an_odd_chain_is_taken_with_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
