/* Open transactions: what they put on disk, and that undoing them restores everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/scratch.h"
#include "txn/texts.h"
#include "txn/txn.h"

static int64_t test_now_ms(void *context)
{
	return 1790000000250;
}

static const struct clock test_clock = {.now_ms = test_now_ms};

static char *absolute(const char *name)
{
	return path_absolute(name);
}

static void replace(struct txn *txn, const char *path, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_replace(txn, path, span_of(text), &err), 0);
}

static void commit(struct txn *txn, const char *title)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_commit(txn, title, &test_clock, &err), 0);
}

static void undo(struct txn *txn)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_abort(txn, &err), 0);
}

static struct stat stat_of(const char *path)
{
	struct stat attributes;

	assert_int_equal(stat(path, &attributes), 0);
	return attributes;
}

static void test_keeps_a_copy_in_certbots_form(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO_FREE char *a = absolute("a.conf");
	AUTO_FREE char *b = absolute("dir/a.conf");
	AUTO_FREE char *list = xasprintf("%s\n%s\n", a, b);
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "old a");
	assert_int_equal(dir_make("dir", 0755, &err), 0);
	put("dir/a.conf", "old b");
	replace(txn, "a.conf", "new a");
	replace(txn, "dir/a.conf", "new b");
	assert_true(holds("work/backups/IN_PROGRESS/FILEPATHS", list));
	assert_true(holds("work/backups/IN_PROGRESS/a.conf_0", "old a"));
	assert_true(holds("work/backups/IN_PROGRESS/a.conf_1", "old b"));
	assert_true(holds("a.conf", "new a"));
	assert_int_equal(stat_of("work/backups").st_mode & 07777, 0755);
	assert_int_equal(stat_of("work/backups/IN_PROGRESS").st_mode & 07777, 0755);
}

static void test_keeps_the_oldest_copy(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);

	put("a.conf", "first");
	replace(txn, "a.conf", "second");
	replace(txn, "./a.conf", "third");
	assert_true(holds("work/backups/IN_PROGRESS/a.conf_0", "first"));
	assert_false(file_exists("work/backups/IN_PROGRESS/a.conf_1"));
}

static void test_abort_restores_text_mode_and_time(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	const struct timespec times[] = {{.tv_sec = 1500000000}, {.tv_sec = 1600000000}};

	put("a.conf", "old");
	assert_int_equal(chmod("a.conf", 0640), 0);
	assert_int_equal(utimensat(AT_FDCWD, "a.conf", times, 0), 0);
	replace(txn, "a.conf", "new");
	assert_int_equal(stat_of("a.conf").st_mode & 07777, 0640);
	assert_int_equal(stat_of("work/backups/IN_PROGRESS/a.conf_0").st_mode & 07777, 0640);
	assert_int_equal(chmod("a.conf", 0600), 0);
	undo(txn);
	assert_true(holds("a.conf", "old"));
	assert_int_equal(stat_of("a.conf").st_mode & 07777, 0640);
	assert_int_equal(stat_of("a.conf").st_mtime, 1600000000);
	assert_false(file_exists("work/backups/IN_PROGRESS"));
}

static void test_abort_brings_a_deleted_file_back(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);

	put("a.conf", "old");
	replace(txn, "a.conf", "new");
	assert_int_equal(unlink("a.conf"), 0);
	undo(txn);
	assert_true(holds("a.conf", "old"));
}

static void leave_scope(void)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_TEMPORARY);

	replace(txn, "a.conf", "new");
}

static void test_end_of_scope_undoes(void **state)
{
	put("a.conf", "old");
	leave_scope();
	assert_true(holds("a.conf", "old"));
	assert_false(file_exists("work/temp_checkpoint"));
}

static void test_follows_links_to_the_file(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	put("site", "old");
	assert_int_equal(file_symlink("site", "enabled", &err), 0);
	replace(txn, "enabled", "new");
	assert_true(file_is_symlink("enabled"));
	assert_true(holds("site", "new"));
	undo(txn);
	assert_true(file_is_symlink("enabled"));
	assert_true(holds("site", "old"));
}

static void test_commit_makes_a_titled_checkpoint(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);

	put("a.conf", "old");
	replace(txn, "a.conf", "new");
	txn_note(txn, "Changed a.conf");
	txn_note(txn, "and more");
	commit(txn, "Deployed ACME Certificate");
	assert_true(holds("work/backups/1790000000.25/CHANGES_SINCE",
			  "-- Deployed ACME Certificate --\nChanged a.conf\nand more\n"));
	assert_true(holds("work/backups/1790000000.25/a.conf_0", "old"));
	assert_false(file_exists("work/backups/IN_PROGRESS"));
	undo(txn);
	assert_true(holds("a.conf", "new"));
}

static void test_is_usable_after_commit(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);

	put("a.conf", "1");
	replace(txn, "a.conf", "2");
	commit(txn, "one");
	replace(txn, "a.conf", "3");
	commit(txn, "two");
	assert_true(holds("work/backups/1790000000.25/a.conf_0", "1"));
	assert_true(holds("work/backups/1790000001.25/a.conf_0", "2"));
	assert_true(holds("work/backups/1790000001.25/CHANGES_SINCE", "-- two --\nNo changes\n"));
}

static void test_commit_of_nothing_leaves_no_trace(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);

	txn_note(txn, "nothing happened");
	commit(txn, "empty");
	assert_false(file_exists("work"));
}

static void test_new_file_goes_away_again(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_TEMPORARY);
	AUTO_FREE char *path = absolute("new.conf");
	AUTO_FREE char *link_path = absolute("new-link");
	AUTO_FREE char *list = xasprintf("%s\n%s\n", path, link_path);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_new_file(txn, "new.conf", span_of("text"), &plain, &err), 0);
	assert_int_equal(txn_new_symlink(txn, "new-link", "/nowhere", &err), 0);
	assert_true(holds("new.conf", "text"));
	assert_true(file_is_symlink("new-link"));
	assert_true(holds("work/temp_checkpoint/NEW_FILES", list));
	replace(txn, "new.conf", "changed");
	assert_false(file_exists("work/temp_checkpoint/FILEPATHS"));
	undo(txn);
	assert_false(file_exists("new.conf"));
	assert_false(file_is_symlink("new-link"));
}

static void test_existing_file_is_never_listed_as_new(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_TEMPORARY);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(error) struct error link_err = ERROR_INIT;

	put("mine.conf", "mine");
	assert_int_equal(symlink("/nowhere", "dangling"), 0);
	assert_int_equal(txn_new_file(txn, "mine.conf", span_of(""), &plain, &err), ERR_EXISTS);
	assert_int_equal(txn_register_new(txn, "dangling", &link_err), ERR_EXISTS);
	undo(txn);
	assert_true(holds("mine.conf", "mine"));
	assert_true(file_is_symlink("dangling"));
}

static void test_file_that_could_not_be_made_is_not_listed(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_TEMPORARY);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_new_file(txn, "no/such/dir", span_of(""), &plain, &err),
			 ERR_NOT_FOUND);
	assert_true(holds("work/temp_checkpoint/NEW_FILES", ""));
}

static void test_undo_commands_come_behind_the_files_last_first(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "old");
	replace(txn, "a.conf", "new");
	assert_int_equal(txn_new_file(txn, "made.conf", span_of("new"), &plain, &err), 0);
	assert_int_equal(
		txn_register_undo(txn,
				  (const char *const[]){
					  "sh", "-c",
					  "cat a.conf >> log; test ! -e made.conf && echo 1 >> log",
					  NULL},
				  &err),
		0);
	assert_int_equal(txn_register_undo(txn,
					   (const char *const[]){"sh", "-c", "echo 2 > log", NULL},
					   &err),
			 0);
	assert_int_equal(txn_register_undo(txn, (const char *const[]){"/no/program", NULL}, &err),
			 0);
	undo(txn);
	assert_true(holds("log", "2\nold1\n"));
	assert_true(holds("a.conf", "old"));
}

static void test_missing_file_cannot_be_replaced(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(txn_replace(txn, "none", span_of("x"), &err), ERR_NOT_FOUND);
	assert_false(file_exists("none"));
}

static void test_names_that_break_lines_are_refused(void **state)
{
	static const char *const names[] = {"a\nb", "a\rb", "a\x1c", "a\xc2\x85", "a\xe2\x80\xa8"};
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(error) struct error new_err = ERROR_INIT;

		put(names[i], "x");
		assert_int_equal(txn_replace(txn, names[i], span_of("y"), &err), ERR_REFUSED);
		assert_true(holds(names[i], "x"));
		assert_int_equal(unlink(names[i]), 0);
		assert_int_equal(txn_register_new(txn, names[i], &new_err), ERR_REFUSED);
	}
}

static void test_temporary_transactions_undo_their_own(void **state)
{
	AUTO(txn) struct txn *nginx = txn_new("work", TXN_TEMPORARY);
	AUTO(txn) struct txn *apache = txn_new("work", TXN_TEMPORARY);
	AUTO(error) struct error err = ERROR_INIT;

	put("nginx.conf", "old");
	put("apache.conf", "old");
	replace(nginx, "nginx.conf", "new");
	replace(apache, "apache.conf", "new");
	assert_int_equal(txn_new_file(nginx, "n", span_of("n"), &plain, &err), 0);
	assert_int_equal(txn_new_file(apache, "a", span_of("a"), &plain, &err), 0);
	assert_int_equal(txn_register_undo(nginx,
					   (const char *const[]){"sh", "-c", "echo x >> log", NULL},
					   &err),
			 0);
	undo(nginx);
	assert_true(holds("nginx.conf", "old"));
	assert_true(holds("apache.conf", "new"));
	assert_false(file_exists("n"));
	assert_true(file_exists("a"));

	put("nginx.conf", "edited since");
	undo(apache);
	assert_true(holds("nginx.conf", "edited since"));
	assert_true(holds("apache.conf", "old"));
	assert_false(file_exists("a"));
	assert_true(holds("log", "x\n"));
	assert_false(file_exists("work/temp_checkpoint"));
}

/* One of two transactions ends, then the process dies. */
static void end_one_and_die(void)
{
	struct txn *nginx = txn_new("work", TXN_TEMPORARY);
	struct txn *apache = txn_new("work", TXN_TEMPORARY);

	replace(nginx, "nginx.conf", "new");
	replace(apache, "apache.conf", "new");
	txn_free(nginx);
	put("nginx.conf", "edited since");
	_exit(0);
}

