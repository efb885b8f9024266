/* Which files and directories of a store of CA certificates the network process may read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "../os/scratch.h"
#include "base/alloc.h"
#include "net/http/ca_store.h"

static void make_file(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_create(name, "x", 1, &(struct file_attributes){.mode = 0644}, &err),
			 0);
}

/* As Debian has it: hash -> name -> file of the package. */
static void make_certificate(const char *dir, const char *hash, const char *name)
{
	AUTO_FREE char *link = xasprintf("certs/%s", name);
	AUTO_FREE char *hashed = xasprintf("certs/%s", hash);
	AUTO_FREE char *file = xasprintf("%s/%s/%s", scratch_dir, dir, name);

	make_file(file);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(symlink(name, hashed), 0);
}

static void make_store(void)
{
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(mkdir("certs", 0755), 0);
	assert_int_equal(mkdir("package", 0755), 0);
	make_certificate("package", "00000001.0", "one.crt");
	make_certificate("package", "00000002.0", "two.crt");
}

/* What the store has: "files|dirs", both without the directory they are in. */
static void assert_has(const struct ca_store *store, const char *expected)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *files = NULL, *dirs = NULL, *found = NULL;

	for (size_t i = 0; i < store->files.count; i++)
		strvec_push(&names, path_basename(store->files.items[i]));
	files = strvec_join(&names, " ");
	assert_true(store->dirs.count <= 1);
	dirs = xstrdup(store->dirs.count ? path_basename(store->dirs.items[0]) : "");
	found = xasprintf("%s|%s", files, dirs);
	assert_string_equal(found, expected);
}

static void assert_lists(const char *expected)
{
	AUTO(ca_store) struct ca_store store = CA_STORE_INIT;
	AUTO_FREE char *root = xasprintf("%s/", scratch_dir);
	AUTO_FREE char *certs = xasprintf("%s/certs", scratch_dir);

	ca_store_add_hashed(&store, certs, root);
	assert_has(&store, expected);
}

/* What a first look finds. An ordinary user's directory is not public. */
static void assert_first_look_finds(const char *expected)
{
	AUTO(ca_store) struct ca_store store = CA_STORE_INIT;
	AUTO_FREE char *root = xasprintf("%s/", scratch_dir);
	AUTO_FREE char *certs = xasprintf("%s/certs", scratch_dir);
	bool finds = getuid() == 0 && expected;

	assert_int_equal(ca_store_add_package(&store, certs, root), finds);
	assert_has(&store, finds ? expected : "|");
}

/* A directory that belongs to somebody else than root is not public, as with an ordinary user
 * here. */
static void assert_is_public(bool is_public)
{
	assert_lists(is_public && getuid() == 0 ? "|package" : "00000001.0 00000002.0|");
}

static void test_a_package_of_certificates_is_one_directory(void **state)
{
	make_store();
	assert_is_public(true);
}

static void test_a_directory_that_might_hold_something_else_is_not_opened(void **state)
{
	make_store();
	make_file("package/server.key");
	assert_is_public(false);
	assert_int_equal(unlink("package/server.key"), 0);
	assert_int_equal(mkdir("package/live.crt", 0700), 0);
	assert_is_public(false);
	assert_int_equal(rmdir("package/live.crt"), 0);
	assert_int_equal(symlink("/etc/shadow", "package/three.crt"), 0);
	assert_is_public(false);
	assert_int_equal(unlink("package/three.crt"), 0);
	assert_is_public(true);
}

static void test_a_directory_that_others_write_to_or_cannot_list_is_not_opened(void **state)
{
	static const mode_t modes[] = {0775, 0757, 0750, 0700, 0711, 01777};

	make_store();
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod("package", modes[i]), 0);
		assert_is_public(false);
	}
	assert_int_equal(chmod("package", 0555), 0);
	assert_is_public(true);
	assert_int_equal(chmod("package", 0755), 0);
	if (getuid() == 0) {
		assert_int_equal(chown("package", 1, 0), 0);
		assert_is_public(false);
	}
}

