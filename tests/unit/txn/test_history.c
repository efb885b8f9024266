/* Finished checkpoints: names, listing and rollback; and what crashed runs of Certbot left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "os/scratch.h"
#include "txn/places.h"
#include "txn/texts.h"
#include "txn/txn.h"

static int64_t now_ms;

static int64_t test_now_ms(void *context)
{
	return now_ms;
}

static const struct clock test_clock = {.now_ms = test_now_ms};

static void change(const char *path, const char *text, const char *title)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_replace(txn, path, span_of(text), &err), 0);
	assert_int_equal(txn_commit(txn, title, &test_clock, &err), 0);
}

static void roll_back(size_t count, size_t wanted)
{
	AUTO(error) struct error err = ERROR_INIT;
	size_t undone = 99;

	assert_int_equal(txn_rollback("work", count, &undone, &err), 0);
	assert_int_equal(undone, wanted);
}

static void check_next_name(const char *newest, int64_t time_ms, const char *wanted)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *name = NULL;

	strvec_push(&names, "1000000000.0");
	strvec_push(&names, newest);
	strvec_push(&names, "not-a-time");
	name = txn_next_name(&names, time_ms);
	assert_string_equal(name, wanted);
}

static void test_names_always_increase(void **state)
{
	check_next_name("1600000000.5", 1700000000123, "1700000000.123");
	check_next_name("1600000000.5", 1700000000100, "1700000000.1");
	check_next_name("1600000000.5", 1700000000000, "1700000000.0");
	check_next_name("1700000000.123", 1700000000123, "1700000001.123");
	check_next_name("1700000000.1234567", 1700000000123, "1700000001.1234567");
	check_next_name("1799999999.25", 1700000000000, "1800000000.25");
	check_next_name("1999999999", 1700000000000, "2000000000.0");
	check_next_name("9999999999.5", 1700000000000, "10000000000.5");
}

static void test_rollback_undoes_the_newest_first(void **state)
{
	put("a.conf", "1");
	now_ms = 1790000000000;
	change("a.conf", "2", "first");
	now_ms += 1000;
	change("a.conf", "3", "second");
	now_ms += 1000;
	change("a.conf", "4", "third");
	roll_back(0, 0);
	assert_true(holds("a.conf", "4"));
	roll_back(2, 2);
	assert_true(holds("a.conf", "2"));
	assert_true(file_exists("work/backups/1790000000.0"));
	roll_back(5, 1);
	assert_true(holds("a.conf", "1"));
	roll_back(1, 0);
}

static void test_rollback_without_a_work_directory(void **state)
{
	roll_back(1, 0);
}

static void test_rollback_undoes_unfinished_changes_first(void **state)
{
	AUTO_FREE char *path = path_absolute("a.conf");
	AUTO_FREE char *list = xasprintf("%s\n", path);
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "1");
	now_ms = 1790000000000;
	change("a.conf", "2", "first");
	assert_int_equal(dir_make("work/backups/IN_PROGRESS", 0755, &err), 0);
	put("work/backups/IN_PROGRESS/a.conf_0", "2");
	put("work/backups/IN_PROGRESS/FILEPATHS", list);
	put("a.conf", "3");
	roll_back(1, 1);
	assert_true(holds("a.conf", "1"));
}

static void test_rollback_passes_over_what_is_no_checkpoint(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "1");
	now_ms = 1790000000000;
	change("a.conf", "2", "first");
	assert_int_equal(dir_make("work/backups/zz-mine", 0755, &err), 0);
	put("work/backups/99-notes", "mine");
	roll_back(2, 1);
	assert_true(holds("a.conf", "1"));
	assert_true(file_is_dir("work/backups/zz-mine"));
	assert_true(holds("work/backups/99-notes", "mine"));
}

static void test_list_tells_newest_first(void **state)
{
	AUTO(txn_history) struct txn_history history = TXN_HISTORY_INIT;
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO_FREE char *path = path_absolute("a.conf");
	AUTO_FREE char *new_path = path_absolute("n.conf");
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "1");
	now_ms = 1790000000250;
	change("a.conf", "2", "first");
	assert_int_equal(txn_new_file(txn, "n.conf", span_of(""), &plain, &err), 0);
	txn_note(txn, "made n.conf");
	now_ms = 1790000005250;
	assert_int_equal(txn_commit(txn, "second", &test_clock, &err), 0);

	assert_int_equal(txn_list("work", &history, &err), 0);
	assert_int_equal(history.count, 2);
	assert_int_equal(history.items[0].time, 1790000005);
	assert_string_equal(history.items[0].notes, "-- second --\nmade n.conf\n");
	assert_int_equal(history.items[0].files.count, 0);
	assert_string_equal(history.items[0].new_files.items[0], new_path);
	assert_int_equal(history.items[1].time, 1790000000);
	assert_string_equal(history.items[1].notes, "-- first --\nNo changes\n");
	assert_string_equal(history.items[1].files.items[0], path);
}

static void test_list_of_nothing(void **state)
{
	AUTO(txn_history) struct txn_history history = TXN_HISTORY_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_list("work", &history, &err), 0);
	assert_int_equal(history.count, 0);
}

static void test_list_refuses_what_is_no_checkpoint(void **state)
{
	AUTO(txn_history) struct txn_history history = TXN_HISTORY_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("work/backups/mine", 0755, &err), 0);
	assert_int_equal(txn_list("work", &history, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, "work/backups/mine"));
}

/* What Certbot leaves when it dies between its steps. */
static void lay_leftover(const char *dir)
{
	AUTO_FREE char *a = path_absolute("a.conf");
	AUTO_FREE char *made = path_absolute("made.conf");
	AUTO_FREE char *never_made = path_absolute("never-made.conf");
	AUTO_FREE char *saved = xasprintf("%s\n", a);
	AUTO_FREE char *created = xasprintf("%s\n%s\n", made, never_made);
	AUTO_FREE char *saved_path = path_join(dir, "FILEPATHS");
	AUTO_FREE char *copy_path = path_join(dir, "a.conf_0");
	AUTO_FREE char *created_path = path_join(dir, "NEW_FILES");
	AUTO_FREE char *commands_path = path_join(dir, "COMMANDS");
	AUTO_FREE char *notes_path = path_join(dir, "CHANGES_SINCE");
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make(dir, 0755, &err), 0);
	put(saved_path, saved);
	put(copy_path, "old");
	put(created_path, created);
	put(commands_path, "sh,-c,echo ran > log\r\n");
	put(notes_path, "half of a change");
	put("a.conf", "new");
	put("made.conf", "new");
}

