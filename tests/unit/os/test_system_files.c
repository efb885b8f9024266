/* Files that libraries open by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file/file.h"
#include "os/system_files.h"
#include "scratch.h"

static int check(const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;
	int rc = system_file_check(path, &err);

	/* The error says which file, and what to do about it. */
	assert_true(rc == 0 || (strstr(err.text, path) && err.hint));
	return rc;
}

static void test_what_may_never_end_is_refused(void **state)
{
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("fifo", "link"), 0);
	assert_int_equal(check("fifo"), ERR_CONFIG);
	assert_int_equal(check("link"), ERR_CONFIG);
	assert_int_equal(check("/dev/zero"), ERR_CONFIG);
}

/* Each is read at once, or cannot be opened at all. */
static void test_what_ends_is_left_to_the_library(void **state)
{
	AUTO_CLOSE int fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(check("file"), 0);
	assert_int_equal(check("dangling"), 0);
	assert_int_equal(check("missing"), 0);
	assert_int_equal(check("."), 0);
	assert_int_equal(check("/dev/null"), 0);
}

static void test_each_question_has_files(void **state)
{
	static const enum system_question questions[] = {SYSTEM_HOSTS, SYSTEM_SERVICES,
							 SYSTEM_USERS, SYSTEM_TIME};

	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		assert_non_null(system_files(questions[i])[0]);
		assert_true(system_files_are_usable(questions[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_what_may_never_end_is_refused),
		scratch_test(test_what_ends_is_left_to_the_library),
		cmocka_unit_test(test_each_question_has_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
