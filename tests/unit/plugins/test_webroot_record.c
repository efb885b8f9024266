/* What is left in webroots after a kill, and what recovery may take for its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "os/scratch.h"
#include "plugins/webroot/webroot_record.h"

#define TOKEN "abcdefghijklmnopqrstuv"
#define CONTENT TOKEN ".thumbprint"
#define FOLDER "root/.well-known/acme-challenge"
#define RECORD "webroot-challenges.json"

static void put(const char *path, const char *text)
{
	const struct file_attributes attributes = {.mode = 0644};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace(path, text, strlen(text), &attributes, &err), 0);
}

/* Writes the record of one file, and makes the directories for it. */
static void begin(struct webroot_record *record, bool makes_folder)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO_FREE char *root = path_absolute("root");

	mkdir("root", 0755);
	assert_int_equal(webroot_record_open(record, ".", &err), 0);
	webroot_record_add(record, root, TOKEN, CONTENT);
	assert_int_equal(webroot_record_save(record, &err), 0);
	if (makes_folder)
		assert_int_equal(webroot_folder_make(root, &record->made, &folder, &err), 0);
}

/* The run ends here. */
static void begin_and_die(bool makes_folder)
{
	AUTO(webroot_record) struct webroot_record record = {.path = NULL};

	begin(&record, makes_folder);
}

static void recover(int expected)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(webroot_recover(".", &err), expected);
	assert_int_equal(file_exists(RECORD), expected != 0);
}

static void test_a_whole_file_and_its_directories_go(void **state)
{
	begin_and_die(true);
	put(FOLDER "/" TOKEN, CONTENT);
	recover(0);
	assert_true(dir_is_empty("root"));
}

static void test_the_beginning_of_a_file_goes(void **state)
{
	static const char *const beginnings[] = {"", "abc", TOKEN};

	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		begin_and_die(true);
		put(FOLDER "/" TOKEN, beginnings[i]);
		recover(0);
		assert_true(dir_is_empty("root"));
	}
}

static void test_a_file_with_other_contents_stays(void **state)
{
	static const char *const others[] = {"x", TOKEN ".another", CONTENT "\n"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		begin_and_die(true);
		put(FOLDER "/" TOKEN, others[i]);
		recover(0);
		assert_true(file_exists(FOLDER "/" TOKEN));
	}
}

static void test_a_directory_that_was_there_before_stays(void **state)
{
	assert_int_equal(mkdir("root", 0755), 0);
	assert_int_equal(mkdir("root/.well-known", 0700), 0);
	begin_and_die(true);
	recover(0);
	assert_true(file_is_dir("root/.well-known"));
	assert_true(dir_is_empty("root/.well-known"));
}

static void test_another_directory_of_the_name_stays(void **state)
{
	begin_and_die(true);
	assert_int_equal(rename("root/.well-known", "root/moved"), 0);
	assert_int_equal(mkdir("root/.well-known", 0755), 0);
	recover(0);
	assert_true(file_is_dir("root/.well-known"));
	assert_true(file_is_dir("root/moved/acme-challenge"));
}

/* Killed between mkdir() and the note of what it made. */
static void test_a_directory_that_was_not_noted_goes_as_mkdir_left_it(void **state)
{
	begin_and_die(false);
	assert_int_equal(mkdir("root/.well-known", 0700), 0);
	recover(0);
	assert_true(dir_is_empty("root"));
	begin_and_die(false);
	assert_int_equal(mkdir("root/.well-known", 0755), 0);
	recover(0);
	assert_true(file_is_dir("root/.well-known"));
}

static void test_a_link_of_the_name_is_not_followed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	begin_and_die(true);
	put("kept", CONTENT);
	assert_int_equal(file_symlink("../../../kept", FOLDER "/" TOKEN, &err), 0);
	recover(0);
	assert_true(file_exists("kept"));
	assert_true(file_is_symlink(FOLDER "/" TOKEN));
}

static void test_what_is_no_record_removes_nothing(void **state)
{
	AUTO_FREE char *here = path_absolute(".");
	AUTO_FREE char *upward = xasprintf(
		"{\"certbot\": \"challenges in webroots\", \"directories\": [], \"files\": "
		"[{\"root\": \"%s\", \"token\": \"../../kept\", "
		"\"content\": \"../../kept.x\"}]}",
		here);
	const char *const texts[] = {
		"{}", "garbage", "[]", upward,
		"{\"certbot\": \"something else\", \"files\": [], \"directories\": []}"};

	put("kept", "../../kept.x");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		put(RECORD, texts[i]);
		recover(ERR_PARSE);
		assert_true(file_exists("kept"));
	}
}

static void test_a_clean_end_leaves_no_record(void **state)
{
	AUTO(webroot_record) struct webroot_record record = {.path = NULL};
	AUTO(error) struct error err = ERROR_INIT;

	begin(&record, true);
	assert_true(file_exists(RECORD));
	webroot_record_forget(&record, TOKEN);
	assert_int_equal(webroot_record_settle(&record, &err), 0);
	assert_false(file_exists(RECORD));
	assert_true(dir_is_empty("root"));
}

/* Directories that another wave of the same run still uses wait for its end. */
static void test_directories_go_with_the_last_file(void **state)
{
	AUTO(webroot_record) struct webroot_record record = {.path = NULL};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *root = path_absolute("root");

	begin(&record, true);
	webroot_record_add(&record, root, "other", "other.x");
	webroot_record_forget(&record, TOKEN);
	assert_int_equal(webroot_record_settle(&record, &err), 0);
	assert_true(file_is_dir(FOLDER));
	webroot_record_forget(&record, "other");
	assert_int_equal(webroot_record_settle(&record, &err), 0);
	assert_true(dir_is_empty("root"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_whole_file_and_its_directories_go),
		scratch_test(test_the_beginning_of_a_file_goes),
		scratch_test(test_a_file_with_other_contents_stays),
		scratch_test(test_a_directory_that_was_there_before_stays),
		scratch_test(test_another_directory_of_the_name_stays),
		scratch_test(test_a_directory_that_was_not_noted_goes_as_mkdir_left_it),
		scratch_test(test_a_link_of_the_name_is_not_followed),
		scratch_test(test_what_is_no_record_removes_nothing),
		scratch_test(test_a_clean_end_leaves_no_record),
		scratch_test(test_directories_go_with_the_last_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
