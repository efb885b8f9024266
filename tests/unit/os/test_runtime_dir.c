/* The directory in memory, of root and of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/file/runtime_dir.h"
#include "scratch.h"

static void test_it_is_that_of_the_user(void **state)
{
	AUTO_FREE char *of_root = NULL, *relative = NULL, *missing = NULL, *unset = NULL;
	AUTO_FREE char *given = NULL, *expected = xasprintf("%s/certbot", scratch_dir);
	uid_t user = geteuid();

	assert_int_equal(setenv("XDG_RUNTIME_DIR", scratch_dir, 1), 0);
	if (user == 0) {
		/* The variable may be that of the user who called sudo. */
		of_root = runtime_dir_path();
		assert_string_equal(of_root, "/run/certbot");
		assert_int_equal(seteuid(65534), 0);
	}
	given = runtime_dir_path();
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	relative = runtime_dir_path();
	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	missing = runtime_dir_path();
	unsetenv("XDG_RUNTIME_DIR");
	unset = runtime_dir_path();
	assert_int_equal(seteuid(user), 0);
	assert_string_equal(given, expected);
	assert_null(relative);
	assert_null(missing);
	assert_null(unset);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_that_of_the_user),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
