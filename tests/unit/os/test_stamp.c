/* Stamps of directory entries: what an entry is, and that it can be made so again. */
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
#include "os/file/stamp.h"
#include "scratch.h"

static struct stamp stamp_of(const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stamp stamp;

	assert_int_equal(stamp_read(path, &stamp, &err), 0);
	return stamp;
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0640);

	assert_true(fd >= 0);
	close(fd);
}

static void test_tells_what_an_entry_is(void **state)
{
	make_file("file");
	assert_int_equal(symlink("nowhere", "link"), 0);
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(stamp_of("file").kind, STAMP_FILE);
	assert_int_equal(stamp_of("file").mode, 0640);
	assert_int_equal(stamp_of("file").uid, geteuid());
	assert_int_equal(stamp_of("link").kind, STAMP_LINK);
	assert_int_equal(stamp_of("dir").kind, STAMP_OTHER);
	assert_int_equal(stamp_of("missing").kind, STAMP_ABSENT);
}

static void test_gives_files_and_links_their_time_back(void **state)
{
	static const char *const paths[] = {"file", "link"};

	make_file("file");
	make_file("target");
	assert_int_equal(symlink("target", "link"), 0);
	for (size_t i = 0; i < 2; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct stamp wanted = stamp_of(paths[i]), target = stamp_of("target");

		wanted.mtime_s = 1000000007;
		wanted.mtime_ns = 123456789;
		assert_int_equal(stamp_apply(paths[i], &wanted, &err), 0);
		assert_int_equal(stamp_of(paths[i]).mtime_s, wanted.mtime_s);
		assert_int_equal(stamp_of(paths[i]).mtime_ns, wanted.mtime_ns);
		assert_int_equal(stamp_of("target").mtime_ns, target.mtime_ns);
	}
}

static void test_says_which_entry_it_cannot_change(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stamp stamp = {.kind = STAMP_FILE, .mtime_s = 5, .uid = geteuid(), .gid = getegid()};

	assert_int_equal(stamp_apply("missing", &stamp, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "'missing'"));
}

static void test_touch_makes_a_directory_new(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stamp old;

	assert_int_equal(mkdir("dir", 0755), 0);
	old = stamp_of("dir");
	old.mtime_s = 5;
	assert_int_equal(stamp_apply("dir", &old, &err), 0);
	stamp_touch("dir");
	assert_true(stamp_of("dir").mtime_s > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_tells_what_an_entry_is),
		scratch_test(test_gives_files_and_links_their_time_back),
		scratch_test(test_says_which_entry_it_cannot_change),
		scratch_test(test_touch_makes_a_directory_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
