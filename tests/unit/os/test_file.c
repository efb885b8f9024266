/* Files and directories: exact modes, nothing left behind after a failure, links not followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "scratch.h"

static const struct file_attributes plain = {.mode = 0644};
static const struct file_attributes private = {.mode = 0600};

static mode_t mode_of(const char *path)
{
	struct stat attributes;

	assert_int_equal(lstat(path, &attributes), 0);
	return attributes.st_mode & 07777;
}

static void assert_contents(const char *path, const char *expected)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 1000000, &text, &err), 0);
	assert_string_equal(text.text, expected);
}

static void put(const char *path, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace(path, text, strlen(text), &plain, &err), 0);
}

/* The only entries of the directory are these, separated by blanks. */
static void assert_entries(const char *dir, const char *expected)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *joined = NULL;

	assert_int_equal(dir_list(dir, "", &names, &err), 0);
	joined = strvec_join(&names, " ");
	assert_string_equal(joined, expected);
}

static void test_read_appends_up_to_the_cap(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	put("f", "12345");
	strbuf_adds(&text, ">");
	assert_int_equal(file_read("f", 5, &text, &err), 0);
	assert_string_equal(text.text, ">12345");
	assert_int_equal(file_read("f", 4, &text, &err), ERR_PARSE);
	assert_string_equal(text.text, ">12345");
	assert_string_equal(err.text, "cannot read 'f': larger than 4 bytes");
	error_release(&err);
	assert_int_equal(file_read("none", 4, &text, &err), ERR_NOT_FOUND);
	error_release(&err);
	assert_int_equal(file_read(".", 4, &text, &err), ERR_IO);
	assert_int_equal(err.sys_errno, EISDIR);
}

static void test_large_files_come_whole(void **state)
{
	AUTO(strbuf) struct strbuf big = STRBUF_INIT, back = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	for (int i = 0; i < 50000; i++)
		strbuf_addf(&big, "%07d\n", i);
	assert_int_equal(file_replace("big", big.text, big.len, &plain, &err), 0);
	assert_int_equal(file_read("big", big.len, &back, &err), 0);
	assert_int_equal(back.len, big.len);
	assert_memory_equal(back.text, big.text, big.len);
}

static void test_replace_sets_the_exact_mode(void **state)
{
	struct file_attributes wide = {.mode = 0664};
	struct file_attributes tight = {.mode = 0400};
	AUTO(error) struct error err = ERROR_INIT;

	umask(077);
	assert_int_equal(file_replace("f", "a", 1, &wide, &err), 0);
	assert_int_equal(mode_of("f"), 0664);
	assert_int_equal(file_replace("f", "b", 1, &tight, &err), 0);
	assert_int_equal(mode_of("f"), 0400);
	assert_contents("f", "b");
	assert_entries(".", "f");
}

static void test_replace_gives_owner_and_group(void **state)
{
	struct file_attributes attributes = {.mode = 0640, .set_group = true, .gid = getgid()};
	struct stat found;
	AUTO(error) struct error err = ERROR_INIT;

	if (getuid() == 0) {
		attributes.gid = 12345;
		attributes.set_owner = true;
		attributes.uid = 23456;
	}
	assert_int_equal(file_replace("f", "a", 1, &attributes, &err), 0);
	assert_int_equal(stat("f", &found), 0);
	assert_int_equal(found.st_gid, attributes.gid);
	assert_int_equal(found.st_uid, attributes.set_owner ? 23456 : getuid());
	assert_int_equal(found.st_mode & 07777, 0640);
}

static void test_publish_keeps_the_rights_that_a_file_has(void **state)
{
	const gid_t group = getuid() == 0 ? 12345 : getgid();
	struct stat found;
	AUTO(error) struct error err = ERROR_INIT;

	umask(077);
	assert_int_equal(file_publish("f", "a", 1, 0640, &err), 0);
	assert_int_equal(mode_of("f"), 0640);
	assert_int_equal(chown("f", (uid_t)-1, group), 0);
	assert_int_equal(chmod("f", 0604), 0);
	assert_int_equal(file_publish("f", "b", 1, 0640, &err), 0);
	assert_int_equal(stat("f", &found), 0);
	assert_int_equal(found.st_mode & 07777, 0604);
	assert_int_equal(found.st_gid, group);
	assert_contents("f", "b");
	assert_entries(".", "f");
}

static void test_publish_replaces_regular_files_alone(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put("target", "old");
	assert_int_equal(file_symlink("target", "link", &err), 0);
	assert_int_equal(file_publish("link", "new", 3, 0644, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "'link'"));
	assert_true(file_is_symlink("link"));
	assert_contents("target", "old");
}