static void test_recovery_passes_over_what_was_undone_before(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int status = 0;
	pid_t child;

	put("nginx.conf", "old");
	put("apache.conf", "old");
	child = fork();
	if (child == 0)
		end_one_and_die();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(txn_recover("work", &err), 0);
	assert_true(holds("nginx.conf", "edited since"));
	assert_true(holds("apache.conf", "old"));
	assert_false(file_exists("work/temp_checkpoint"));
}

static void test_one_file_belongs_to_one_transaction(void **state)
{
	AUTO(txn) struct txn *first = txn_new("work", TXN_TEMPORARY);
	AUTO(txn) struct txn *second = txn_new("work", TXN_TEMPORARY);
	AUTO(txn) struct txn *permanent = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(error) struct error permanent_err = ERROR_INIT;
	AUTO(error) struct error new_err = ERROR_INIT;

	put("a.conf", "old");
	replace(first, "a.conf", "challenge");
	assert_int_equal(txn_replace(second, "a.conf", span_of("x"), &err), ERR_REFUSED);
	assert_int_equal(txn_replace(permanent, "a.conf", span_of("x"), &permanent_err),
			 ERR_REFUSED);
	assert_int_equal(txn_register_new(first, "n", &new_err), 0);
	assert_int_equal(txn_register_new(permanent, "n", &new_err), ERR_REFUSED);
	assert_true(holds("a.conf", "challenge"));
}

