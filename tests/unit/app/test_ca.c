/* Accounts of a CA: whose address counts, which account is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/issue/ca.h"
#include "app/run_fixture.h"

#define SERVER "https://ca.example.test/dir"

static void test_an_address_counts_beside_the_flag_for_none(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "update_account");
	settings_set_string(run.settings, "email", "a@x.test", ORIGIN_COMMAND_LINE);
	settings_set_flag(run.settings, "register_unsafely_without_email", true,
			  ORIGIN_COMMAND_LINE);
	assert_string_equal(ca_email(run.settings), "a@x.test");
}

static void test_the_flag_counts_against_an_address_of_a_configuration_file(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "update_account");
	settings_set_string(run.settings, "email", "a@x.test", ORIGIN_CONFIG_FILE);
	settings_set_flag(run.settings, "register_unsafely_without_email", true,
			  ORIGIN_COMMAND_LINE);
	assert_null(ca_email(run.settings));
	settings_set_flag(run.settings, "register_unsafely_without_email", true,
			  ORIGIN_CONFIG_FILE);
	assert_string_equal(ca_email(run.settings), "a@x.test");
}

static void test_accounts_to_choose_from_are_listed_where_nobody_can_be_asked(void **state)
{
	AUTO(run) struct run run;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *first = NULL, *second = NULL;
	struct ca *ca = NULL;

	start_run(&run, "renew");
	settings_set_string(run.settings, "server", SERVER, ORIGIN_COMMAND_LINE);
	first = save_account(SERVER);
	second = save_account(SERVER);
	assert_int_equal(ca_open_existing(run.app.cas, run.settings, &ca, &err), ERR_REFUSED);
	assert_non_null(strstr(err.hint, "--account"));
	assert_non_null(strstr(err.hint, first));
	assert_non_null(strstr(err.hint, second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_an_address_counts_beside_the_flag_for_none),
		scratch_test(test_the_flag_counts_against_an_address_of_a_configuration_file),
		scratch_test(test_accounts_to_choose_from_are_listed_where_nobody_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