/* In a child: publishes 2000 of the byte again and again. */
static pid_t start_publishing(char byte)
{
	pid_t child = fork();

	if (child == 0) {
		char bytes[2000];

		memset(bytes, byte, sizeof(bytes));
		for (int i = 0; i < 200; i++) {
			AUTO(error) struct error err = ERROR_INIT;

			if (file_publish("f", bytes, sizeof(bytes), 0644, &err) < 0)
				_exit(1);
		}
		_exit(0);
	}
	return child;
}

static void test_two_may_publish_at_the_same_time(void **state)
{
	const pid_t children[] = {start_publishing('a'), start_publishing('b')};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(file_read("f", 10000, &text, &err), 0);
	assert_int_equal(text.len, 2000);
	assert_int_equal(strspn(text.text, text.text[0] == 'a' ? "a" : "b"), 2000);
	assert_entries(".", "f");
}

/* Whoever is killed before its file is in place leaves a draft, without a lock. */
static void test_publish_takes_the_place_of_a_dead_draft(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put(".f.certbot-new", "half of");
	put("other", "other");
	assert_int_equal(file_publish("f", "new", 3, 0644, &err), 0);
	assert_contents("f", "new");
	assert_entries(".", "f other");
	/* A name that leads elsewhere is never written through. */
	assert_int_equal(file_symlink("other", ".f.certbot-new", &err), 0);
	assert_int_equal(file_publish("f", "newer", 5, 0644, &err), 0);
	assert_int_equal(link("other", ".f.certbot-new"), 0);
	assert_int_equal(file_publish("f", "newest", 6, 0644, &err), 0);
	assert_int_equal(mkfifo(".f.certbot-new", 0600), 0);
	assert_int_equal(file_publish("f", "last", 4, 0644, &err), 0);
	assert_contents("f", "last");
	assert_contents("other", "other");
	assert_entries(".", "f other");
}

static void test_publish_leaves_the_draft_of_a_living_process(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_CLOSE int fd = -1;

	put(".f.certbot-new", "being written");
	fd = open(".f.certbot-new", O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_not_equal(file_publish("f", "new", 3, 0644, &err), 0);
	assert_non_null(strstr(err.text, "'f'"));
	assert_contents(".f.certbot-new", "being written");
}

static void test_replace_takes_the_place_of_a_link(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put("target", "old");
	assert_int_equal(file_symlink("target", "link", &err), 0);
	put("link", "new");
	assert_false(file_is_symlink("link"));
	assert_contents("target", "old");
	assert_contents("link", "new");
}

static void test_replace_of_a_very_long_name(void **state)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	put(name, "x");
	assert_contents(name, "x");
	assert_entries(".", name);
}

/* In a child whose files may not grow beyond 4 KiB. */
static void fill_the_disk(int (*write_file)(const char *, const void *, size_t,
					    const struct file_attributes *, struct error *),
			  const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct rlimit limit = {4096, 4096};
		AUTO(error) struct error err = ERROR_INIT;
		static char bytes[8192];
		bool as_expected;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		as_expected = write_file(path, bytes, sizeof(bytes), &plain, &err) == ERR_IO &&
			      err.sys_errno == EFBIG && strstr(err.text, path);
		error_release(&err);
		_exit(as_expected ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_a_full_disk_leaves_the_old_file(void **state)
{
	put("f", "old");
	fill_the_disk(file_replace, "f");
	assert_contents("f", "old");
	assert_entries(".", "f");
}

static void test_a_full_disk_leaves_no_new_file(void **state)
{
	fill_the_disk(file_create, "f");
	assert_entries(".", "");
}

static void test_create_wants_a_free_name(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_create("key", "k", 1, &private, &err), 0);
	assert_int_equal(mode_of("key"), 0600);
	assert_int_equal(file_create("key", "other", 5, &private, &err), ERR_EXISTS);
	assert_contents("key", "k");
	error_release(&err);
	assert_int_equal(file_symlink("elsewhere", "dangling", &err), 0);
	assert_int_equal(file_create("dangling", "k", 1, &private, &err), ERR_EXISTS);
	assert_false(file_exists("elsewhere"));
	error_release(&err);
	assert_int_equal(file_create("none/key", "k", 1, &private, &err), ERR_NOT_FOUND);
	assert_string_equal(err.text, "cannot create 'none/key': cannot open directory 'none': "
				      "No such file or directory");
}

static void test_replace_of_a_directory_fails_cleanly(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("d/e", 0755, &err), 0);
	assert_int_equal(file_replace("d", "x", 1, &plain, &err), ERR_IO);
	assert_entries(".", "d");
}

