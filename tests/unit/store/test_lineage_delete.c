/*
 * Deleting a lineage, and links after files were moved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/generations.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_delete.h"
#include "store/lineage/lineage_links.h"

static void delete_it(int wanted, struct error *err)
{
	AUTO(strvec) struct strvec sharers = STRVEC_INIT;
	int rc = lineage_delete(CONFIG, NAME, &sharers, err);

	if (rc != wanted)
		fail_msg("%d: %s", rc, err->text ? err->text : "no error");
	assert_int_equal(sharers.count, 0);
}

static bool is_gone(void)
{
	return !file_exists(CONFIG "/renewal/a.test.conf") &&
	       !file_exists(CONFIG "/renewal/.a.test.part") &&
	       !file_exists(CONFIG "/live/a.test") && !file_exists(CONFIG "/archive/a.test");
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

/* The example of the user guide: the files are moved and the conf is edited. */
static void test_a_readme_that_the_move_left_goes_too(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");
	static const char *const kinds[] = {"cert", "privkey", "chain", "fullchain"};

	assert_int_equal(dir_make("moved", 0755, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO_FREE char *old = xasprintf(CONFIG "/live/a.test/%s.pem", kinds[i]);
		AUTO_FREE char *new = xasprintf("moved/%s.pem", kinds[i]);
		AUTO_FREE char *path = path_absolute(new);
		AUTO_FREE char *target = xasprintf("../" CONFIG "/archive/a.test/%s1.pem",
						   kinds[i]);

		assert_int_equal(file_remove(old, &err), 0);
		assert_int_equal(file_symlink(target, new, &err), 0);
		ini_set(ini_root(lineage_conf(lineage)), kinds[i], path);
	}
	assert_int_equal(lineage_save_conf(lineage, &err), 0);
	delete_it(0, &err);
	assert_true(is_gone());
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

	lineage_free(created("1"));
	put_record(CONFIG "/renewal/.a.test.part", "delete", NAME);
	assert_int_equal(file_remove(CONFIG "/renewal/a.test.conf", &err), 0);
	assert_int_equal(file_remove(CONFIG "/live/a.test/cert.pem", &err), 0);
	assert_int_equal(recovered(), 1);
	assert_true(is_gone());
}

/* Whatever a file in renewal/ is called, a lineage goes only by a record that says so. */
static void test_no_file_but_a_record_deletes_anything(void **state)
{
	static const char *const names[] = {"a.test.part", "a.test.conf.part", "backup-of-a.part",
					    ".a.test.part", ".a.test.conf.part"};
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	for (int with_conf = 1; with_conf >= 0; with_conf--)
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			AUTO_FREE char *path = xasprintf(CONFIG "/renewal/%s", names[i]);
			AUTO_FREE char *kept = xasprintf(CONFIG "/renewal/%s.kept", names[i]);
			AUTO(strvec) struct strvec listed = STRVEC_INIT;

			if (with_conf) {
				AUTO_FREE char *conf = text_of(CONFIG "/renewal/a.test.conf");

				put_text(path, conf);
				put_text(kept, conf);
			}
			assert_int_equal(recovered(), 0);
			assert_int_equal(lineage_names(CONFIG, &listed, &err), 0);
			assert_int_equal(listed.count, (size_t)with_conf);
			assert_true(file_exists(path));
			assert_true(is_fixture(CONFIG "/live/a.test/privkey.pem", "1", ".key.pem"));
			if (with_conf && i + 1 == ARRAY_LEN(names))
				assert_int_equal(file_remove(CONFIG "/renewal/a.test.conf", &err),
						 0);
		}
}

/* The record of one lineage under the name of another, as a restored backup may have it. */
static void test_a_record_of_another_name_is_not_believed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	put_record(CONFIG "/renewal/.b.test.part", "delete", NAME);
	assert_int_equal(file_remove(CONFIG "/renewal/a.test.conf", &err), 0);
	assert_int_equal(recovered(), 0);
	assert_true(is_fixture(CONFIG "/live/a.test/privkey.pem", "1", ".key.pem"));
}

static void copy_conf(const char *name)
{
	AUTO_FREE char *conf = text_of(CONFIG "/renewal/a.test.conf");
	AUTO_FREE char *path = xasprintf(CONFIG "/renewal/%s.conf", name);

	put_text(path, conf);
}

