/*
 * Generations: stored, shown, refused, inherited from, pruned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/generations.h"
#include "store/lineage/lineage_drafts.h"

#define ARCHIVE CONFIG "/archive/a.test/"
#define LIVE CONFIG "/live/a.test/"

static void add_good(struct lineage *lineage, const char *generation)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(add(lineage, generation, generation, &err), 0);
}

static void deploy(struct lineage *lineage)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (show(lineage, LINEAGE_ALLOW_OLDER, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_a_generation_is_shown_only_when_it_is_deployed(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;

	assert_false(lineage_has_pending(lineage));
	add_good(lineage, "2");
	assert_true(is_fixture(LIVE "cert.pem", "1", ".cert.pem"));
	assert_int_equal(lineage_current_version(lineage), 1);
	assert_int_equal(lineage_latest_version(lineage), 2);
	assert_true(lineage_has_pending(lineage));
	assert_int_equal(show(lineage, 0, &err), 0);
	assert_int_equal(lineage_current_version(lineage), 2);
	assert_false(lineage_has_pending(lineage));
	assert_true(is_fixture(LIVE "cert.pem", "2", ".cert.pem"));
	assert_true(is_fixture(LIVE "privkey.pem", "2", ".key.pem"));
}

static void test_the_certificate_is_read_again_after_a_switch(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	assert_int_equal(lineage_cert(lineage, &cert, &err), 0);
	assert_int_equal(cert_key_kind(cert), KEY_RSA);
	add_good(lineage, "2");
	deploy(lineage);
	assert_int_equal(lineage_cert(lineage, &cert, &err), 0);
	assert_int_equal(cert_key_kind(cert), KEY_EC);
}

static void test_a_key_that_does_not_fit_is_not_stored(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(add(lineage, "2", "1", &err), ERR_REFUSED);
	assert_int_equal(lineage_latest_version(lineage), 1);
	assert_false(file_exists(ARCHIVE "cert2.pem"));
}

/* Who knows the digests spares the store the decoding, not the comparison. */
static void test_known_digests_are_compared(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf one = STRBUF_INIT;
	AUTO(strbuf) struct strbuf another = STRBUF_INIT;
	AUTO(texts) struct texts texts;

	take_texts(&texts, "2", "2");
	strbuf_adds(&one, "a digest");
	strbuf_adds(&another, "A digest");
	texts.generation.cert_key = &one;
	texts.generation.public_key = &another;
	assert_int_equal(lineage_add_generation(lineage, &texts.generation, &err), ERR_REFUSED);
	assert_int_equal(lineage_latest_version(lineage), 1);
	error_release(&err);
	texts.generation.public_key = &one;
	assert_int_equal(lineage_add_generation(lineage, &texts.generation, &err), 0);
	assert_int_equal(lineage_latest_version(lineage), 2);
}

static void test_a_key_that_does_not_fit_is_never_shown(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *old_key = text_of(ARCHIVE "privkey1.pem");

	add_good(lineage, "2");
	put_text(ARCHIVE "privkey2.pem", old_key);
	assert_int_equal(show(lineage, LINEAGE_ALLOW_OLDER, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "its key does not match"));
	assert_true(is_fixture(LIVE "cert.pem", "1", ".cert.pem"));
}

static void test_an_earlier_expiry_is_not_shown_unless_wanted(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("2");
	AUTO(error) struct error err = ERROR_INIT;

	add_good(lineage, "early");
	assert_int_equal(show(lineage, 0, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "it expires at 2026-03-09T00:00:00Z"));
	assert_true(is_fixture(LIVE "cert.pem", "2", ".cert.pem"));
	deploy(lineage);
	assert_true(is_fixture(LIVE "cert.pem", "early", ".cert.pem"));
}

static void test_an_incomplete_generation_is_passed_over(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;

	put_text(ARCHIVE "cert2.pem", "cut short");
	put_text(ARCHIVE "cert07.pem", "not a number of ours");
	put_text(ARCHIVE "cert3.pem.bak", "not ours at all");
	assert_int_equal(lineage_latest_version(lineage), 1);
	assert_false(lineage_has_pending(lineage));
	assert_int_equal(show(lineage, 0, &err), 0);
	add_good(lineage, "2");
	assert_true(is_fixture(ARCHIVE "cert3.pem", "2", ".cert.pem"));
	assert_int_equal(lineage_latest_version(lineage), 3);
	assert_true(lineage_has_pending(lineage));
}