static void test_there_is_one_permanent_transaction(void **state)
{
	AUTO(txn) struct txn *first = txn_new("work", TXN_PERMANENT);
	AUTO(txn) struct txn *second = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "old");
	put("b.conf", "old");
	replace(first, "a.conf", "new");
	assert_int_equal(txn_replace(second, "b.conf", span_of("new"), &err), ERR_BUSY);
	commit(first, "done");
	replace(second, "b.conf", "new");
}

static void test_recover_leaves_open_transactions_alone(void **state)
{
	AUTO(txn) struct txn *temporary = txn_new("work", TXN_TEMPORARY);
	AUTO(txn) struct txn *permanent = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "old");
	put("b.conf", "old");
	replace(temporary, "a.conf", "new");
	replace(permanent, "b.conf", "new");
	assert_int_equal(txn_recover("work", &err), 0);
	assert_true(holds("a.conf", "new"));
	assert_true(holds("b.conf", "new"));
}

static void test_first_change_undoes_a_crashed_run(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO_FREE char *path = absolute("a.conf");
	AUTO_FREE char *list = xasprintf("%s\n", path);
	AUTO(error) struct error err = ERROR_INIT;

	put("a.conf", "half changed");
	put("b.conf", "old");
	assert_int_equal(dir_make("work/backups/IN_PROGRESS", 0755, &err), 0);
	put("work/backups/IN_PROGRESS/FILEPATHS", list);
	put("work/backups/IN_PROGRESS/a.conf_0", "old");
	replace(txn, "b.conf", "new");
	assert_true(holds("a.conf", "old"));
	assert_true(holds("work/backups/IN_PROGRESS/b.conf_0", "old"));
}