/* Deletes one of two lineages and returns who is said to use its files. */
static void delete_shared(const char *name, const char *wanted)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec sharers = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (lineage_delete(CONFIG, name, &sharers, &err) < 0)
		fail_msg("%s", err.text);
	joined = strvec_join(&sharers, " ");
	assert_string_equal(joined, wanted);
}

static void test_files_of_another_lineage_stay(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	copy_conf("copy");
	delete_shared(NAME, "copy");
	assert_false(file_exists(CONFIG "/renewal/a.test.conf"));
	assert_true(is_fixture(CONFIG "/live/a.test/privkey.pem", "1", ".key.pem"));
	assert_true(file_exists(CONFIG "/live/a.test/README"));
	/* The last one takes them along. */
	delete_shared("copy", "");
	assert_false(file_exists(CONFIG "/live/a.test"));
	assert_false(file_exists(CONFIG "/archive/a.test"));
	delete_it(ERR_NOT_FOUND, &err);
}

static void test_an_archive_that_links_of_another_lead_into_stays(void **state)
{
	AUTO(lineage) struct lineage *other = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	static const char *const kinds[] = {"cert", "privkey", "chain", "fullchain"};

	lineage_free(created("1"));
	assert_int_equal(create("b.test", "2", &other, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO_FREE char *link = xasprintf(CONFIG "/live/b.test/%s.pem", kinds[i]);
		AUTO_FREE char *target = xasprintf("../../archive/a.test/%s1.pem", kinds[i]);

		assert_int_equal(file_remove(link, &err), 0);
		assert_int_equal(file_symlink(target, link, &err), 0);
	}
	delete_shared(NAME, "b.test");
	assert_true(is_fixture(CONFIG "/live/b.test/privkey.pem", "1", ".key.pem"));
	assert_false(file_exists(CONFIG "/live/a.test"));
}

static void test_files_that_a_broken_conf_names_stay(void **state)
{
	AUTO_FREE char *text = xasprintf("[[broken\narchive_dir = %s/config/archive/a.test\n",
					 scratch_dir);

	lineage_free(created("1"));
	put_text(CONFIG "/renewal/broken.conf", text);
	delete_shared(NAME, "broken");
	assert_true(file_exists(CONFIG "/archive/a.test/privkey1.pem"));
	assert_false(file_exists(CONFIG "/live/a.test"));
}

/* The admin keeps the directories elsewhere and has links to them. */
static void test_directories_behind_links_lose_our_files_only(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	assert_int_equal(file_rename(CONFIG "/live/a.test", "tls", &err), 0);
	assert_int_equal(file_symlink("../../tls", CONFIG "/live/a.test", &err), 0);
	assert_int_equal(file_rename(CONFIG "/archive/a.test", "old", &err), 0);
	assert_int_equal(file_symlink("../../old", CONFIG "/archive/a.test", &err), 0);
	put_text("old/notes.txt", "mine");
	delete_it(0, &err);
	assert_true(is_gone());
	assert_false(file_is_symlink(CONFIG "/live/a.test"));
	assert_false(file_is_symlink(CONFIG "/archive/a.test"));
	assert_true(dir_is_empty("tls"));
	assert_true(file_exists("old/notes.txt"));
	assert_false(file_exists("old/privkey1.pem"));
	/* The name can be used again. */
	lineage_free(created("2"));
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
		scratch_test(test_a_readme_that_the_move_left_goes_too),
		scratch_test(test_missing_parts_are_no_obstacle),
		scratch_test(test_a_broken_conf_goes_and_the_rest_is_named),
		scratch_test(test_a_deletion_that_was_cut_short_is_finished),
		scratch_test(test_no_file_but_a_record_deletes_anything),
		scratch_test(test_a_record_of_another_name_is_not_believed),
		scratch_test(test_files_of_another_lineage_stay),
		scratch_test(test_an_archive_that_links_of_another_lead_into_stays),
		scratch_test(test_files_that_a_broken_conf_names_stay),
		scratch_test(test_directories_behind_links_lose_our_files_only),
		scratch_test(test_an_archive_elsewhere_loses_our_files_only),
		scratch_test(test_links_follow_an_archive_that_was_moved),
		scratch_test(test_links_follow_a_live_directory_that_was_moved),
		scratch_test(test_links_to_nothing_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
