/* Paths as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/file/file.h"

static void assert_text(char *own_text, const char *expected)
{
	assert_non_null(own_text);
	assert_string_equal(own_text, expected);
	free(own_text);
}

static void test_join_has_one_slash(void **state)
{
	assert_text(path_join("/a", "b"), "/a/b");
	assert_text(path_join("/a/", "b"), "/a/b");
	assert_text(path_join("/", "b"), "/b");
	assert_text(path_join("", "b"), "b");
}

static void test_dirname_and_basename(void **state)
{
	assert_text(path_dirname("/a/b"), "/a");
	assert_text(path_dirname("/a/b/"), "/a");
	assert_text(path_dirname("/a//b"), "/a");
	assert_text(path_dirname("/a"), "/");
	assert_text(path_dirname("//a"), "/");
	assert_text(path_dirname("/"), "/");
	assert_text(path_dirname("a"), ".");
	assert_text(path_dirname(""), ".");
	assert_string_equal(path_basename("/a/b"), "b");
	assert_string_equal(path_basename("b"), "b");
}

static void test_absolute_works_dots_off(void **state)
{
	AUTO_FREE char *here = getcwd(NULL, 0);
	AUTO_FREE char *expected = path_join(here, "x");

	assert_text(path_absolute("/a/./b//../c/"), "/a/c");
	assert_text(path_absolute("/../.."), "/");
	assert_text(path_absolute("//a"), "/a");
	assert_text(path_absolute("y/../x"), expected);
	assert_text(path_absolute("."), here);
}

static void test_relative_climbs_to_the_common_part(void **state)
{
	assert_text(path_relative("/a/b", "/a/c/x"), "../c/x");
	assert_text(path_relative("/etc/le/live/n", "/etc/le/archive/n/cert1.pem"),
		    "../../archive/n/cert1.pem");
	assert_text(path_relative("/a", "/a/b"), "b");
	assert_text(path_relative("/a/b", "/a"), "..");
	assert_text(path_relative("/a", "/a"), ".");
	assert_text(path_relative("/ab", "/a"), "../a");
	assert_text(path_relative("/", "/a"), "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join_has_one_slash),
		cmocka_unit_test(test_dirname_and_basename),
		cmocka_unit_test(test_absolute_works_dots_off),
		cmocka_unit_test(test_relative_climbs_to_the_common_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
