/*
 * Paths below the config directory, and names that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "store/paths.h"

static void test_paths_are_those_of_certbot(void **state)
{
	AUTO_FREE char *conf = store_renewal_path("/etc/letsencrypt", "a.test");
	AUTO_FREE char *archive = store_archive_dir("/etc/letsencrypt/", "a.test");
	AUTO_FREE char *live = store_live_path("/etc/letsencrypt", "a.test", STORE_FULLCHAIN);
	AUTO_FREE char *hooks = store_hooks_dir("/c", "pre");
	AUTO_FREE char *accounts = store_accounts_dir("/c", "ca.test:14000/dir");

	assert_string_equal(conf, "/etc/letsencrypt/renewal/a.test.conf");
	assert_string_equal(archive, "/etc/letsencrypt/archive/a.test");
	assert_string_equal(live, "/etc/letsencrypt/live/a.test/fullchain.pem");
	assert_string_equal(hooks, "/c/renewal-hooks/pre");
	assert_string_equal(accounts, "/c/accounts/ca.test:14000/dir");
}

static void test_names_that_leave_their_directory_are_refused(void **state)
{
	static const char *const names[] = {"", ".", "..", "a/b", "/etc", "../a"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(store_check_name(names[i], &err), ERR_CONFIG);
	}
}

static void test_unusual_names_are_names(void **state)
{
	static const char *const names[] = {"a.test-0001", "...", ".a", "a b", "n\xc3\xa9"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(store_check_name(names[i], &err), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_are_those_of_certbot),
		cmocka_unit_test(test_names_that_leave_their_directory_are_refused),
		cmocka_unit_test(test_unusual_names_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
