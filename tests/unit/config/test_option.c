/* Option rows: look-up, choices, and the consistency of the whole table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "config/option.h"

static void test_finds_rows_by_dest_and_by_every_name(void **state)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};
	const struct option *domains;

	option_table_init(&table);
	domains = option_table_find(&table, "domains");
	assert_non_null(domains);
	assert_ptr_equal(domains, option_table_find_name(&table, "-d"));
	assert_ptr_equal(domains, option_table_find_name(&table, "--domain"));
	assert_ptr_equal(domains, option_table_find_name(&table, "--domains"));
	assert_null(option_table_find_name(&table, "--domai"));
	assert_null(option_table_find(&table, "no_such_dest"));
}

static void test_first_row_of_a_shared_dest_is_found(void **state)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};

	option_table_init(&table);
	assert_int_equal(option_table_find(&table, "redirect")->type, OPTION_FLAG);
	assert_int_equal(option_table_find_name(&table, "--no-redirect")->type, OPTION_FLAG_FALSE);
}

static void test_plugin_rows_follow_the_core(void **state)
{
	static const struct option rows[] = {
		{.dest = "x_speed", .names = "--x-speed", .type = OPTION_INT, .topics = "x"},
	};
	AUTO(option_table) struct option_table table = {.rows = NULL};
	size_t core;

	option_table_init(&table);
	core = table.count;
	assert_int_equal(table.core_count, core);
	option_table_add(&table, rows, 1);
	assert_int_equal(table.core_count, core);
	assert_ptr_equal(table.rows[core], &rows[0]);
	assert_ptr_equal(option_table_find_name(&table, "--x-speed"), &rows[0]);
}

static void test_long_name_is_the_first_long_one(void **state)
{
	static const struct option row = {.dest = "webroot_path",
					  .names = "-w --webroot-path --root"};
	AUTO_FREE char *name = option_long_name(&row);

	assert_string_equal(name, "--webroot-path");
}

static void test_choice_gives_the_stored_form(void **state)
{
	static const struct option row = {.choices = "http=http-01 http-01 dns=dns-01"};
	static const struct option reason = {.choices = "unspecified superseded",
					     .flags = OPTION_ANY_CASE};
	AUTO_FREE char *http = option_choice(&row, "http");
	AUTO_FREE char *full = option_choice(&row, "http-01");
	AUTO_FREE char *any_case = option_choice(&reason, "SuperSeded");

	assert_string_equal(http, "http-01");
	assert_string_equal(full, "http-01");
	assert_string_equal(any_case, "superseded");
	assert_null(option_choice(&row, "HTTP"));
	assert_null(option_choice(&row, "htt"));
	assert_null(option_choice(&row, "dns-01"));
	assert_null(option_choice(&row, ""));
}

static void test_refusal_names_the_option_as_argparse_does(void **state)
{
	static const struct option row = {.names = "-d --domains --domain"};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(option_refuse(&row, &err, "expected %s", "one argument"), ERR_USAGE);
	assert_string_equal(err.text, "argument -d/--domains/--domain: expected one argument");
}

/* ---- Every row ---- */

static bool contains_word(const char *words, const char *word)
{
	struct span rest = span_of(words), part;

	while (span_take_until(&rest, ' ', &part))
		if (span_eq(part, word))
			return true;
	return false;
}

static void check_names(const struct option *row)
{
	struct span rest = span_of(row->names), name;
	bool has_long = false;

	while (span_take_until(&rest, ' ', &name)) {
		assert_true(name.len >= 2 && name.ptr[0] == '-');
		assert_true(name.len == 2 || name.ptr[1] == '-');
		has_long = has_long || name.len > 2;
	}
	assert_true(has_long);
}

static void check_default(const struct option *row)
{
	AUTO_FREE char *stored = NULL;

	if (!row->fallback || !row->choices || strstr(row->choices, ".."))
		return;
	stored = option_choice(row, row->fallback);
	assert_non_null(stored);
}

static void test_every_core_row_is_complete(void **state)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};

	option_table_init(&table);
	for (size_t i = 0; i < table.count; i++) {
		const struct option *row = table.rows[i];
		bool is_hidden = row->flags & OPTION_HIDDEN;

		check_names(row);
		check_default(row);
		assert_true(row->dest[0] && row->topics[0]);
		assert_true(is_hidden || str_ends(row->help, ".") || str_ends(row->help, ")"));
		assert_true(is_hidden || !option_takes_value(row) || row->metavar);
		assert_true(!(row->flags & OPTION_ALWAYS_SAVED) || row->flags & OPTION_SAVED);
	}
}

/* Rows of one dest differ only in what they set it to. */
static void test_rows_of_one_dest_agree(void **state)
{
	static const unsigned shared = OPTION_SAVED | OPTION_ALWAYS_SAVED | OPTION_TRISTATE;
	AUTO(option_table) struct option_table table = {.rows = NULL};

	option_table_init(&table);
	for (size_t i = 0; i < table.count; i++) {
		const struct option *row = table.rows[i];
		const struct option *first = option_table_find(&table, row->dest);

		assert_int_equal(option_takes_value(row), option_takes_value(first));
		assert_int_equal(row->flags & shared, first->flags & shared);
		assert_true(str_eq_or_null(row->saved_as, first->saved_as));
	}
}

/* The keys that Certbot saves (its renewal.py), and of its other options none. */
static void test_saved_rows_are_those_of_certbot(void **state)
{
	static const char expected[] =
		"account authenticator installer server config_dir work_dir logs_dir user_agent "
		"http01_port http01_address rsa_key_size key_type elliptic_curve must_staple "
		"allow_subset_of_names reuse_key autorenew pref_challs preferred_chain "
		"preferred_profile required_profile pre_hook post_hook deploy_hook";
	static const char former[] = "tls_sni_01_port tls_sni_01_address"; /* until 0.40 */
	AUTO(option_table) struct option_table table = {.rows = NULL};

	option_table_init(&table);
	for (size_t i = 0; i < table.count; i++) {
		const struct option *row = table.rows[i];
		bool is_saved = row->flags & OPTION_SAVED;

		if (contains_word(expected, row->dest))
			assert_true(is_saved);
		else if (is_saved)
			assert_true(row->flags & OPTION_OURS || contains_word(former, row->dest));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_rows_by_dest_and_by_every_name),
		cmocka_unit_test(test_first_row_of_a_shared_dest_is_found),
		cmocka_unit_test(test_plugin_rows_follow_the_core),
		cmocka_unit_test(test_long_name_is_the_first_long_one),
		cmocka_unit_test(test_choice_gives_the_stored_form),
		cmocka_unit_test(test_refusal_names_the_option_as_argparse_does),
		cmocka_unit_test(test_every_core_row_is_complete),
		cmocka_unit_test(test_rows_of_one_dest_agree),
		cmocka_unit_test(test_saved_rows_are_those_of_certbot),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
