/* Changes in an open directory, and rewriting of files that belong to others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/folder.h"
#include "os/file/rewrite.h"
#include "scratch.h"

static const struct file_attributes plain = {.mode = 0644};

static void put(const char *path, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace(path, text, strlen(text), &plain, &err), 0);
}

static void check_text(const char *path, const char *wanted)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 1000, &text, &err), 0);
	assert_string_equal(text.text, wanted);
}

static struct stat stat_of(const char *path)
{
	struct stat attributes;

	assert_int_equal(stat(path, &attributes), 0);
	return attributes;
}

static void open_new(const char *path, struct folder *folder)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make(path, 0755, &err), 0);
	assert_int_equal(folder_open(path, folder, &err), 0);
}

static void test_what_is_synced_later_is_the_same(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	open_new("d", &folder);
	folder.syncs_later = true;
	assert_int_equal(folder_make_dir(&folder, "sub", 0750, &err), 0);
	assert_int_equal(folder_make_dir(&folder, "sub", 0700, &err), 0);
	assert_int_equal(stat_of("d/sub").st_mode & 0777, 0750);
	assert_int_equal(folder_create(&folder, "f", span_of("one"), &plain, &err), 0);
	assert_int_equal(folder_fill(&folder, "f", span_of("2"), &err), 0);
	assert_int_equal(folder_sync(&folder, &err), 0);
	check_text("d/f", "2");
	if (file_system_can_sync())
		assert_int_equal(file_system_sync("d", &err), 0);
	assert_int_equal(file_system_sync("none", &err),
			 file_system_can_sync() ? ERR_NOT_FOUND : ERR_REFUSED);
}

static void test_missing_folder_is_not_found(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(folder_open("none", &folder, &err), ERR_NOT_FOUND);
}

static void test_create_gives_the_exact_mode_and_refuses_existing_names(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	const struct file_attributes wide = {.mode = 0666};
	AUTO(error) struct error err = ERROR_INIT;

	open_new("dir", &folder);
	assert_int_equal(folder_create(&folder, "file", span_of("text"), &wide, &err), 0);
	check_text("dir/file", "text");
	assert_int_equal(stat_of("dir/file").st_mode & 07777, 0666);
	assert_int_equal(folder_create(&folder, "file", span_of("x"), &wide, &err), ERR_EXISTS);
	check_text("dir/file", "text");
}

static void test_follows_its_directory_through_a_rename(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	open_new("dir", &folder);
	assert_int_equal(rename("dir", "moved"), 0);
	assert_int_equal(folder_symlink(&folder, "target", "link", &err), 0);
	assert_true(file_is_symlink("moved/link"));
	assert_true(folder_has(&folder, "link"));
	assert_int_equal(folder_remove(&folder, "link", &err), 0);
	assert_int_equal(folder_remove(&folder, "link", &err), 0);
	assert_false(folder_has(&folder, "link"));
	assert_int_equal(folder_sync(&folder, &err), 0);
}

static void test_removes_empty_directories_only(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	open_new("dir", &folder);
	assert_int_equal(dir_make("dir/inner", 0755, &err), 0);
	assert_int_equal(file_symlink("nowhere", "dir/inner/link", &err), 0);
	assert_int_equal(folder_remove_dir(&folder, "inner", &err), ERR_REFUSED);
	error_release(&err);
	assert_int_equal(file_remove("dir/inner/link", &err), 0);
	assert_int_equal(folder_remove_dir(&folder, "inner", &err), 0);
	assert_int_equal(folder_remove_dir(&folder, "inner", &err), 0);
	assert_false(file_exists("dir/inner"));
}

static void test_tells_whether_an_entry_leads_on(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	open_new("dir", &folder);
	assert_int_equal(folder_symlink(&folder, "../dir", "link", &err), 0);
	assert_int_equal(folder_symlink(&folder, "nowhere", "broken", &err), 0);
	assert_true(folder_leads_on(&folder, "link"));
	assert_false(folder_leads_on(&folder, "broken"));
	assert_false(folder_leads_on(&folder, "missing"));
}

static void test_links_are_made_once(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *target = NULL;

	open_new("dir", &folder);
	assert_int_equal(folder_symlink(&folder, "old", "link", &err), 0);
	assert_int_equal(folder_symlink(&folder, "new", "link", &err), ERR_EXISTS);
	target = folder_link_target(&folder, "link");
	assert_string_equal(target, "old");
	assert_null(folder_link_target(&folder, "none"));
}

static void test_second_names(void **state)
{
	AUTO(folder) struct folder from = FOLDER_INIT;
	AUTO(folder) struct folder to = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *target = NULL;

	open_new("from", &from);
	open_new("to", &to);
	put("from/file", "text");
	assert_int_equal(folder_symlink(&from, "nowhere", "link", &err), 0);
	assert_int_equal(mkdir("from/dir", 0755), 0);
	assert_int_equal(folder_link(&from, "file", &to, "file", &err), 0);
	assert_int_equal(folder_link(&from, "link", &to, "link", &err), 0);
	assert_int_equal(stat_of("to/file").st_ino, stat_of("from/file").st_ino);
	target = folder_link_target(&to, "link");
	assert_string_equal(target, "nowhere");
	assert_int_equal(folder_link(&from, "dir", &to, "dir", &err), ERR_REFUSED);
}

static void test_moves_and_renames(void **state)
{
	AUTO(folder) struct folder from = FOLDER_INIT;
	AUTO(folder) struct folder to = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	open_new("from", &from);
	open_new("to", &to);
	put("from/a", "a");
	put("to/b", "b");
	assert_int_equal(folder_rename(&from, "a", "b", &err), 0);
	assert_int_equal(folder_move(&from, "b", &to, &err), 0);
	check_text("to/b", "a");
	assert_false(file_exists("from/b"));
}

static void test_make_like_copies_rights(void **state)
{
	AUTO(folder) struct folder model = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	open_new("model", &model);
	assert_int_equal(chmod("model", 02750), 0);
	if (geteuid() == 0)
		assert_int_equal(chown("model", 12, 34), 0);
	assert_int_equal(chmod("model", 02750), 0);
	assert_int_equal(folder_make_like("copy", &model, &err), 0);
	assert_int_equal(stat_of("copy").st_mode & 07777, 02750);
	assert_int_equal(stat_of("copy").st_uid, stat_of("model").st_uid);
	assert_int_equal(stat_of("copy").st_gid, stat_of("model").st_gid);
	assert_int_equal(folder_make_like("copy", &model, &err), ERR_EXISTS);
}

static void rewrite(const char *path, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_rewrite(path, span_of(text), &err), 0);
}

static void test_rewrite_keeps_rights_and_links(void **state)
{
	ino_t before;

	put("file", "old");
	assert_int_equal(chmod("file", 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown("file", 12, 34), 0);
	before = stat_of("file").st_ino;
	assert_int_equal(symlink("file", "link"), 0);
	rewrite("link", "new");
	assert_true(file_is_symlink("link"));
	check_text("file", "new");
	assert_int_not_equal(stat_of("file").st_ino, before);
	assert_int_equal(stat_of("file").st_mode & 07777, 0640);
	if (geteuid() == 0) {
		assert_int_equal(stat_of("file").st_uid, 12);
		assert_int_equal(stat_of("file").st_gid, 34);
	}
}

static void test_rewrite_of_a_file_with_two_names_keeps_both(void **state)
{
	put("file", "the old and longer text");
	assert_int_equal(link("file", "other"), 0);
	rewrite("file", "new");
	check_text("other", "new");
	assert_int_equal(stat_of("file").st_nlink, 2);
}

static void test_rewrite_of_a_missing_file(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_rewrite("none", span_of("x"), &err), ERR_NOT_FOUND);
	assert_false(file_exists("none"));
}

static void test_mode_is_cut_by_the_umask(void **state)
{
	umask(027);
	assert_int_equal(folder_cut_by_umask(0666), 0640);
	assert_int_equal(umask(022), 027);
}

static void test_reserved_room_is_filled_in_place(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct stat attributes;

	open_new("rooms", &folder);
	assert_int_equal(folder_reserve(&folder, "file", 8192, &plain, &err), 0);
	attributes = stat_of("rooms/file");
	assert_int_equal(attributes.st_size, 8192);
	assert_true(attributes.st_blocks * 512 >= 8192);
	assert_int_equal(folder_reserve(&folder, "file", 1, &plain, &err), ERR_EXISTS);
	error_release(&err);
	assert_int_equal(folder_fill(&folder, "file", span_of("text"), &err), 0);
	assert_int_equal(stat_of("rooms/file").st_ino, attributes.st_ino);
	check_text("rooms/file", "text");
	assert_int_equal(folder_fill(&folder, "none", span_of("text"), &err), ERR_NOT_FOUND);
	error_release(&err);
	assert_int_equal(mkfifo("rooms/fifo", 0600), 0);
	assert_int_equal(folder_fill(&folder, "fifo", span_of("text"), &err), ERR_IO);
}

/* What a user who is not in group 0 makes of its rights. */
static int mode_made_by_a_user(bool as_far_as_allowed)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		AUTO(folder) struct folder folder = FOLDER_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		const struct file_attributes wanted = {.mode = 0640,
						       .set_group = true,
						       .gid = 0,
						       .as_far_as_allowed = as_far_as_allowed};
		struct stat made;

		if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
		    setresuid(65534, 65534, 65534) < 0 || folder_open("open", &folder, &err) < 0)
			_exit(1);
		if (folder_create(&folder, "file", span_of("text"), &wanted, &err) < 0 ||
		    stat("open/file", &made) < 0)
			_exit(2);
		_exit((made.st_mode & 0777) == 0600 ? 3 : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void test_a_group_that_may_not_be_given_is_left_out_with_its_rights(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (geteuid() != 0)
		skip();
	assert_int_equal(dir_make("open", 0755, &err), 0);
	if (chmod(".", 0755) < 0 || chmod("open", 0777) < 0)
		fail();
	assert_int_equal(mode_made_by_a_user(false), 2);
	assert_int_equal(mode_made_by_a_user(true), 3);
}

static void test_room_that_is_not_there_leaves_no_file(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	const struct rlimit least = {4096, RLIM_INFINITY},
			    no_limit = {RLIM_INFINITY, RLIM_INFINITY};

	open_new("rooms", &folder);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &least), 0);
	assert_true(folder_reserve(&folder, "file", 1 << 20, &plain, &err) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &no_limit), 0);
	assert_false(folder_has(&folder, "file"));
}

