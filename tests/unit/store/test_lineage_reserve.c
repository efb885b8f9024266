/*
 * What is made before a certificate is asked for: drafts, room, and what becomes of them when the
 * certificate comes, when it does not, and when the run is cut short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/generations.h"

#define ARCHIVE CONFIG "/archive/a.test/"
#define KEY_DRAFT ARCHIVE ".privkey.pem.new"

static struct stat stat_of(const char *path)
{
	struct stat attributes;

	if (stat(path, &attributes) < 0)
		fail_msg("no '%s'", path);
	return attributes;
}

static void reserve(struct lineage *lineage, const char *generation)
{
	AUTO(texts) struct texts texts;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	take_texts(&texts, generation, generation);
	if (lineage_reserve(lineage, &texts.generation, &notes, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(notes.count, 0);
}

static struct lineage *begun(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	if (lineage_begin(&begin_request, &lineage, &err) < 0)
		fail_msg("%s", err.text);
	return lineage;
}

static void assert_entries(const char *dir, const char *wanted)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (dir_list(dir, "", &names, &err) < 0)
		fail_msg("%s", err.text);
	joined = strvec_join(&names, " ");
	assert_string_equal(joined, wanted);
}

static void test_the_key_and_room_are_on_disk_before_the_certificate(void **state)
{
	AUTO(lineage) struct lineage *lineage = begun();

	reserve(lineage, "1");
	assert_true(is_fixture(KEY_DRAFT, "1", ".key.pem"));
	assert_int_equal(stat_of(KEY_DRAFT).st_mode & 07777, 0600);
	assert_true(stat_of(ARCHIVE ".cert.pem.new").st_blocks > 0);
	assert_true(stat_of(ARCHIVE ".chain.pem.new").st_blocks > 0);
	assert_true(stat_of(ARCHIVE ".fullchain.pem.new").st_blocks * 512 > 16384);
	assert_false(file_exists(CONFIG "/live/a.test"));
	assert_false(file_exists(CONFIG "/renewal/a.test.conf"));
}

static void test_nothing_is_left_of_a_certificate_that_did_not_come(void **state)
{
	AUTO(lineage) struct lineage *lineage = begun();

	reserve(lineage, "1");
	lineage_abandon(lineage, 0);
	assert_entries(CONFIG "/archive", "");
	assert_entries(CONFIG "/renewal", "");
}

static void test_a_renewal_that_failed_leaves_the_archive_as_it_was(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");

	reserve(lineage, "2");
	lineage_abandon(lineage, 0);
	assert_entries(ARCHIVE, "cert1.pem chain1.pem fullchain1.pem privkey1.pem");
	assert_true(is_fixture(CONFIG "/live/a.test/cert.pem", "1", ".cert.pem"));
}

static void test_the_key_of_a_run_that_was_stopped_may_be_kept(void **state)
{
	AUTO(lineage) struct lineage *lineage = begun();

	reserve(lineage, "1");
	lineage_abandon(lineage, LINEAGE_KEEP_KEY);
	assert_entries(ARCHIVE, ".privkey.pem.new");
}

/* As after a crash behind lineage_reserve(): the next run for the name uses the key. */
static void test_the_key_of_a_crash_is_offered_to_the_next_run(void **state)
{
	AUTO(lineage) struct lineage *next = NULL;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(key) struct key *key = NULL;
	AUTO(texts) struct texts texts;

	{
		AUTO(lineage) struct lineage *lineage = begun();

		assert_false(lineage_left_key(lineage, &key));
		reserve(lineage, "1");
	}
	assert_int_equal(lineage_recover(CONFIG, NULL, &notes, &err), 0);
	assert_entries(ARCHIVE, ".privkey.pem.new");
	next = begun();
	assert_true(lineage_left_key(next, &key));
	reserve(next, "1");
	lineage_abandon(next, 0); /* it is not this run's to remove */
	assert_true(is_fixture(KEY_DRAFT, "1", ".key.pem"));
	reserve(next, "1");
	take_texts(&texts, "1", "1");
	assert_int_equal(lineage_create(next, &texts.generation, &err), 0);
	assert_true(is_fixture(CONFIG "/live/a.test/privkey.pem", "1", ".key.pem"));
	assert_entries(ARCHIVE, "cert1.pem chain1.pem fullchain1.pem privkey1.pem");
}