static void check_leftover(const char *dir)
{
	AUTO(error) struct error err = ERROR_INIT;

	lay_leftover(dir);
	assert_int_equal(txn_recover("work", &err), 0);
	assert_true(holds("a.conf", "old"));
	assert_true(holds("log", "ran\n"));
	assert_false(file_exists("made.conf"));
	assert_false(file_exists(dir));
}

static void test_recovers_leftovers(void **state)
{
	check_leftover("work/temp_checkpoint");
	check_leftover("work/backups/IN_PROGRESS");
}

static void test_temporary_changes_are_undone_before_unfinished_ones(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lay_leftover("work/backups/IN_PROGRESS");
	put("work/backups/IN_PROGRESS/a.conf_0", "oldest");
	lay_leftover("work/temp_checkpoint");
	assert_int_equal(txn_recover("work", &err), 0);
	assert_true(holds("a.conf", "oldest"));
}

static void test_half_removed_checkpoint_is_removed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lay_leftover("work/temp_checkpoint");
	assert_int_equal(unlink("work/temp_checkpoint/FILEPATHS"), 0);
	assert_int_equal(unlink("work/temp_checkpoint/a.conf_0"), 0);
	assert_int_equal(txn_recover("work", &err), 0);
	assert_true(holds("a.conf", "new"));
	assert_false(file_exists("work/temp_checkpoint"));
}

static void test_missing_copy_is_an_error_with_advice(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	lay_leftover("work/temp_checkpoint");
	assert_int_equal(unlink("work/temp_checkpoint/a.conf_0"), 0);
	assert_int_equal(txn_recover("work", &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "a.conf"));
	assert_non_null(strstr(err.hint, "work/temp_checkpoint"));
	/* The edit that could not be undone may name it. */
	assert_true(file_exists("made.conf"));
	assert_true(file_exists("work/temp_checkpoint"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_always_increase),
		scratch_test(test_rollback_undoes_the_newest_first),
		scratch_test(test_rollback_without_a_work_directory),
		scratch_test(test_rollback_undoes_unfinished_changes_first),
		scratch_test(test_rollback_passes_over_what_is_no_checkpoint),
		scratch_test(test_list_tells_newest_first),
		scratch_test(test_list_of_nothing),
		scratch_test(test_list_refuses_what_is_no_checkpoint),
		scratch_test(test_recovers_leftovers),
		scratch_test(test_temporary_changes_are_undone_before_unfinished_ones),
		scratch_test(test_half_removed_checkpoint_is_removed),
		scratch_test(test_missing_copy_is_an_error_with_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
