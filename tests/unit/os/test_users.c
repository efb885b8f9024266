/* Users. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pwd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/users.h"

static void test_home_comes_from_the_environment_first(void **state)
{
	AUTO_FREE char *from_environment = NULL, *from_file = NULL;
	const struct passwd *user = getpwuid(getuid());

	setenv("HOME", "/somewhere", 1);
	from_environment = users_home_dir();
	assert_string_equal(from_environment, "/somewhere");
	setenv("HOME", "", 1);
	from_file = users_home_dir();
	if (user)
		assert_string_equal(from_file, user->pw_dir);
	else
		assert_null(from_file);
}

static void test_root_is_user_zero(void **state)
{
	assert_int_equal(users_is_root(), geteuid() == 0);
}

static void test_users_and_groups_have_names_or_numbers(void **state)
{
	AUTO(error) struct error err = ERROR_INIT, no_group = ERROR_INIT;
	uid_t user = 1;
	gid_t group = 1;

	assert_int_equal(users_find("root", &user, &err), 0);
	assert_int_equal(user, 0);
	assert_int_equal(users_find("54321", &user, &err), 0);
	assert_int_equal(user, 54321);
	assert_int_equal(users_find_group("0", &group, &err), 0);
	assert_int_equal(group, 0);
	/* What chown() takes for "leave it". */
	assert_int_equal(users_find("4294967295", &user, &err), ERR_NOT_FOUND);
	assert_int_equal(users_find_group("no such group", &group, &no_group), ERR_NOT_FOUND);
}

static void test_what_is_ours_may_be_given_to_us(void **state)
{
	assert_true(users_may_give(geteuid()));
	assert_true(users_may_give_group(getegid()));
	assert_int_equal(users_may_give(54321), users_is_root());
	assert_int_equal(users_may_give_group(54321), users_is_root());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_comes_from_the_environment_first),
		cmocka_unit_test(test_root_is_user_zero),
		cmocka_unit_test(test_users_and_groups_have_names_or_numbers),
		cmocka_unit_test(test_what_is_ours_may_be_given_to_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
