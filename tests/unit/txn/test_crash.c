/*
 * A crash, an I/O error or a full disk at every single change of the file system: afterwards
 * recovery brings back the old files, or finds the new ones finished, and the next run works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ascii.h"
#include "os/scratch.h"
#include "txn/faults.h"
#include "txn/texts.h"
#include "txn/txn.h"

static int64_t test_now_ms(void *context)
{
	return 1790000000000;
}

static const struct clock test_clock = {.now_ms = test_now_ms};

static void empty_scratch(void)
{
	static const char *const names[] = {"work", "a.conf", "dir", "new.conf", "log"};
	AUTO(error) struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (dir_remove_tree(names[i], &err) < 0)
			BUG("%s", err.text);
	if (dir_make("dir", 0755, &err) < 0)
		BUG("%s", err.text);
}

static void lay_old_files(void)
{
	empty_scratch();
	put("a.conf", "old a");
	put("dir/b.conf", "old b");
}

static int change_everything(struct txn *txn)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (txn_replace(txn, "a.conf", span_of("new a"), &err) < 0 ||
	    txn_new_file(txn, "new.conf", span_of("new"), &plain, &err) < 0 ||
	    txn_register_undo(txn, (const char *const[]){"true", NULL}, &err) < 0)
		return err.code;
	txn_note(txn, "changed everything");
	return txn_replace(txn, "dir/b.conf", span_of("new b"), &err);
}

static int commit_changes(void)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_PERMANENT);
	AUTO(error) struct error err = ERROR_INIT;

	if (change_everything(txn) < 0)
		return -1;
	return txn_commit(txn, "title", &test_clock, &err);
}

static int abort_changes(void)
{
	AUTO(txn) struct txn *txn = txn_new("work", TXN_TEMPORARY);
	AUTO(error) struct error err = ERROR_INIT;

	if (change_everything(txn) < 0)
		return -1;
	return txn_abort(txn, &err);
}

static int recover(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	return txn_recover("work", &err);
}

static int roll_back(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	size_t undone = 0;

	return txn_rollback("work", 1, &undone, &err);
}

static bool everything_is_old(void)
{
	return holds("a.conf", "old a") && holds("dir/b.conf", "old b") && !file_exists("new.conf");
}

static bool everything_is_new(void)
{
	return holds("a.conf", "new a") && holds("dir/b.conf", "new b") && holds("new.conf", "new");
}

static size_t finished_count(void)
{
	AUTO(txn_history) struct txn_history history = TXN_HISTORY_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (txn_list("work", &history, &err) < 0)
		BUG("%s", err.text);
	return history.count;
}

/* An edit that names a new file is never there without it: a server that starts at this moment
 * would refuse its configuration. */
static void assert_complete(void)
{
	assert_true(holds("dir/b.conf", "old b") || file_exists("new.conf"));
}

static void check_commit(bool completed)
{
	assert_complete();
	assert_int_equal(recover(), 0);
	if (finished_count() == 0) {
		assert_false(completed);
		assert_true(everything_is_old());
	} else {
		assert_int_equal(finished_count(), 1);
		assert_true(everything_is_new());
		assert_int_equal(roll_back(), 0);
		assert_true(everything_is_old());
	}
	assert_int_equal(commit_changes(), 0);
	assert_true(everything_is_new());
}

static void check_undone(bool completed)
{
	assert_complete();
	assert_int_equal(recover(), 0);
	assert_true(everything_is_old());
	assert_false(file_exists("work/temp_checkpoint"));
	assert_int_equal(abort_changes(), 0);
}

static void lay_leftover(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	lay_old_files();
	if (commit_changes() < 0 ||
	    file_rename("work/backups/1790000000.0", "work/backups/IN_PROGRESS", &err) < 0)
		BUG("the leftover cannot be laid");
}

static void lay_checkpoint(void)
{
	lay_old_files();
	if (commit_changes() < 0)
		BUG("the checkpoint cannot be laid");
}

