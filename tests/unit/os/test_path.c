/* Paths as text, and the search for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "scratch.h"

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

static void make_program(const char *path, mode_t mode)
{
	struct file_attributes attributes = {.mode = mode};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace(path, "#!/bin/sh\n", 10, &attributes, &err), 0);
}

static void test_programs_are_found_like_the_shell_does(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("one/tool", 0755, &err), 0);
	assert_int_equal(dir_make("two", 0755, &err), 0);
	make_program("two/tool", 0755);
	make_program("two/text", 0644);
	make_program("here", 0755);
	setenv("PATH", "one:two", 1);
	assert_text(path_find_program("tool"), "two/tool");
	assert_null(path_find_program("text"));
	assert_null(path_find_program("no-such-program"));
	assert_null(path_find_program("here"));
	assert_null(path_find_program(""));
	assert_text(path_find_program("./here"), "./here");
	assert_null(path_find_program("one/tool"));
	setenv("PATH", "one:", 1);
	assert_text(path_find_program("here"), "./here");
	unsetenv("PATH");
	assert_text(path_find_program("sh"), "/bin/sh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join_has_one_slash),
		cmocka_unit_test(test_dirname_and_basename),
		cmocka_unit_test(test_absolute_works_dots_off),
		cmocka_unit_test(test_relative_climbs_to_the_common_part),
		scratch_test(test_programs_are_found_like_the_shell_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
