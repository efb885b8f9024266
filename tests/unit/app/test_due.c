/*
 * When a certificate is due (app/renewal/due.h), row by row: the first rule that says something
 * counts. What must be asked on the network is in the scenarios.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/renewal/renewal_state.h"
#include "app/renewal/due.h"
#include "store/renewal/due_moment.h"
#include "app/run_fixture.h"
#include "codec/datetime.h"

#define ARI "[renewal_state]\nari_window = 1-2\nari_time = "

/* Generation 1 lives from 2026-01-01 to 04-01 (90 days), 2 from 03-01 to 06-01 (92 days), "early"
 * from 03-02 to 03-09 (7 days). */
struct row {
	const char *title;
	const char *generation, *now;
	const char *top, *params,
		*end;       /* lines at the top of the conf, in [renewalparams], after */
	const char *reason; /* part of it; NULL: not due */
};

static const struct row rows[] = {
	{"a third of the life is left", "1", "2026-03-01T23:59:59Z", NULL, NULL, NULL, NULL},
	{"less than a third of the life is left", "1", "2026-03-02T00:00:01Z", NULL, NULL, NULL,
	 "two thirds of its lifetime"},
	{"an expired certificate is due", "1", "2027-01-01T00:00:00Z", NULL, NULL, NULL,
	 "two thirds of its lifetime"},
	{"less than half of a short life is over", "early", "2026-03-05T11:59:59Z", NULL, NULL,
	 NULL, NULL},
	{"half of a short life is over", "early", "2026-03-05T12:00:01Z", NULL, NULL, NULL,
	 "half of its short lifetime"},

	{"renew_before_expiry has not come", "2", "2026-05-21T23:59:59Z",
	 "renew_before_expiry = 10 days", NULL, NULL, NULL},
	{"renew_before_expiry has come", "2", "2026-05-22T00:00:01Z",
	 "renew_before_expiry = 10 days", NULL, NULL, "renew_before_expiry"},
	{"renew_before_expiry may be longer than the life", "2", "2026-03-01T00:00:01Z",
	 "renew_before_expiry = 99 days", NULL, NULL, "renew_before_expiry"},
	{"renew_before_expiry in months", "2", "2026-05-01T00:00:01Z",
	 "renew_before_expiry = 1 month", NULL, NULL, "renew_before_expiry"},
	{"a renew_before_expiry that means nothing is passed over", "2", "2026-05-20T00:00:00Z",
	 "renew_before_expiry = soon", NULL, NULL, "two thirds of its lifetime"},

	{"the CA's moment has come", "2", "2026-03-02T00:00:00Z", NULL, NULL,
	 ARI "2026-03-02T00:00:00Z", "suggests renewing it now"},
	{"the CA's moment comes before renew_before_expiry", "2", "2026-03-02T00:00:01Z",
	 "renew_before_expiry = 10 days", NULL, ARI "2026-03-02T00:00:00Z", "suggests renewing it now"},
	{"renew_before_expiry comes before a later moment of the CA", "2", "2026-05-30T00:00:00Z",
	 "renew_before_expiry = 10 days", NULL, ARI "2026-05-31T00:00:00Z", "renew_before_expiry"},
	{"a later moment of the CA comes before the life", "2", "2026-05-30T00:00:00Z", NULL, NULL,
	 ARI "2026-05-31T00:00:00Z", NULL},

	{"autorenew = False in renewalparams", "1", "2026-03-30T00:00:00Z", NULL,
	 "autorenew = False", NULL, NULL},
	{"autorenew = no at the top, as Certbot 0.23 had it", "1", "2026-03-30T00:00:00Z",
	 "autorenew = no", NULL, NULL, NULL},
	{"autorenew = False also against the CA's moment", "2", "2026-03-30T00:00:00Z", NULL,
	 "autorenew = False", ARI "2026-03-02T00:00:00Z", NULL},
	{"autorenew = True", "1", "2026-03-30T00:00:00Z", NULL, "autorenew = True", NULL,
	 "two thirds of its lifetime"},
};