static void test_a_directory_behind_a_link_is_not_opened(void **state)
{
	make_store();
	assert_int_equal(rename("package", "elsewhere"), 0);
	assert_int_equal(symlink("elsewhere", "package"), 0);
	assert_is_public(false);
}

/* The certificates that an administrator adds lie in the directory itself, or anywhere. */
static void test_other_files_are_named_one_by_one(void **state)
{
	make_store();
	make_file("certs/own.pem");
	assert_int_equal(symlink("own.pem", "certs/00000003.0"), 0);
	make_file("certs/00000004.1");
	assert_int_equal(symlink("/opt/company/ca.crt", "certs/00000005.0"), 0);
	assert_int_equal(symlink("../package/one.crt", "certs/00000006.0"), 0);
	assert_int_equal(symlink("00000007.0", "certs/00000007.0"), 0); /* leads to itself */
	make_file("certs/0000000.0");
	make_file("certs/ca-certificates.crt");
	if (getuid() == 0)
		assert_lists("00000003.0 00000004.1 00000005.0 00000006.0 00000007.0|package");
	else
		assert_lists("00000001.0 00000002.0 00000003.0 00000004.1 00000005.0 "
			     "00000006.0 00000007.0|");
}

static void test_a_directory_outside_the_public_root_is_not_opened(void **state)
{
	AUTO(ca_store) struct ca_store store = CA_STORE_INIT;

	make_store();
	ca_store_add_hashed(&store, "certs", "/usr/share/");
	assert_int_equal(store.dirs.count, 0);
	assert_int_equal(store.files.count, 2);
}

static void test_the_package_is_found_behind_a_few_other_links(void **state)
{
	make_store();
	assert_first_look_finds("|package");
	for (int i = 0; i < 3; i++) {
		AUTO_FREE char *name = xasprintf("package/more%d.crt", i);
		AUTO_FREE char *link = xasprintf("certs/0000000%d.5", i);

		make_file(name);
		assert_int_equal(symlink("/opt/company/ca.crt", link), 0);
	}
	assert_first_look_finds("|package");
}

/* Then all links are looked at. */
static void test_a_first_look_ends_soon(void **state)
{
	make_store();
	for (int i = 0; i < 4; i++) {
		AUTO_FREE char *name = xasprintf("package/more%d.crt", i);
		AUTO_FREE char *link = xasprintf("certs/0000000%d.0", i);

		make_file(name);
		(void)unlink(link);
		make_file(link);
	}
	make_certificate("package", "00000004.0", "four.crt");
	assert_first_look_finds(NULL);
	assert_int_equal(unlink("certs/00000003.0"), 0);
	assert_first_look_finds("|package");
	make_file("package/server.key");
	assert_first_look_finds(NULL);
}

/* Those who add a certificate have requests to a server that needs it. */
static void test_more_links_than_the_package_has_certificates_are_looked_at(void **state)
{
	make_store();
	make_file("certs/00000003.0");
	assert_first_look_finds(NULL);
	make_file("package/three.crt");
	assert_first_look_finds("|package");
}

static void test_a_missing_store_has_nothing(void **state)
{
	AUTO(ca_store) struct ca_store store = CA_STORE_INIT;

	assert_false(ca_store_add_package(&store, "missing", "/usr/share/"));
	ca_store_add_hashed(&store, "missing", "/usr/share/");
	assert_int_equal(store.dirs.count + store.files.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_package_of_certificates_is_one_directory),
		scratch_test(test_a_directory_that_might_hold_something_else_is_not_opened),
		scratch_test(test_a_directory_that_others_write_to_or_cannot_list_is_not_opened),
		scratch_test(test_a_directory_behind_a_link_is_not_opened),
		scratch_test(test_other_files_are_named_one_by_one),
		scratch_test(test_a_directory_outside_the_public_root_is_not_opened),
		scratch_test(test_the_package_is_found_behind_a_few_other_links),
		scratch_test(test_a_first_look_ends_soon),
		scratch_test(test_more_links_than_the_package_has_certificates_are_looked_at),
		scratch_test(test_a_missing_store_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