static void check_rollback(bool completed)
{
	assert_complete();
	/* One that was cut short is finished, not left in the middle for another rollback. */
	assert_int_equal(recover(), 0);
	assert_true(finished_count() == 1 ? everything_is_new() : everything_is_old());
	if (finished_count() == 1)
		assert_int_equal(roll_back(), 0);
	assert_true(everything_is_old());
	assert_int_equal(finished_count(), 0);
}

static void try_all(const struct fault_plan *plan, unsigned at_least)
{
	for (int kind = 0; kind < FAULT_KIND__COUNT; kind++)
		assert_true(faults_try_all((enum fault_kind)kind, plan) >= at_least);
}

static void test_commit(void **state)
{
	try_all(&(struct fault_plan){lay_old_files, commit_changes, check_commit}, 40);
}

static void test_abort(void **state)
{
	try_all(&(struct fault_plan){lay_old_files, abort_changes, check_undone}, 40);
}

static void test_recovery(void **state)
{
	try_all(&(struct fault_plan){lay_leftover, recover, check_undone}, 15);
}

static void test_rollback(void **state)
{
	try_all(&(struct fault_plan){lay_checkpoint, roll_back, check_rollback}, 15);
}

/* Until the checkpoint is gone, and the run has returned to who records the rollback. */
static void check_known(bool completed)
{
	AUTO(txn_contents) struct txn_contents contents;
	bool is_old = false, is_known;

	txn_contents_init(&contents);
	is_known = txn_describe_unfinished("work", &contents, &is_old);
	assert_int_equal(is_known, is_old);
	if (file_exists("work/backups/IN_PROGRESS"))
		assert_true(is_old);
	if (completed)
		assert_false(is_old);
	assert_int_equal(recover(), 0);
	/* Recovery that is killed before it is recorded does not lose it either. */
	assert_int_equal(txn_describe_unfinished("work", &contents, &is_old), is_known);
	txn_forget_rollback("work");
	assert_false(txn_describe_unfinished("work", &contents, &is_old));
}

static void test_a_killed_rollback_is_known_as_one(void **state)
{
	const struct fault_plan plan = {lay_checkpoint, roll_back, check_known};

	assert_true(faults_try_all(FAULT_KILL, &plan) >= 15);
}

static size_t position(const struct strvec *trace, const char *step, const char *what)
{
	for (size_t i = 0; i < trace->count; i++)
		if (strncmp(trace->items[i], step, strlen(step)) == 0 &&
		    strstr(trace->items[i], what))
			return i;
	fail_msg("no step '%s' for '%s'", step, what);
	return 0;
}

/* Power loss: what a later step relies on has been synced before it. */
static void test_copy_and_list_are_durable_before_the_change(void **state)
{
	AUTO(strvec) struct strvec trace = STRVEC_INIT;
	size_t copy_synced, list_synced, listed, changed;

	lay_old_files();
	faults_trace(commit_changes, &trace);
	copy_synced = position(&trace, "fsync", "IN_PROGRESS/a.conf_0");
	listed = position(&trace, "rename", "IN_PROGRESS/FILEPATHS");
	changed = position(&trace, "rename", "/a.conf");
	assert_true(copy_synced < listed);
	assert_true(position(&trace, "fsync", "IN_PROGRESS/.FILEPATHS") < listed);
	for (list_synced = listed; !str_ends(trace.items[list_synced], "IN_PROGRESS");
	     list_synced++)
		assert_true(list_synced < changed);
	assert_true(list_synced < changed);
	assert_true(position(&trace, "rename", "IN_PROGRESS/NEW_FILES") <
		    position(&trace, "create", "/new.conf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test_in_memory(test_commit),
		scratch_test_in_memory(test_abort),
		scratch_test_in_memory(test_recovery),
		scratch_test_in_memory(test_rollback),
		scratch_test_in_memory(test_a_killed_rollback_is_known_as_one),
		scratch_test_in_memory(test_copy_and_list_are_durable_before_the_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