/* The lineage with the row's lines in its conf, and nothing to be asked. */
static struct lineage *plant(const struct row *row)
{
	AUTO(lineage) struct lineage *lineage = created(row->generation);
	AUTO_FREE char *conf = text_of(CONFIG "/renewal/a.test.conf");
	AUTO_FREE char *text =
		xasprintf("%s\n%s%s\n[acme_renewal_info]\nari_retry_after = 2037-01-01T00:00:00\n"
			  "%s\n",
			  row->top ? row->top : "", conf, row->params ? row->params : "",
			  row->end ? row->end : "");

	put_text(CONFIG "/renewal/a.test.conf", text);
	return opened();
}

static void test_row(void **state)
{
	const struct row *row = *state;
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = NULL;
	struct due_item item = {.lineage = NULL};

	assert_int_equal(scratch_enter(NULL), 0);
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(row->now, &run.now));
	lineage = plant(row);
	item.lineage = lineage;
	assert_false(due_has_questions(lineage, network_now(&run.app.network)));
	due_decide(network_now(&run.app.network), &item);
	assert_int_equal(item.due, row->reason != NULL);
	assert_false(error_is_set(&item.error));
	if (row->reason && !strstr(item.reason, row->reason))
		fail_msg("due because %s", item.reason);
	assert_int_equal(scratch_leave(NULL), 0);
}

/* Three hundred names in ten days: a tenth a day, give or take, and each name always the same. */
static void test_a_window_spreads_names_evenly(void **state)
{
	enum { DAY = 86400, DAYS = 10, NAMES = 300 };
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;
	int days[DAYS] = {0};

	assert_int_equal(lineage_cert(lineage, &cert, &err), 0);
	for (int i = 0; i < NAMES; i++) {
		AUTO_FREE char *name = xasprintf("site%04d.example.com", i);
		int64_t lead = due_moment_lead(name, cert, DAYS * DAY);

		assert_in_range(lead, 0, DAYS * DAY - 1);
		assert_int_equal(lead, due_moment_lead(name, cert, DAYS * DAY));
		days[lead / DAY]++;
	}
	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		assert_in_range(days[i], 15, 45);
	/* A sixth of 90 days is the most. */
	assert_in_range(due_moment_lead("a.test", cert, 80 * DAY), 0, 15 * DAY - 1);
	assert_int_equal(due_moment_lead("a.test", cert, 0), 0);
}

/* 2026-03-02 is when its lifetime says so. */
static void test_a_window_brings_the_lifetime_forward_alone(void **state)
{
	static const struct row plain = {.generation = "1"};
	static const struct row told = {.generation = "1", .end = ARI "2026-03-03T00:00:00Z"};
	const struct row *const both[] = {&plain, &told};
	int64_t moment = 0, window = 10 * 86400, lead;

	assert_true(datetime_parse_rfc3339("2026-03-02T00:00:00Z", &moment));
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error err = ERROR_INIT;
		struct due_item item = {.window = window};
		const struct cert *cert = NULL;

		assert_int_equal(scratch_enter(NULL), 0);
		item.lineage = lineage = plant(both[i]);
		assert_int_equal(lineage_cert(lineage, &cert, &err), 0);
		lead = due_moment_lead("a.test", cert, window);
		due_decide(moment - lead - 1, &item);
		assert_false(item.due);
		due_decide(moment - lead, &item);
		assert_int_equal(item.due, both[i] == &plain);
		assert_int_equal(scratch_leave(NULL), 0);
	}
}

/* "early" lives for seven days and is due at half of them, 2026-03-05 at noon. */
static void test_a_window_leaves_short_lives_alone(void **state)
{
	static const struct row row = {.generation = "early"};
	AUTO(lineage) struct lineage *lineage = plant(&row);
	struct due_item item = {.lineage = lineage, .window = 10 * 86400};
	int64_t half = 0;

	assert_true(datetime_parse_rfc3339("2026-03-05T12:00:00Z", &half));
	due_decide(half - 1, &item);
	assert_false(item.due);
	due_decide(half, &item);
	assert_true(item.due);
}

