/*
 * Where `renew` puts each lineage: due, owed something, skipped, postponed or invalid, and what it
 * says of it. No CA is asked, because each conf says when to ask again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/renewal/renew_scan.h"
#include "app/run_fixture.h"
#include "codec/datetime.h"

/* Generation 1 lives from 2026-01-01 to 04-01 and is due from 03-02 on. */
#define EARLY "2026-02-01T00:00:00Z"
#define LATE "2026-03-10T00:00:00Z"

#define CONF(name) CONFIG "/renewal/" name ".conf"
#define STATE "[renewal_state]\n"
#define FAILED STATE "failures = 2\nfailure_class = network\nnext_try = "

struct lists {
	size_t due, others, skipped, postponed, invalid;
};

static const struct row {
	const char *title, *now;
	const char *option; /* "dest=value", or NULL */
	const char *params, *state;
	struct lists found;
	const char *said, *unsaid; /* part of what is said, and what is not */
} rows[] = {
	{"what is due is kept and announced later",
	 LATE,
	 NULL,
	 "",
	 "",
	 {.due = 1},
	 "",
	 "Processing"},
	{"what is not due is skipped",
	 EARLY,
	 NULL,
	 "",
	 "",
	 {.skipped = 1},
	 "Certificate not yet due for renewal",
	 "failed"},
	{"--force-renewal takes it all the same",
	 EARLY,
	 "renew_by_default=true",
	 "",
	 "",
	 {.due = 1},
	 "",
	 "not yet due"},
	{"so does --dry-run", EARLY, "dry_run=true", "", "", {.due = 1}, "", "not yet due"},
	{"autorenew = False is skipped when it is due",
	 LATE,
	 NULL,
	 "autorenew = False\n",
	 "",
	 {.skipped = 1},
	 "not yet due",
	 NULL},

	{"a deploy hook that is owed",
	 EARLY,
	 NULL,
	 "",
	 STATE "deploy_hook_pending = True\n",
	 {.others = 1, .skipped = 1},
	 "not yet due",
	 NULL},
	{"a reload that is owed",
	 EARLY,
	 NULL,
	 "",
	 STATE "reload_pending = True\n",
	 {.others = 1, .skipped = 1},
	 "not yet due",
	 NULL},
	{"an output that is owed",
	 EARLY,
	 NULL,
	 "",
	 STATE "outputs_pending = True\n",
	 {.others = 1, .skipped = 1},
	 "not yet due",
	 NULL},
	{"files of an installer that were made from another certificate are owed",
	 EARLY,
	 NULL,
	 "",
	 STATE "outputs_of = 1\noutputs_written = 00 /dev/null,\n",
	 {.others = 1, .skipped = 1},
	 "not yet due",
	 NULL},
	{"files that are outputs no longer are not",
	 EARLY,
	 NULL,
	 "",
	 STATE "outputs_of = 1\noutputs_former = 00 /dev/null,\n",
	 {.skipped = 1},
	 "not yet due",
	 NULL},
	{"what is due and owes something is listed once",
	 LATE,
	 NULL,
	 "",
	 STATE "reload_pending = True\n",
	 {.due = 1},
	 "",
	 NULL},

	{"after failures it waits",
	 LATE,
	 NULL,
	 "",
	 FAILED "2026-03-10T00:00:01Z\n",
	 {.postponed = 1},
	 "Renewal failed 2 times; not trying again before 2026-03-10T00:00:01Z.",
	 "not yet due"},
	{"and owes its reload meanwhile",
	 LATE,
	 NULL,
	 "",
	 FAILED "2026-03-10T00:00:01Z\nreload_pending = True\n",
	 {.others = 1, .postponed = 1},
	 "Renewal failed 2 times",
	 NULL},
	{"until its time has come",
	 LATE,
	 NULL,
	 "",
	 FAILED "2026-03-10T00:00:00Z\n",
	 {.due = 1},
	 "",
	 "Renewal failed"},
	{"unless somebody asks for it by name",
	 LATE,
	 "certname=a.test",
	 "",
	 FAILED "2026-03-11T00:00:00Z\n",
	 {.due = 1},
	 "",
	 "Renewal failed"},
	{"or forces it",
	 LATE,
	 "renew_by_default=true",
	 "",
	 FAILED "2026-03-11T00:00:00Z\n",
	 {.due = 1},
	 "",
	 "Renewal failed"},
	{"failures of what is not due postpone nothing",
	 EARLY,
	 NULL,
	 "",
	 FAILED "2026-03-11T00:00:00Z\n",
	 {.skipped = 1},
	 "not yet due",
	 "Renewal failed"},
};