static void test_files_that_were_cut_short_are_never_shown(void **state)
{
	static const char *const files[] = {"cert2.pem", "privkey2.pem", "chain2.pem",
					    "fullchain2.pem"};
	AUTO(lineage) struct lineage *lineage = created("1");

	add_good(lineage, "2");
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO_FREE char *path = path_join(ARCHIVE, files[i]);
		AUTO_FREE char *whole = text_of(path);

		put_text(path, "");
		assert_int_equal(show(lineage, LINEAGE_ALLOW_OLDER, &err), ERR_REFUSED);
		assert_true(is_fixture(LIVE "cert.pem", "1", ".cert.pem"));
		put_text(path, whole);
	}
	deploy(lineage);
}

static void test_drafts_of_a_crash_are_replaced(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	put_text(ARCHIVE ".privkey.pem.new", "cut sho");
	add_good(lineage, "2");
	assert_int_equal(dir_list(CONFIG "/archive/a.test", ".new", &names, &err), 0);
	assert_int_equal(names.count, 0);
}

/* Takes names from the files of generation 2, from the last kind on. */
static void unname(int first)
{
	static const char *const kinds[] = {"cert", "privkey", "chain", "fullchain"};

	for (int i = first; i < STORE_KIND__COUNT; i++) {
		AUTO_FREE char *name = xasprintf(ARCHIVE "%s2.pem", kinds[i]);
		AUTO_FREE char *draft = xasprintf(ARCHIVE ".%s.pem.new", kinds[i]);
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(file_rename(name, draft, &err), 0);
	}
}

static void test_a_generation_whose_naming_was_cut_short_is_completed(void **state)
{
	for (int first = 0; first < STORE_KIND__COUNT; first++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(lineage) struct lineage *lineage = created("1");

		add_good(lineage, "2");
		unname(first);
		assert_true(lineage_has_pending(lineage));
		deploy(lineage);
		assert_true(is_fixture(LIVE "privkey.pem", "2", ".key.pem"));
		assert_false(lineage_has_pending(lineage));
		assert_int_equal(dir_remove_tree(CONFIG, &err), 0);
	}
}

/* One of the second key may have a higher number, whole or not: both are numbered together. */
static void test_naming_passes_over_the_numbers_of_the_second(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("1");

	lineage_expect_second(lineage, "rsa");
	add_good(lineage, "2");
	unname(0);
	put_text(ARCHIVE "cert-rsa4.pem", "left");
	assert_int_equal(lineage_settle(lineage, &err), 0);
	assert_false(file_exists(ARCHIVE "cert2.pem"));
	assert_true(is_fixture(ARCHIVE "privkey5.pem", "2", ".key.pem"));
}

static void test_drafts_that_make_no_generation_go_but_for_the_key(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *chain = NULL;

	add_good(lineage, "2");
	unname(0);
	chain = text_of(ARCHIVE ".chain.pem.new");
	put_text(ARCHIVE ".fullchain.pem.new", chain);
	assert_true(lineage_has_pending(lineage));
	deploy(lineage);
	assert_true(is_fixture(LIVE "privkey.pem", "1", ".key.pem"));
	assert_true(is_fixture(ARCHIVE ".privkey.pem.new", "2", ".key.pem"));
	assert_false(file_exists(ARCHIVE ".cert.pem.new"));
	assert_false(lineage_has_pending(lineage));
}

static void test_mixed_links_are_repaired(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = created("2");

	/* Somebody pointed one link to the next generation, which is not complete. */
	put_text(ARCHIVE "cert2.pem", "cut short");
	assert_int_equal(file_remove(LIVE "cert.pem", &err), 0);
	assert_int_equal(file_symlink("../../archive/a.test/cert2.pem", LIVE "cert.pem", &err), 0);
	lineage_free(lineage);
	lineage = opened();
	assert_true(lineage_has_pending(lineage));
	assert_int_equal(show(lineage, 0, &err), 0);
	assert_true(is_fixture(LIVE "cert.pem", "2", ".cert.pem"));
	assert_false(lineage_has_pending(lineage));
}