static void test_another_key_in_the_draft_is_set_aside(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *other = NULL;

	reserve(lineage, "early");
	reserve(lineage, "2");
	assert_true(is_fixture(KEY_DRAFT, "2", ".key.pem"));
	assert_true(is_fixture(KEY_DRAFT ".1", "early", ".key.pem"));
	put_text(KEY_DRAFT, "cut sho");
	reserve(lineage, "2");
	assert_false(file_exists(KEY_DRAFT ".2"));
}

static void test_a_key_gets_the_rights_of_the_present_one(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");

	if (chmod(ARCHIVE "privkey1.pem", 0640) < 0)
		fail();
	reserve(lineage, "2");
	assert_int_equal(stat_of(KEY_DRAFT).st_mode & 07777, 0640);
}

static void test_the_room_is_filled_in_place(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;
	ino_t inode;

	reserve(lineage, "2");
	inode = stat_of(ARCHIVE ".cert.pem.new").st_ino;
	assert_int_equal(add(lineage, "2", "2", &err), 0);
	assert_int_equal(stat_of(ARCHIVE "cert2.pem").st_ino, inode);
	assert_true(is_fixture(ARCHIVE "cert2.pem", "2", ".cert.pem"));
	/* What was kept for conf and links is free for them. */
	assert_true(stat_of(ARCHIVE "fullchain2.pem").st_blocks * 512 < 16384);
}

static void test_a_directory_with_our_readme_alone_is_free(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	assert_int_equal(dir_make(CONFIG "/live/a.test", 0755, &err), 0);
	put_text(CONFIG "/live/a.test/README", "This directory contains your key");
	lineage = created("1");
	assert_true(is_fixture(CONFIG "/live/a.test/cert.pem", "1", ".cert.pem"));
}

static void test_what_is_in_the_way_is_found_before_with_what_to_do(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	assert_int_equal(dir_make(CONFIG "/archive/a.test", 0755, &err), 0);
	put_text(CONFIG "/archive/a.test/privkey1.pem", "somebody's");
	assert_int_equal(lineage_begin(&begin_request, &lineage, &err), ERR_EXISTS);
	assert_non_null(strstr(err.hint, "archive/a.test"));
	assert_non_null(strstr(err.hint, "--cert-name"));
}

/* What a damaged generation has left keeps its number: nothing is overwritten. */
static void test_a_second_that_cannot_be_stored_is_found_before(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(texts) struct texts texts;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	lineage_expect_second(lineage, "rsa");
	assert_int_equal(lineage_second_gap(lineage), 1);
	put_text(ARCHIVE "cert-rsa1.pem", "left");
	assert_int_equal(lineage_second_gap(lineage), 0);
	take_texts(&texts, "2", "2");
	texts.generation.suffix = "-rsa";
	assert_int_equal(lineage_reserve(lineage, &texts.generation, &notes, &err), ERR_EXISTS);
	assert_false(file_exists(ARCHIVE ".privkey-rsa.pem.new"));
}

static void test_a_directory_that_is_none_is_found_before(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(texts) struct texts texts;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_remove_tree(CONFIG "/archive/a.test", &err), 0);
	put_text(CONFIG "/archive/a.test", "a file");
	take_texts(&texts, "2", "2");
	assert_true(lineage_reserve(lineage, &texts.generation, &notes, &err) < 0);
	assert_non_null(strstr(err.text, "cannot prepare to store a certificate as 'a.test'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_the_key_and_room_are_on_disk_before_the_certificate),
		scratch_test(test_nothing_is_left_of_a_certificate_that_did_not_come),
		scratch_test(test_a_renewal_that_failed_leaves_the_archive_as_it_was),
		scratch_test(test_the_key_of_a_run_that_was_stopped_may_be_kept),
		scratch_test(test_the_key_of_a_crash_is_offered_to_the_next_run),
		scratch_test(test_another_key_in_the_draft_is_set_aside),
		scratch_test(test_a_key_gets_the_rights_of_the_present_one),
		scratch_test(test_the_room_is_filled_in_place),
		scratch_test(test_a_directory_with_our_readme_alone_is_free),
		scratch_test(test_what_is_in_the_way_is_found_before_with_what_to_do),
		scratch_test(test_a_second_that_cannot_be_stored_is_found_before),
		scratch_test(test_a_directory_that_is_none_is_found_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