static void test_parents_get_the_mode_of_the_leaf(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	umask(027);
	assert_int_equal(dir_make("a/b//c/", 0755, &err), 0);
	assert_int_equal(mode_of("a"), 0750);
	assert_int_equal(mode_of("a/b"), 0750);
	assert_int_equal(mode_of("a/b/c"), 0750);
	assert_int_equal(dir_make("a/b", 0700, &err), 0);
	assert_int_equal(mode_of("a/b"), 0750);
	put("file", "");
	assert_int_equal(dir_make("file", 0700, &err), ERR_EXISTS);
	error_release(&err);
	assert_int_equal(dir_make("file/sub", 0700, &err), ERR_EXISTS);
}

static void test_listing_is_sorted_and_filtered(void **state)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *joined = NULL;

	put("b.conf", "");
	put("a.conf", "");
	put("a-0001.conf", "");
	put(".hidden", "");
	put("note", "");
	assert_int_equal(dir_list(".", ".conf", &names, &err), 0);
	joined = strvec_join(&names, " ");
	assert_string_equal(joined, "a-0001.conf a.conf b.conf");
	assert_entries(".", ".hidden a-0001.conf a.conf b.conf note");
	assert_int_equal(dir_list("none", "", &names, &err), ERR_NOT_FOUND);
	error_release(&err);
	assert_int_equal(dir_list("note", "", &names, &err), ERR_IO);
	assert_false(dir_is_empty("."));
	assert_false(dir_is_empty("none"));
}

static void test_tree_removal_does_not_follow_links(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("tree/x/y", 0755, &err), 0);
	assert_int_equal(dir_make("kept", 0755, &err), 0);
	put("kept/file", "");
	put("tree/x/y/file", "");
	assert_int_equal(file_symlink("../../kept", "tree/x/link", &err), 0);
	assert_int_equal(file_symlink("../kept", "tree/link", &err), 0);
	assert_int_equal(dir_remove_tree("tree/", &err), 0);
	assert_entries(".", "kept");
	assert_entries("kept", "file");
	assert_int_equal(dir_remove_tree("tree", &err), 0);
	assert_int_equal(dir_remove_tree("none/tree", &err), 0);
	assert_int_equal(dir_remove_tree("kept/file", &err), 0);
	assert_true(dir_is_empty("kept"));
}

static void test_links_and_predicates(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *target = NULL, *longer = NULL;
	char text[600];

	assert_int_equal(file_symlink("../../archive/n/cert1.pem", "link", &err), 0);
	assert_int_equal(file_symlink("x", "link", &err), ERR_EXISTS);
	error_release(&err);
	assert_true(file_is_symlink("link"));
	assert_false(file_exists("link"));
	assert_int_equal(file_read_link("link", &target, &err), 0);
	assert_string_equal(target, "../../archive/n/cert1.pem");
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(file_symlink(text, "long", &err), 0);
	assert_int_equal(file_read_link("long", &longer, &err), 0);
	assert_string_equal(longer, text);
	assert_int_equal(file_read_link("none", &target, &err), ERR_NOT_FOUND);
	assert_true(file_is_dir("."));
	assert_false(file_is_symlink("."));
}

static void test_removal_of_what_is_not_there(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put("f", "");
	assert_int_equal(file_remove("f", &err), 0);
	assert_int_equal(file_remove("f", &err), 0);
	assert_int_equal(file_remove("none/f", &err), 0);
	assert_int_equal(dir_make("d", 0755, &err), 0);
	assert_int_equal(file_remove("d", &err), ERR_IO);
}

static void test_rename_and_exchange(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("a", 0755, &err), 0);
	assert_int_equal(dir_make("b", 0755, &err), 0);
	put("a/f", "in a");
	assert_int_equal(file_rename("a/f", "b/g", &err), 0);
	assert_entries("a", "");
	assert_contents("b/g", "in a");
	assert_int_equal(file_rename("a/f", "b/g", &err), ERR_NOT_FOUND);
	error_release(&err);
	put("a/h", "other");
	assert_int_equal(file_exchange("a/h", "b/g", &err), 0);
	assert_contents("a/h", "in a");
	assert_contents("b/g", "other");
	assert_int_equal(file_exchange("a", "b", &err), 0);
	assert_entries("a", "g");
	assert_int_equal(file_exchange("a", "none", &err), ERR_NOT_FOUND);
	error_release(&err);
	assert_int_equal(file_exchange("a", "/proc/self", &err), ERR_REFUSED);
}