static void plant_lineage(const char *name, const char *params, const char *state)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *path = xasprintf(CONF("%s"), name);
	AUTO_FREE char *conf = NULL;
	AUTO_FREE char *text = NULL;

	assert_int_equal(create(name, "1", &lineage, &err), 0);
	conf = text_of(path);
	text = xasprintf("%s%s\n[acme_renewal_info]\nari_retry_after = 2037-01-01T00:00:00\n%s",
			 conf, params, state);
	put_text(path, text);
}

struct scanned {
	struct strvec names; /* renewals borrow theirs */
	struct renew_lists lists;
	struct renew_scan scan;
};

static void scanned_init(struct scanned *scanned)
{
	*scanned = (struct scanned){.scan.lists = &scanned->lists};
	strvec_init(&scanned->names);
	scanned->lists.skipped = (struct strpack)STRPACK_INIT;
	scanned->lists.postponed = (struct strpack)STRPACK_INIT;
	scanned->lists.invalid = (struct strpack)STRPACK_INIT;
}

static void scanned_release(struct scanned *scanned)
{
	renew_scan_release(&scanned->scan);
	strvec_release(&scanned->names);
	strpack_release(&scanned->lists.skipped);
	strpack_release(&scanned->lists.postponed);
	strpack_release(&scanned->lists.invalid);
}
DEFINE_AUTO(scanned, scanned_release);

static void scan_names(struct run *run, const char *words, struct scanned *scanned)
{
	AUTO(error) struct error err = ERROR_INIT;

	strvec_split(&scanned->names, words, " ");
	if (renew_scan_names(&run->app, &scanned->names, &scanned->scan, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	AUTO(scanned) struct scanned scanned;
	AUTO(run) struct run run;

	assert_int_equal(scratch_enter(NULL), 0);
	scanned_init(&scanned);
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(row->now, &run.now));
	if (row->option)
		give_option(&run, row->option);
	plant_lineage(NAME, row->params, row->state);
	scan_names(&run, NAME, &scanned);
	assert_int_equal(scanned.scan.due_count, row->found.due);
	assert_int_equal(scanned.scan.others_count, row->found.others);
	assert_int_equal(scanned.lists.skipped.count, row->found.skipped);
	assert_int_equal(scanned.lists.postponed.count, row->found.postponed);
	assert_int_equal(scanned.lists.invalid.count, row->found.invalid);
	assert_has(&run.said, row->said);
	if (row->unsaid && strstr(run.said.text, row->unsaid))
		fail_msg("it says: %s", run.said.text);
	assert_int_equal(scratch_leave(NULL), 0);
}

static void test_lists_name_file_and_day(void **state)
{
	AUTO(scanned) struct scanned scanned;
	AUTO_FREE char *line = xasprintf(
		"%s/" CONFIG "/live/a.test/fullchain.pem expires on 2026-04-01", scratch_dir);
	AUTO(run) struct run run;

	scanned_init(&scanned);
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(EARLY, &run.now));
	plant_lineage(NAME, "", "");
	scan_names(&run, NAME, &scanned);
	assert_string_equal(strpack_next(&scanned.lists.skipped, NULL), line);
}

