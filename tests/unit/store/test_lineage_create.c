/*
 * New lineages: layout, names, what is in the way, what a crash left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "store/generations.h"

#define RECORD CONFIG "/renewal/.a.test.part"

static mode_t mode_of(const char *path)
{
	struct stat attributes;

	if (stat(path, &attributes) < 0)
		BUG("no '%s'", path);
	return attributes.st_mode & 07777;
}

static void assert_link(const char *path, const char *target)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *text = NULL;

	assert_int_equal(file_read_link(path, &text, &err), 0);
	assert_string_equal(text, target);
}

static void test_a_new_lineage_has_the_layout_of_certbot(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");

	assert_string_equal(lineage_name(lineage), NAME);
	assert_int_equal(lineage_current_version(lineage), 1);
	assert_link(CONFIG "/live/a.test/cert.pem", "../../archive/a.test/cert1.pem");
	assert_link(CONFIG "/live/a.test/privkey.pem", "../../archive/a.test/privkey1.pem");
	assert_link(CONFIG "/live/a.test/chain.pem", "../../archive/a.test/chain1.pem");
	assert_link(CONFIG "/live/a.test/fullchain.pem", "../../archive/a.test/fullchain1.pem");
	assert_true(is_fixture(CONFIG "/archive/a.test/cert1.pem", "1", ".cert.pem"));
	assert_true(is_fixture(CONFIG "/archive/a.test/privkey1.pem", "1", ".key.pem"));
	assert_true(file_exists(CONFIG "/live/README"));
	assert_true(file_exists(CONFIG "/live/a.test/README"));
}

static void test_a_missing_umask_opens_nothing(void **state)
{
	mode_t mask = umask(0);

	lineage_free(created("2"));
	umask(mask);
	assert_int_equal(mode_of(CONFIG "/live/a.test"), 0755);
	assert_int_equal(mode_of(CONFIG "/archive/a.test"), 0755);
	assert_int_equal(mode_of(CONFIG "/renewal"), 0755);
}

static void test_modes_are_those_of_certbot(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");

	assert_int_equal(mode_of(CONFIG "/live"), 0700);
	assert_int_equal(mode_of(CONFIG "/archive"), 0700);
	assert_int_equal(mode_of(CONFIG "/renewal"), 0755);
	assert_int_equal(mode_of(CONFIG "/live/a.test"), 0755);
	assert_int_equal(mode_of(CONFIG "/archive/a.test"), 0755);
	assert_int_equal(mode_of(CONFIG "/archive/a.test/privkey1.pem"), 0600);
	assert_int_equal(mode_of(CONFIG "/archive/a.test/cert1.pem"), 0644);
	assert_int_equal(mode_of(CONFIG "/archive/a.test/fullchain1.pem"), 0644);
	assert_int_equal(mode_of(CONFIG "/renewal/a.test.conf"), 0644);
}

static void test_the_conf_names_absolute_paths(void **state)
{
	AUTO(lineage) struct lineage *lineage = created("1");
	AUTO_FREE char *conf = text_of(CONFIG "/renewal/a.test.conf");
	AUTO_FREE char *wanted = xasprintf("version = 2.1.0\n"
					   "archive_dir = %1$s/config/archive/a.test\n"
					   "cert = %1$s/config/live/a.test/cert.pem\n"
					   "privkey = %1$s/config/live/a.test/privkey.pem\n"
					   "chain = %1$s/config/live/a.test/chain.pem\n"
					   "fullchain = %1$s/config/live/a.test/fullchain.pem\n"
					   "[renewalparams]\n"
					   "authenticator = standalone\n"
					   "server = https://ca.example.test/dir\n",
					   scratch_dir);

	assert_string_equal(conf, wanted);
}

static void test_a_taken_name_gets_a_number(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *first = created("1");
	AUTO(lineage) struct lineage *second = created("2");
	AUTO(lineage) struct lineage *third = created("1");
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	assert_string_equal(lineage_name(second), "a.test-0001");
	assert_string_equal(lineage_name(third), "a.test-0002");
	assert_link(CONFIG "/live/a.test-0001/cert.pem", "../../archive/a.test-0001/cert1.pem");
	assert_int_equal(lineage_names(CONFIG, &names, &err), 0);
	/* In the order of the whole file names: '-' comes before '.'. */
	assert_int_equal(names.count, 3);
	assert_string_equal(names.items[0], "a.test-0001");
	assert_string_equal(names.items[2], "a.test");
}

static void assert_refused(const char *what)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	assert_int_equal(create(NAME, "1", &lineage, &err), ERR_EXISTS);
	assert_non_null(strstr(err.text, what));
	assert_false(file_exists(CONFIG "/renewal/a.test.conf"));
	assert_false(file_exists(CONFIG "/renewal/.a.test.part"));
}

static void test_directories_of_others_are_not_touched(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make(CONFIG "/archive/a.test", 0755, &err), 0);
	put_text(CONFIG "/archive/a.test/mine", "mine");
	assert_refused("archive directory exists for a.test");
	assert_true(file_exists(CONFIG "/archive/a.test/mine"));
	assert_int_equal(dir_remove_tree(CONFIG "/archive/a.test", &err), 0);
	assert_int_equal(dir_make(CONFIG "/live/a.test", 0755, &err), 0);
	put_text(CONFIG "/live/a.test/mine", "mine");
	assert_refused("live directory exists for a.test");
	assert_true(file_exists(CONFIG "/live/a.test/mine"));
}

