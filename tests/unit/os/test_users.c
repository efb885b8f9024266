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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_comes_from_the_environment_first),
		cmocka_unit_test(test_root_is_user_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
