/* The search for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/process/program.h"
#include "scratch.h"

static void assert_text(char *own_text, const char *expected)
{
	assert_non_null(own_text);
	assert_string_equal(own_text, expected);
	free(own_text);
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
	assert_text(program_find("tool"), "two/tool");
	assert_null(program_find("text"));
	assert_null(program_find("no-such-program"));
	assert_null(program_find("here"));
	assert_null(program_find(""));
	assert_text(program_find("./here"), "./here");
	assert_null(program_find("one/tool"));
	setenv("PATH", "one:", 1);
	assert_text(program_find("here"), "./here");
	unsetenv("PATH");
	assert_text(program_find("sh"), "/bin/sh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_programs_are_found_like_the_shell_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