static int read_regular(const char *name, struct strbuf *ret_text)
{
	AUTO(folder) struct folder here = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(folder_open(".", &here, &err), 0);
	return folder_read_regular(&here, name, 100, ret_text, &err) < 0 ? err.code : 0;
}

static void test_reads_a_regular_file_and_nothing_in_its_place(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_create("file", "text", 4, &plain, &err), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(mkdir("folder", 0755), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	assert_int_equal(read_regular("file", &text), 0);
	assert_string_equal(text.text, "text");
	assert_int_equal(read_regular("link", &text), ERR_REFUSED);
	assert_int_equal(read_regular("folder", &text), ERR_REFUSED);
	assert_int_equal(read_regular("fifo", &text), ERR_REFUSED);
	assert_int_equal(read_regular("missing", &text), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_reserved_room_is_filled_in_place),
		scratch_test(test_a_group_that_may_not_be_given_is_left_out_with_its_rights),
		scratch_test(test_room_that_is_not_there_leaves_no_file),
		scratch_test(test_what_is_synced_later_is_the_same),
		scratch_test(test_missing_folder_is_not_found),
		scratch_test(test_create_gives_the_exact_mode_and_refuses_existing_names),
		scratch_test(test_follows_its_directory_through_a_rename),
		scratch_test(test_removes_empty_directories_only),
		scratch_test(test_tells_whether_an_entry_leads_on),
		scratch_test(test_links_are_made_once),
		scratch_test(test_second_names),
		scratch_test(test_moves_and_renames),
		scratch_test(test_make_like_copies_rights),
		scratch_test(test_rewrite_keeps_rights_and_links),
		scratch_test(test_rewrite_of_a_file_with_two_names_keeps_both),
		scratch_test(test_rewrite_of_a_missing_file),
		scratch_test(test_reads_a_regular_file_and_nothing_in_its_place),
		scratch_test(test_mode_is_cut_by_the_umask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
