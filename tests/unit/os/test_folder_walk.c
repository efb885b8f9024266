/* Which links are followed on the way to a directory. Owners can be given away by root alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/folder_walk.h"
#include "os/users.h"
#include "scratch.h"

enum { ALICE = 40001, BOB = 40002 };

static void make_dir(const char *path, uid_t owner, mode_t mode)
{
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, mode), 0);
	if (users_is_root())
		assert_int_equal(chown(path, owner, owner), 0);
}

static void make_link(const char *target, const char *path, uid_t owner)
{
	assert_int_equal(symlink(target, path), 0);
	if (users_is_root())
		assert_int_equal(lchown(path, owner, owner), 0);
}

static int walk(const char *path, ino_t *ret_inode)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct stat found;

	if (folder_walk(NULL, path, &folder, &err) < 0)
		return err.code;
	assert_int_equal(fstat(folder.fd, &found), 0);
	*ret_inode = found.st_ino;
	return 0;
}

/* Walks to where the kernel would. */
static void check_arrives(const char *path)
{
	struct stat wanted;
	ino_t inode;

	assert_int_equal(stat(path, &wanted), 0);
	assert_int_equal(walk(path, &inode), 0);
	assert_int_equal(inode, wanted.st_ino);
}

static void check_fails(const char *path, enum err_code code)
{
	ino_t inode;

	assert_int_equal(walk(path, &inode), code);
}

static void test_goes_where_the_path_leads(void **state)
{
	AUTO_FREE char *absolute = NULL;

	make_dir("a", ALICE, 0755);
	make_dir("a/b", BOB, 0755);
	make_link("b/../b", "a/own", 0);
	make_link(scratch_dir, "a/far", 0);
	absolute = path_absolute("a//b/");
	check_arrives(absolute);
	check_arrives("a/./b/../b//");
	check_arrives("a/own");
	check_arrives("a/far/a/far/a/b");
	check_arrives("/");
	check_arrives(".");
	check_arrives("/proc/self/cwd/a");
}

static void test_failures_have_their_reason(void **state)
{
	make_dir("a", ALICE, 0755);
	make_link("loop", "loop", 0);
	make_link("none", "dangling", 0);
	assert_int_equal(fclose(fopen("file", "w")), 0);
	check_fails("a/none", ERR_NOT_FOUND);
	check_fails("dangling", ERR_NOT_FOUND);
	check_fails("loop", ERR_IO);
	check_fails("file", ERR_IO);
	check_fails("a/../file/..", ERR_IO);
}

static void test_a_link_leads_only_where_its_owner_may_write(void **state)
{
	make_dir("alice", ALICE, 0755);
	make_dir("bob", BOB, 0755);
	make_dir("bob/in", BOB, 0755);
	make_dir("bob/alices", ALICE, 0700);
	make_dir("open", BOB, 01777);
	make_dir("group", BOB, 0775);
	make_dir("sealed", ALICE, 0500);
	make_link("../bob", "alice/bob", ALICE);
	make_link("../bob/alices", "alice/back", ALICE);
	make_link("../open", "alice/open", ALICE);
	make_link("../group", "alice/group", ALICE);
	make_link("../sealed", "alice/sealed", ALICE);
	make_link("bob", "alice/twice", 0);
	make_link("../bob", "alice/roots", 0);
	check_arrives("alice/roots");
	check_arrives("alice/roots/in");
	check_arrives("alice/back");
	check_arrives("alice/open");
	if (!users_is_root())
		return;
	check_fails("alice/bob", ERR_REFUSED);
	check_fails("alice/bob/in", ERR_REFUSED);
	check_fails("alice/bob/alices", ERR_REFUSED);
	check_fails("alice/twice", ERR_REFUSED);
	check_fails("alice/group", ERR_REFUSED);
	check_fails("alice/sealed", ERR_REFUSED);
}

static void test_goes_on_from_an_open_folder(void **state)
{
	AUTO(folder) struct folder outer = FOLDER_INIT, inner = FOLDER_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	make_dir("a", ALICE, 0755);
	make_dir("a/b", BOB, 0755);
	make_dir("a/b/c", BOB, 0755);
	make_link("x", "a/b/link", 0);
	assert_int_equal(folder_walk(NULL, "a", &outer, &err), 0);
	assert_int_equal(rename("a", "moved"), 0);
	assert_int_equal(folder_walk(&outer, "b", &inner, &err), 0);
	assert_string_equal(inner.path, "a/b");
	assert_int_equal(folder_list(&inner, &names, &err), 0);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.items[0], "c");
	assert_string_equal(names.items[1], "link");
}

static void test_opens_what_it_walked_to(void **state)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	make_dir("a", 0, 0755);
	make_dir("a/b", 0, 0755);
	assert_int_equal(folder_walk_open("a", &folder, &err), 0);
	assert_int_equal(folder_list(&folder, &names, &err), 0);
	assert_string_equal(names.items[0], "b");
	assert_int_equal(folder_sync(&folder, &err), 0);
}

static void test_members_of_groups(void **state)
{
	assert_true(users_is_member(0, 0));
	assert_false(users_is_member(0, 54321));
	assert_false(users_is_member(54321, 54321));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_goes_where_the_path_leads),
		scratch_test(test_failures_have_their_reason),
		scratch_test(test_a_link_leads_only_where_its_owner_may_write),
		scratch_test(test_goes_on_from_an_open_folder),
		scratch_test(test_opens_what_it_walked_to),
		cmocka_unit_test(test_members_of_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
