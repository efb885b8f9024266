/*
 * Deleting a lineage, and links after files were moved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/generations.h"

static void delete_it(int wanted, struct error *err)
{
	int rc = lineage_delete(CONFIG, NAME, err);

	if (rc != wanted)
		fail_msg("%d: %s", rc, err->text ? err->text : "no error");
}

static bool is_gone(void)
{
	return !file_exists(CONFIG "/renewal/a.test.conf") &&
	       !file_exists(CONFIG "/renewal/a.test.part") && !file_exists(CONFIG "/live/a.test") &&
	       !file_exists(CONFIG "/archive/a.test");
}

static void test_everything_goes(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	delete_it(0, &err);
	assert_true(is_gone());
	assert_true(file_exists(CONFIG "/live/README"));
	delete_it(ERR_NOT_FOUND, &err);
}

static void test_files_of_the_user_stay(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	put_text(CONFIG "/live/a.test/combined.pem", "mine");
	delete_it(0, &err);
	assert_true(file_exists(CONFIG "/live/a.test/combined.pem"));
	assert_false(file_exists(CONFIG "/live/a.test/README"));
	assert_false(file_is_symlink(CONFIG "/live/a.test/cert.pem"));
	assert_false(file_exists(CONFIG "/archive/a.test"));
}

static void test_missing_parts_are_no_obstacle(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	assert_int_equal(dir_remove_tree(CONFIG "/archive/a.test", &err), 0);
	assert_int_equal(file_remove(CONFIG "/live/a.test/chain.pem", &err), 0);
	delete_it(0, &err);
	assert_true(is_gone());
}

static void test_a_broken_conf_goes_and_the_rest_is_named(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	put_text(CONFIG "/renewal/a.test.conf", "[[broken\n");
	delete_it(ERR_PARSE, &err);
	assert_false(file_exists(CONFIG "/renewal/a.test.conf"));
	assert_non_null(strstr(err.text, "error parsing config/renewal/a.test.conf"));
	assert_non_null(strstr(err.hint, "config/live/a.test"));
	assert_non_null(strstr(err.hint, "config/archive/a.test"));
	assert_true(file_exists(CONFIG "/archive/a.test/cert1.pem"));
}

static void test_a_deletion_that_was_cut_short_is_finished(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	lineage_free(created("1"));
	assert_int_equal(
		file_rename(CONFIG "/renewal/a.test.conf", CONFIG "/renewal/a.test.part", &err), 0);
	assert_int_equal(file_remove(CONFIG "/live/a.test/cert.pem", &err), 0);
	assert_int_equal(lineage_names(CONFIG, &names, &err), 0);
	assert_int_equal(names.count, 0);
	assert_true(is_gone());
}

static void test_an_archive_elsewhere_loses_our_files_only(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");

	assert_int_equal(file_rename(CONFIG "/archive/a.test", "elsewhere", &err), 0);
	put_text("elsewhere/cert.pem", "mine");
	ini_set(ini_root(lineage_conf(lineage)), "archive_dir", "elsewhere");
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	delete_it(0, &err);
	assert_true(file_exists("elsewhere/cert.pem"));
	assert_false(file_exists("elsewhere/privkey1.pem"));
	assert_true(is_gone());
}

static void test_links_follow_an_archive_that_was_moved(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *target = NULL;

	assert_int_equal(file_rename(CONFIG "/archive/a.test", "moved", &err), 0);
	ini_set(ini_root(lineage_conf(lineage)), "archive_dir", "moved");
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	assert_int_equal(lineage_update_symlinks(CONFIG, NAME, &err), 0);
	assert_int_equal(file_read_link(CONFIG "/live/a.test/cert.pem", &target, &err), 0);
	assert_string_equal(target, "../../../moved/cert1.pem");
	lineage_free(opened());
}

static void test_links_follow_a_live_directory_that_was_moved(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *old = NULL, *conf = NULL;
	static const char *const keys[] = {"cert", "privkey", "chain", "fullchain"};
	AUTO(lineage) struct lineage *lineage = created("1");

	assert_int_equal(dir_make("srv/tls", 0755, &err), 0);
	assert_int_equal(file_rename(CONFIG "/live/a.test", "srv/tls/a", &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		AUTO_FREE char *path = xasprintf("%s/srv/tls/a/%s.pem", scratch_dir, keys[i]);

		ini_set(ini_root(lineage_conf(lineage)), keys[i], path);
	}
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	assert_int_equal(lineage_update_symlinks(CONFIG, NAME, &err), 0);
	assert_true(is_fixture("srv/tls/a/privkey.pem", "1", ".key.pem"));
}

static void test_links_to_nothing_are_reported(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	assert_int_equal(dir_remove_tree(CONFIG "/archive/a.test", &err), 0);
	assert_int_equal(lineage_update_symlinks(CONFIG, NAME, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, "does not exist"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_everything_goes),
		scratch_test(test_files_of_the_user_stay),
		scratch_test(test_missing_parts_are_no_obstacle),
		scratch_test(test_a_broken_conf_goes_and_the_rest_is_named),
		scratch_test(test_a_deletion_that_was_cut_short_is_finished),
		scratch_test(test_an_archive_elsewhere_loses_our_files_only),
		scratch_test(test_links_follow_an_archive_that_was_moved),
		scratch_test(test_links_follow_a_live_directory_that_was_moved),
		scratch_test(test_links_to_nothing_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