static void test_empty_directories_are_used(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	assert_int_equal(dir_make(CONFIG "/archive/a.test", 0755, &err), 0);
	assert_int_equal(dir_make(CONFIG "/live/a.test", 0755, &err), 0);
	lineage = created("1");
	assert_int_equal(lineage_current_version(lineage), 1);
}

static void test_a_key_that_does_not_fit_is_refused(void **state)
{
	AUTO(texts) struct texts texts;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;

	take_texts(&texts, "1", "2");
	assert_int_equal(lineage_begin(&begin_request, &lineage, &err), 0);
	assert_int_equal(lineage_reserve(lineage, &texts.generation, &notes, &err), 0);
	assert_int_equal(lineage_create(lineage, &texts.generation, &err), ERR_REFUSED);
	lineage_abandon(lineage, 0);
	assert_false(file_exists(CONFIG "/renewal/a.test.conf"));
	assert_false(file_exists(CONFIG "/archive/a.test"));
}

static void remove_conf(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_remove(CONFIG "/renewal/a.test.conf", &err), 0);
}

static void test_a_creation_that_was_cut_short_is_finished(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *conf = NULL, *again = NULL;

	lineage_free(created("1"));
	conf = text_of(CONFIG "/renewal/a.test.conf");
	put_record(RECORD, "create", NAME);
	/* As if the program had died when the files were written and not all named. */
	remove_conf();
	assert_int_equal(dir_remove_tree(CONFIG "/live/a.test", &err), 0);
	assert_int_equal(file_rename(CONFIG "/archive/a.test/privkey1.pem",
				     CONFIG "/archive/a.test/.privkey.pem.new", &err),
			 0);
	assert_int_equal(file_rename(CONFIG "/archive/a.test/fullchain1.pem",
				     CONFIG "/archive/a.test/.fullchain.pem.new", &err),
			 0);
	assert_int_equal(recovered(), 1);
	lineage_free(opened());
	again = text_of(CONFIG "/renewal/a.test.conf");
	assert_string_equal(again, conf);
	assert_true(is_fixture(CONFIG "/live/a.test/privkey.pem", "1", ".key.pem"));
	assert_false(file_exists(RECORD));
	assert_int_equal(recovered(), 0);
}

static void test_a_creation_without_certificate_is_taken_back_but_for_the_key(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lineage_free(created("1"));
	put_record(RECORD, "create", NAME);
	remove_conf();
	assert_int_equal(file_rename(CONFIG "/archive/a.test/privkey1.pem",
				     CONFIG "/archive/a.test/.privkey.pem.new", &err),
			 0);
	assert_int_equal(file_rename(CONFIG "/archive/a.test/cert1.pem",
				     CONFIG "/archive/a.test/.cert.pem.new", &err),
			 0);
	assert_int_equal(file_remove(CONFIG "/archive/a.test/chain1.pem", &err), 0);
	assert_int_equal(file_remove(CONFIG "/archive/a.test/fullchain1.pem", &err), 0);
	assert_int_equal(recovered(), 1);
	assert_false(file_exists(RECORD));
	assert_false(file_exists(CONFIG "/live/a.test"));
	assert_false(file_exists(CONFIG "/archive/a.test/.cert.pem.new"));
	assert_true(is_fixture(CONFIG "/archive/a.test/.privkey.pem.new", "1", ".key.pem"));
	/* The name is free. */
	lineage_free(created("2"));
}

static void test_a_lineage_in_use_survives_an_old_record(void **state)
{
	static const char *const tasks[] = {"create", "delete"};
	AUTO(lineage) struct lineage *lineage = created("1");

	for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
		put_record(RECORD, tasks[i], NAME);
		assert_int_equal(recovered(), 0);
		assert_false(file_exists(RECORD));
		assert_true(is_fixture(CONFIG "/live/a.test/privkey.pem", "1", ".key.pem"));
	}
}

/* A record that cannot be worked off yet keeps its name taken, and nothing else. */
static void test_a_name_with_a_record_is_refused(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *other = NULL;

	assert_int_equal(dir_make(CONFIG "/renewal", 0755, &err), 0);
	put_text(RECORD, "of somebody else\n");
	assert_int_equal(create(NAME, "1", &other, &err), ERR_EXISTS);
	assert_non_null(strstr(err.text, ".a.test.part"));
	error_release(&err);
	assert_int_equal(create("b.test", "1", &other, &err), 0);
}

static void test_the_standard_input_stays_open(void **state)
{
	int before = dup(0);

	assert_true(before >= 0);
	lineage_free(created("1"));
	assert_true(fcntl(0, F_GETFD) >= 0);
	close(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_the_standard_input_stays_open),
		scratch_test(test_a_new_lineage_has_the_layout_of_certbot),
		scratch_test(test_modes_are_those_of_certbot),
		scratch_test(test_a_missing_umask_opens_nothing),
		scratch_test(test_the_conf_names_absolute_paths),
		scratch_test(test_a_taken_name_gets_a_number),
		scratch_test(test_directories_of_others_are_not_touched),
		scratch_test(test_empty_directories_are_used),
		scratch_test(test_a_key_that_does_not_fit_is_refused),
		scratch_test(test_a_creation_that_was_cut_short_is_finished),
		scratch_test(test_a_creation_without_certificate_is_taken_back_but_for_the_key),
		scratch_test(test_a_lineage_in_use_survives_an_old_record),
		scratch_test(test_a_name_with_a_record_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