static void test_a_broken_conf_does_not_stop_the_others(void **state)
{
	AUTO(scanned) struct scanned scanned;
	AUTO(run) struct run run;

	scanned_init(&scanned);
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(LATE, &run.now));
	plant_lineage("a.test", "", "");
	plant_lineage("b.test", "", "");
	plant_lineage("c.test", "", "");
	put_text(CONF("b.test"), "[renewalparams\n");
	scan_names(&run, "a.test b.test c.test", &scanned);
	assert_int_equal(scanned.scan.due_count, 2);
	assert_string_equal(scanned.scan.due[0]->name, "a.test");
	assert_string_equal(scanned.scan.due[1]->name, "c.test");
	assert_int_equal(scanned.lists.invalid.count, 1);
	assert_string_equal(strpack_next(&scanned.lists.invalid, NULL), CONF("b.test"));
	assert_has(&run.said, "Processing " CONF("b.test"));
	assert_has(&run.logged, "Skipping");
}

static void test_a_certificate_that_is_gone_is_invalid(void **state)
{
	AUTO(scanned) struct scanned scanned;
	AUTO(run) struct run run;

	scanned_init(&scanned);
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(LATE, &run.now));
	plant_lineage(NAME, "", "");
	put_text(CONFIG "/archive/a.test/cert1.pem", "not a certificate\n");
	scan_names(&run, NAME, &scanned);
	assert_int_equal(scanned.scan.due_count, 0);
	assert_int_equal(scanned.lists.invalid.count, 1);
	assert_has(&run.logged, "Skipping");
}

static int empty_scan(struct renew_scan *scan, struct error *err)
{
	assert_int_equal(scan->due_count, 2);
	renew_scan_clear(scan);
	return 0;
}

static void test_a_full_window_is_handed_over(void **state)
{
	AUTO(scanned) struct scanned scanned;
	AUTO(run) struct run run;

	scanned_init(&scanned);
	scanned.scan.window = 2;
	scanned.scan.full = empty_scan;
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(LATE, &run.now));
	for (const char *name = "abcde"; *name; name++)
		plant_lineage((char[]){*name, '.', 't', 0}, "", "");
	scan_names(&run, "a.t b.t c.t d.t e.t", &scanned);
	assert_int_equal(scanned.scan.due_count, 1);
	assert_string_equal(scanned.scan.due[0]->name, "e.t");
}

static int fail_full(struct renew_scan *scan, struct error *err)
{
	return error_set(err, ERR_CANCELLED, "stopped by a signal");
}

static void test_what_the_window_fails_with_ends_the_scan(void **state)
{
	AUTO(scanned) struct scanned scanned;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(run) struct run run;

	scanned_init(&scanned);
	scanned.scan.window = 1;
	scanned.scan.full = fail_full;
	start_run(&run, "renew");
	assert_true(datetime_parse_rfc3339(LATE, &run.now));
	plant_lineage("a.test", "", "");
	plant_lineage("b.test", "", "");
	strvec_push(&names, "a.test");
	strvec_push(&names, "b.test");
	assert_int_equal(renew_scan_names(&run.app, &names, &scanned.scan, &err), ERR_CANCELLED);
	assert_int_equal(scanned.scan.due_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_lists_name_file_and_day),
		scratch_test(test_a_broken_conf_does_not_stop_the_others),
		scratch_test(test_a_certificate_that_is_gone_is_invalid),
		scratch_test(test_a_full_window_is_handed_over),
		scratch_test(test_what_the_window_fails_with_ends_the_scan),
	};
	struct CMUnitTest table[ARRAY_LEN(rows)];
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		table[i] = (struct CMUnitTest){.name = rows[i].title,
					       .test_func = test_row,
					       .initial_state = (void *)&rows[i]};
	return failed + cmocka_run_group_tests(table, NULL, NULL);
}
