/* The closing summary of renew: its words are read by scripts, its failures go to the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/issue/identifiers.h"
#include "app/renewal/renew_summary.h"
#include "base/alloc.h"
#include "base/log.h"

static void keep_line(void *out, const char *text)
{
	strbuf_addf(out, "%s\n", text);
}

static void keep_record(void *out, enum log_level level, const char *file, const char *text)
{
	strbuf_addf(out, "%s\n", text);
}

struct fixture {
	struct option_table table;
	struct settings *settings;
	struct strbuf out, errors;
	struct ui ui;
	struct renew_lists lists;
};

static int set_up(void **state)
{
	struct fixture *f = XNEW(struct fixture);

	option_table_init(&f->table);
	f->settings = settings_new(&f->table);
	strbuf_init(&f->out);
	strbuf_init(&f->errors);
	f->ui = (struct ui){.context = &f->out, .say = keep_line};
	f->lists = (struct renew_lists)RENEW_LISTS_INIT;
	log_set_sink(keep_record, &f->errors);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	log_set_sink(NULL, NULL);
	renew_lists_release(&f->lists);
	strbuf_release(&f->out);
	strbuf_release(&f->errors);
	settings_free(f->settings);
	option_table_release(&f->table);
	free(f);
	return 0;
}

static void assert_said(const struct fixture *f, const char *part)
{
	if (!strstr(f->out.text, part))
		fail_msg("'%s' is not in:\n%s", part, f->out.text);
}

static void test_nothing_due(void **state)
{
	struct fixture *f = *state;

	strpack_push(&f->lists.skipped, "/l/a/fullchain.pem expires on 2030-01-02");
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_said(f, "The following certificates are not due for renewal yet:\n"
		       "  /l/a/fullchain.pem expires on 2030-01-02 (skipped)\n"
		       "No renewals were attempted.\n- - ");
	assert_null(strstr(f->out.text, "No hooks were run."));
}

static void test_hooks_that_were_not_run_are_named(void **state)
{
	struct fixture *f = *state;

	settings_set_string(f->settings, "pre_hook", "x", ORIGIN_COMMAND_LINE);
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_said(f, "No renewals were attempted.\nNo hooks were run.\n");
}

static void test_what_a_limit_leaves_is_told(void **state)
{
	struct fixture *f = *state;

	strpack_push(&f->lists.succeeded, "/l/a/fullchain.pem");
	f->lists.left_over = 9000;
	f->lists.left_until = 1767323045;
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_said(f, "9000 more certificates due for renewal were left to the next run by "
		       "--limit. The first of them expires on 2026-01-02.\n");
}

static void test_success_of_all(void **state)
{
	struct fixture *f = *state;

	strpack_push(&f->lists.succeeded, "/l/a/fullchain.pem");
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_said(f,
		    "Congratulations, all renewals succeeded: \n  /l/a/fullchain.pem (success)\n");
	assert_int_equal(f->errors.len, 0);
}

static void test_failures_go_to_the_log(void **state)
{
	struct fixture *f = *state;

	strpack_push(&f->lists.succeeded, "/l/a/fullchain.pem");
	strpack_push(&f->lists.failed, "/l/b/fullchain.pem");
	strpack_push(&f->lists.invalid, "/r/c.conf");
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_said(f, "The following renewals succeeded:\n  /l/a/fullchain.pem (success)\n\n");
	assert_said(f, "configurations were invalid: \n  /r/c.conf (parsefail)\n");
	assert_string_equal(f->errors.text,
			    "The following renewals failed:\n  /l/b/fullchain.pem (failure)\n");
}

/* Text that is printed in pieces reads as one list. */
static void test_long_lists_are_complete(void **state)
{
	struct fixture *f = *state;
	AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

	strbuf_adds(&expected, "The following renewals succeeded:\n");
	for (int i = 0; i < 2000; i++) {
		strpack_pushf(&f->lists.succeeded, "/l/site%04d/fullchain.pem", i);
		strpack_pushf(&f->lists.failed, "/l/other%04d/fullchain.pem", i);
		strbuf_addf(&expected, "  /l/site%04d/fullchain.pem (success)\n", i);
	}
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_said(f, expected.text);
	strbuf_clear(&expected);
	strbuf_adds(&expected, "The following renewals failed:\n");
	for (int i = 0; i < 2000; i++)
		strbuf_addf(&expected, "  /l/other%04d/fullchain.pem (failure)\n", i);
	assert_string_equal(f->errors.text, expected.text);
}

static void test_rehearsals_are_called_simulated(void **state)
{
	struct fixture *f = *state;

	settings_set_flag(f->settings, "dry_run", true, ORIGIN_COMMAND_LINE);
	strpack_push(&f->lists.failed, "/l/b/fullchain.pem");
	f->lists.failed_renewals = 1;
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_string_equal(
		f->errors.text,
		"All simulated renewals failed. The following certificates could not be "
		"renewed:\n  /l/b/fullchain.pem (failure)\n");
}

static void test_a_debt_is_no_renewal_that_failed(void **state)
{
	struct fixture *f = *state;

	strpack_push(&f->lists.failed, "a.test at nginx");
	renew_summary_print(&f->ui, f->settings, &f->lists);
	assert_string_equal(f->errors.text,
			    "No renewals were attempted, but what was still to be done for "
			    "certificates obtained earlier failed:\n  a.test at nginx (failure)\n");
	assert_null(strstr(f->errors.text, "renewals failed"));
}

static void test_names_are_summed_up(void **state)
{
	static const char *const names[] = {"a.test", "b.test", "c.test"};
	static const char *const expected[] = {"a.test", "a.test and b.test", "a.test and 2 more"};
	AUTO(acme_identifiers) struct acme_identifiers list = ACME_IDENTIFIERS_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *summary = NULL;

		acme_identifiers_add(&list, ACME_IDENTIFIER_DNS, names[i]);
		summary = identifiers_summary(&list);
		assert_string_equal(summary, expected[i]);
	}
	assert_int_equal(identifiers_kind("192.0.2.1"), ACME_IDENTIFIER_IP);
	assert_int_equal(identifiers_kind("a.test"), ACME_IDENTIFIER_DNS);
	assert_false(identifiers_have_ip(&list));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(nothing_due),
		TEST(hooks_that_were_not_run_are_named),
		TEST(what_a_limit_leaves_is_told),
		TEST(success_of_all),
		TEST(failures_go_to_the_log),
		TEST(long_lists_are_complete),
		TEST(rehearsals_are_called_simulated),
		TEST(a_debt_is_no_renewal_that_failed),
		TEST(names_are_summed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