static void test_an_interval_that_cannot_be_read_is_told(void **state)
{
	static const struct row row = {.generation = "1", .top = "renew_before_expiry = soon"};
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = plant(&row);
	struct due_item item = {.lineage = lineage};

	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339("2026-03-30T00:00:00Z", &run.now));
	due_decide(network_now(&run.app.network), &item);
	assert_true(item.due);
	assert_has(&run.logged, "a.test.conf: ignoring renew_before_expiry = soon");
}

/* As revocation_check_refresh() marks it: what lasts long yet is due all the same. */
static void test_what_was_revoked_stays_due(void **state)
{
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = created("2");
	struct due_item item = {.lineage = lineage, .due = true, .reason = "the CA has revoked it"};

	start_run(&run, "renew");
	run.now = 1772500000; /* 2026-03-03 */
	due_decide(network_now(&run.app.network), &item);
	assert_true(item.due);
	assert_string_equal(item.reason, "the CA has revoked it");
}

/* Until the CA is known to have refused. */
static void test_what_may_have_been_revoked_is_due(void **state)
{
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = created("2");
	struct ini *conf = lineage_conf(lineage);
	struct due_item item = {.lineage = lineage}, kept = {.lineage = lineage};
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	start_run(&run, "renew");
	run.now = 1772500000; /* 2026-03-03 */
	assert_int_equal(lineage_cert(lineage, &cert, &err), 0);
	renewal_state_note_revocation_asked(conf, cert);
	assert_true(renewal_state_may_be_revoked(conf, cert));
	assert_false(renewal_state_is_revoked(conf, cert));
	due_decide(network_now(&run.app.network), &item);
	assert_true(item.due);
	assert_string_equal(item.reason, "its revocation was asked for, with unknown result");
	renewal_state_drop_revocation_asked(conf, cert);
	due_decide(network_now(&run.app.network), &kept);
	assert_false(kept.due);
	/* What is known stays known, whatever is asked again. */
	renewal_state_note_revocation(conf, cert);
	renewal_state_note_revocation_asked(conf, cert);
	renewal_state_drop_revocation_asked(conf, cert);
	assert_true(renewal_state_is_revoked(conf, cert));
}

static void test_an_answer_that_is_too_old_is_a_question(void **state)
{
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = created("2");

	start_run(&run, "renew");
	run.now = 1772500000;
	assert_true(due_has_questions(lineage, network_now(&run.app.network)));
	renewal_state_set_ari_retry_after(lineage_conf(lineage), run.now + 1);
	assert_false(due_has_questions(lineage, network_now(&run.app.network)));
	run.now++;
	assert_true(due_has_questions(lineage, network_now(&run.app.network)));
	run.now = 1780272000; /* 2026-06-01, when it expires */
	assert_false(due_has_questions(lineage, network_now(&run.app.network)));
}

static void test_a_broken_certificate_is_the_error(void **state)
{
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = created("2");
	AUTO(error) struct error err = ERROR_INIT;
	struct due_item due = {.due = false};

	start_run(&run, "renew");
	put_text(CONFIG "/archive/a.test/cert1.pem", "no certificate\n");
	lineage_free(STEAL(lineage));
	lineage = opened();
	assert_int_equal(due_check(run.app.cas, lineage, &due, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, "cert.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_what_was_revoked_stays_due),
		scratch_test(test_what_may_have_been_revoked_is_due),
		scratch_test(test_a_window_leaves_short_lives_alone),
		scratch_test(test_an_interval_that_cannot_be_read_is_told),
		scratch_test(test_a_window_spreads_names_evenly),
		cmocka_unit_test(test_a_window_brings_the_lifetime_forward_alone),
		scratch_test(test_an_answer_that_is_too_old_is_a_question),
		scratch_test(test_a_broken_certificate_is_the_error),
	};
	struct CMUnitTest table[ARRAY_LEN(rows)];
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		table[i] = (struct CMUnitTest){.name = rows[i].title,
					       .test_func = test_row,
					       .initial_state = (void *)&rows[i]};
	return failed + cmocka_run_group_tests(table, NULL, NULL);
}