static void test_failed_undo_keeps_the_copies(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(error) struct error again = ERROR_INIT;

	assert_int_equal(dir_make("dir", 0755, &err), 0);
	put("dir/a.conf", "old a");
	put("b.conf", "old b");
	replace(txn, "dir/a.conf", "new");
	replace(txn, "b.conf", "new");
	assert_int_equal(dir_remove_tree("dir", &err), 0);
	assert_true(txn_abort(txn, &err) < 0);
	assert_true(holds("b.conf", "old b"));
	assert_true(holds("work/backups/IN_PROGRESS/a.conf_0", "old a"));
	assert_non_null(err.hint);
	assert_int_equal(dir_make("dir", 0755, &again), 0);
	assert_int_equal(txn_recover("work", &again), 0);
	assert_true(holds("dir/a.conf", "old a"));
}

static void test_many_files_at_once(void **state)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	for (int i = 0; i < 20; i++) {
		strvec_pushf(&paths, "%d.conf", i);
		put(paths.items[i], "old");
	}
	strvec_push(&paths, "3.conf");
	assert_int_equal(txn_add_files(txn, &paths, &err), 0);
	assert_true(holds("work/backups/IN_PROGRESS/19.conf_19", "old"));
	assert_false(file_exists("work/backups/IN_PROGRESS/3.conf_20"));
	for (int i = 0; i < 20; i++)
		replace(txn, paths.items[i], "new");
	undo(txn);
	for (int i = 0; i < 20; i++)
		assert_true(holds(paths.items[i], "old"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_keeps_a_copy_in_certbots_form),
		scratch_test(test_keeps_the_oldest_copy),
		scratch_test(test_abort_restores_text_mode_and_time),
		scratch_test(test_abort_brings_a_deleted_file_back),
		scratch_test(test_end_of_scope_undoes),
		scratch_test(test_follows_links_to_the_file),
		scratch_test(test_commit_makes_a_titled_checkpoint),
		scratch_test(test_is_usable_after_commit),
		scratch_test(test_commit_of_nothing_leaves_no_trace),
		scratch_test(test_new_file_goes_away_again),
		scratch_test(test_existing_file_is_never_listed_as_new),
		scratch_test(test_file_that_could_not_be_made_is_not_listed),
		scratch_test(test_undo_commands_come_behind_the_files_last_first),
		scratch_test(test_missing_file_cannot_be_replaced),
		scratch_test(test_names_that_break_lines_are_refused),
		scratch_test(test_temporary_transactions_undo_their_own),
		scratch_test(test_recovery_passes_over_what_was_undone_before),
		scratch_test(test_one_file_belongs_to_one_transaction),
		scratch_test(test_there_is_one_permanent_transaction),
		scratch_test(test_recover_leaves_open_transactions_alone),
		scratch_test(test_first_change_undoes_a_crashed_run),
		scratch_test(test_failed_undo_keeps_the_copies),
		scratch_test(test_many_files_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