static void test_a_stolen_descriptor_is_closed_once(void **state)
{
	AUTO_CLOSE int fd = open(".", O_RDONLY | O_CLOEXEC);
	int taken = STEAL_FD(fd);

	assert_int_equal(fd, -1);
	auto_close(&taken);
	assert_int_equal(fcntl(taken, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

static void test_leftovers_of_crashed_replacements_go(void **state)
{
	static const char *const names[] = {".a.conf.certbot-new", ".a.conf.certbot-ne",
					    ".ab.conf.certbot-new", "a.conf"};
	const struct file_attributes attributes = {.mode = 0644};
	AUTO(error) struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(file_create(names[i], "x", 1, &attributes, &err), 0);
	file_remove_leftovers("a.conf");
	assert_false(file_exists(names[0]));
	for (size_t i = 1; i < ARRAY_LEN(names); i++)
		assert_true(file_exists(names[i]));
}

/* In a child that is killed once it writes beyond 4 KiB. */
static void be_killed_replacing(const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct rlimit limit = {4096, 4096}, no_core = {0, 0};
		AUTO(error) struct error err = ERROR_INIT;
		static char bytes[8192];

		setrlimit(RLIMIT_CORE, &no_core);
		setrlimit(RLIMIT_FSIZE, &limit);
		signal(SIGXFSZ, SIG_DFL);
		(void)!file_replace(path, bytes, sizeof(bytes), &plain, &err);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void test_ten_kills_leave_one_draft_and_the_next_write_none(void **state)
{
	put("f", "old");
	for (int i = 0; i < 10; i++)
		be_killed_replacing("f");
	assert_contents("f", "old");
	assert_entries(".", ".f.certbot-new f");
	put("f", "new");
	assert_contents("f", "new");
	assert_entries(".", "f");
}

static void test_a_link_under_the_name_of_a_draft_is_not_followed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put("other", "kept");
	assert_int_equal(file_symlink("other", ".f.certbot-new", &err), 0);
	put("f", "new");
	assert_contents("other", "kept");
	assert_entries(".", "f other");
}

/* Opened by a program that waits, a FIFO without a writer would hang it forever. */
static void test_a_fifo_is_not_waited_for(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(file_read("fifo", 100, &text, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, "FIFO"));
}

/* What a shell gives as <(command), which is still to write when it is opened. */
static void test_a_pipe_is_read_to_its_end(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *path = NULL;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	path = xasprintf("/dev/fd/%d", ends[0]);
	if (fork() == 0) {
		usleep(50000);
		_exit(write(ends[1], "late", 4) == 4 ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(file_read(path, 100, &text, &err), 0);
	assert_string_equal(text.text, "late");
	close(ends[0]);
	assert_true(wait(NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_read_appends_up_to_the_cap),
		scratch_test(test_large_files_come_whole),
		scratch_test(test_a_fifo_is_not_waited_for),
		scratch_test(test_a_pipe_is_read_to_its_end),
		scratch_test(test_replace_sets_the_exact_mode),
		scratch_test(test_replace_gives_owner_and_group),
		scratch_test(test_replace_takes_the_place_of_a_link),
		scratch_test(test_replace_of_a_very_long_name),
		scratch_test(test_a_full_disk_leaves_the_old_file),
		scratch_test(test_a_full_disk_leaves_no_new_file),
		scratch_test(test_create_wants_a_free_name),
		scratch_test(test_replace_of_a_directory_fails_cleanly),
		scratch_test(test_parents_get_the_mode_of_the_leaf),
		scratch_test(test_listing_is_sorted_and_filtered),
		scratch_test(test_tree_removal_does_not_follow_links),
		scratch_test(test_links_and_predicates),
		scratch_test(test_removal_of_what_is_not_there),
		scratch_test(test_rename_and_exchange),
		scratch_test(test_a_stolen_descriptor_is_closed_once),
		scratch_test(test_leftovers_of_crashed_replacements_go),
		scratch_test(test_publish_keeps_the_rights_that_a_file_has),
		scratch_test(test_publish_replaces_regular_files_alone),
		scratch_test(test_two_may_publish_at_the_same_time),
		scratch_test(test_publish_takes_the_place_of_a_dead_draft),
		scratch_test(test_publish_leaves_the_draft_of_a_living_process),
		scratch_test(test_ten_kills_leave_one_draft_and_the_next_write_none),
		scratch_test(test_a_link_under_the_name_of_a_draft_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