static void test_mode_and_group_of_the_key_are_inherited(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	struct stat attributes;

	assert_int_equal(chmod(ARCHIVE "privkey1.pem", 0660), 0);
	assert_int_equal(chown(ARCHIVE "privkey1.pem", 1, 5), 0);
	add_good(lineage, "2");
	assert_int_equal(stat(ARCHIVE "privkey2.pem", &attributes), 0);
	/* Certbot's rule: all bits of the group, and reading by others. */
	assert_int_equal(attributes.st_mode & 07777, 0660);
	assert_int_equal(attributes.st_gid, 5);
	assert_int_equal(attributes.st_uid, geteuid());
	assert_int_equal(chmod(ARCHIVE "privkey1.pem", 0647), 0);
	add_good(lineage, "2");
	assert_int_equal(stat(ARCHIVE "privkey3.pem", &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0644);
}

static void test_keys_that_are_links_are_read(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(key) struct key *key = NULL;

	/* Certbot's --reuse-key once linked the key of a generation to that of an earlier one. */
	add_good(lineage, "1");
	assert_int_equal(file_remove(ARCHIVE "privkey2.pem", &err), 0);
	assert_int_equal(file_symlink("privkey1.pem", ARCHIVE "privkey2.pem", &err), 0);
	deploy(lineage);
	assert_int_equal(lineage_current_version(lineage), 2);
	assert_int_equal(lineage_read_key(lineage, &key, &err), 0);
}

static void test_five_earlier_generations_are_kept(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");

	for (int i = 2; i <= 8; i++)
		add_good(lineage, i % 2 ? "1" : "2");
	deploy(lineage);
	put_text(ARCHIVE "notes.txt", "kept");
	lineage_prune(lineage);
	assert_false(file_exists(ARCHIVE "cert2.pem"));
	assert_false(file_exists(ARCHIVE "privkey1.pem"));
	assert_true(file_exists(ARCHIVE "fullchain3.pem"));
	assert_true(file_exists(ARCHIVE "cert8.pem"));
	assert_true(file_exists(ARCHIVE "notes.txt"));
}

static void test_a_key_that_others_link_to_is_kept(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO(error) struct error err = ERROR_INIT;

	for (int i = 2; i <= 8; i++)
		add_good(lineage, "1");
	assert_int_equal(file_remove(ARCHIVE "privkey8.pem", &err), 0);
	assert_int_equal(file_symlink("privkey1.pem", ARCHIVE "privkey8.pem", &err), 0);
	deploy(lineage);
	lineage_prune(lineage);
	assert_true(file_exists(ARCHIVE "privkey1.pem"));
	assert_false(file_exists(ARCHIVE "cert1.pem"));
	assert_false(file_exists(ARCHIVE "privkey2.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_generation_is_shown_only_when_it_is_deployed),
		scratch_test(test_the_certificate_is_read_again_after_a_switch),
		scratch_test(test_a_key_that_does_not_fit_is_not_stored),
		scratch_test(test_known_digests_are_compared),
		scratch_test(test_a_key_that_does_not_fit_is_never_shown),
		scratch_test(test_an_earlier_expiry_is_not_shown_unless_wanted),
		scratch_test(test_an_incomplete_generation_is_passed_over),
		scratch_test(test_files_that_were_cut_short_are_never_shown),
		scratch_test(test_drafts_of_a_crash_are_replaced),
		scratch_test(test_a_generation_whose_naming_was_cut_short_is_completed),
		scratch_test(test_naming_passes_over_the_numbers_of_the_second),
		scratch_test(test_drafts_that_make_no_generation_go_but_for_the_key),
		scratch_test(test_mixed_links_are_repaired),
		scratch_test(test_mode_and_group_of_the_key_are_inherited),
		scratch_test(test_keys_that_are_links_are_read),
		scratch_test(test_five_earlier_generations_are_kept),
		scratch_test(test_a_key_that_others_link_to_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
