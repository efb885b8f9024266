/*
 * The journal of changes: what is recorded is read back, a torn end costs one record, and old
 * records go with the contents that only they needed. An undo that is owed is recorded once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "store/journal/change.h"
#include "store/journal/journal.h"
#include "store/journal/old_files.h"

struct bed {
	char dir[32];
	char *path; /* of the journal */
};

static void set_up(struct bed *bed)
{
	strcpy(bed->dir, "/tmp/journal-XXXXXX");
	assert_non_null(mkdtemp(bed->dir));
	bed->path = xasprintf("%s/changes/journal", bed->dir);
}

static void tear_down(struct bed *bed)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_remove_tree(bed->dir, &err), 0);
	free(bed->path);
}

static struct change *make_change(const char *title, int64_t time)
{
	struct change *change = change_new();
	const struct file_state none = {.mode = 0};
	struct file_state after = {.mode = S_IFREG | 0640};

	memset(after.digest, 'a', FILE_STATE_DIGEST);
	change->title = xstrdup(title);
	change->time = time;
	strvec_push(&change->lineages, "a.test");
	change_add_file(change, "/etc/a\nb%", &none, &after);
	return change;
}

static void append(const struct bed *bed, const char *title, int64_t time)
{
	AUTO(journal) struct journal *journal = journal_new(bed->dir);
	AUTO(change) struct change *change = make_change(title, time);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(journal_append(journal, change, &err), 0);
	assert_int_equal(journal_sync(journal, &err), 0);
}

static void read_all(const struct bed *bed, struct change_list *ret_list)
{
	AUTO(journal) struct journal *journal = journal_new(bed->dir);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(journal_read(journal, ret_list, &err), 0);
}

static void test_a_missing_journal_is_empty(void **state)
{
	struct bed bed;
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;

	(void)state;
	set_up(&bed);
	read_all(&bed, &list);
	assert_int_equal(list.count, 0);
	tear_down(&bed);
}

static void test_records_come_back_with_ascending_numbers(void **state)
{
	struct bed bed;
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	struct stat attributes;

	(void)state;
	set_up(&bed);
	append(&bed, "one\ttab", 1000);
	append(&bed, "two", 2000);
	read_all(&bed, &list);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[1]->number, 2);
	assert_string_equal(list.items[0]->title, "one\ttab");
	assert_int_equal(list.items[0]->time, 1000);
	assert_true(change_is_about(list.items[0], "a.test"));
	assert_string_equal(list.items[0]->files[0].path, "/etc/a\nb%");
	assert_int_equal(list.items[0]->files[0].before.mode, 0);
	assert_int_equal(list.items[0]->files[0].after.mode, S_IFREG | 0640);
	assert_int_equal(stat(bed.path, &attributes), 0);
	assert_int_equal(attributes.st_mode & 0777, 0600);
	tear_down(&bed);
}

/* What a line of `log` shows is there, and nothing else. */
static void test_a_brief_list_leaves_details_out(void **state)
{
	struct bed bed;
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(change) struct change *change = make_change("one", 1000);
	AUTO(strvec) struct strvec outputs = STRVEC_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	(void)state;
	set_up(&bed);
	change->number = 1;
	change->command = xstrdup("certbot renew");
	change->user = xstrdup("root");
	change->reason = xstrdup("it was due");
	change->undoes = change->from = 7;
	change->to = 8;
	strvec_push(&outputs, "- a /etc/out.pem");
	change_print(change, &text);
	change_print_outputs(1, &outputs, 1, &text);
	list.is_brief = true;
	change_parse(span_make(text.text, text.len), &list);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0]->title, "one");
	assert_string_equal(list.items[0]->user, "root");
	assert_string_equal(list.items[0]->reason, "it was due");
	assert_true(change_is_about(list.items[0], "a.test"));
	assert_int_equal(list.items[0]->time, 1000);
	assert_int_equal(list.items[0]->undoes, 7);
	assert_int_equal(list.items[0]->from, 7);
	assert_int_equal(list.items[0]->to, 8);
	assert_null(list.items[0]->command);
	assert_int_equal(list.items[0]->file_count, 0);
	assert_int_equal(list.items[0]->outputs.count, 0);
	tear_down(&bed);
}

/* At every byte: whatever a power cut leaves of the last record, the first one stays, and the next
 * one gets a number of its own. */
static void test_a_torn_end_costs_one_record(void **state)
{
	struct bed bed;
	struct stat attributes;

	(void)state;
	set_up(&bed);
	append(&bed, "one", 1000);
	assert_int_equal(stat(bed.path, &attributes), 0);
	for (off_t cut = attributes.st_size;; cut++) {
		AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
		struct stat whole;
		size_t kept;

		append(&bed, "two", 2000);
		assert_int_equal(stat(bed.path, &whole), 0);
		if (cut >= whole.st_size)
			break;
		assert_int_equal(truncate(bed.path, cut), 0);
		append(&bed, "three", 3000);
		read_all(&bed, &list);
		/* Without the line end alone it is whole. */
		kept = cut == whole.st_size - 1 ? 2 : 1;
		assert_int_equal(list.count, kept + 1);
		assert_string_equal(list.items[0]->title, "one");
		assert_string_equal(list.items[kept]->title, "three");
		assert_int_equal(list.items[kept]->number, kept + 1);
		assert_int_equal(truncate(bed.path, attributes.st_size), 0);
	}
	tear_down(&bed);
}

static void test_what_was_not_done_is_void(void **state)
{
	struct bed bed;
	AUTO(journal) struct journal *journal = NULL;
	AUTO(change) struct change *change = make_change("one", 1000);
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	set_up(&bed);
	journal = journal_new(bed.dir);
	assert_int_equal(journal_append(journal, change, &err), 0);
	assert_int_equal(journal_append_void(journal, 1, &err), 0);
	append(&bed, "two", 2000);
	read_all(&bed, &list);
	assert_int_equal(list.count, 2);
	assert_true(list.items[0]->is_void);
	assert_false(list.items[1]->is_void);
	assert_int_equal(list.items[1]->number, 2);
	tear_down(&bed);
}

/* 2 undoes 1; 3 undoes 2, so that 1 is in force again; then it turns out that 3 was not done. */
static void test_undone_is_what_a_change_in_force_undoes(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int64_t expected[][2] = {{2, 0}, {0, 3}, {2, 0}};

	(void)state;
	for (int64_t number = 1; number <= 3; number++) {
		AUTO(change) struct change *change = make_change("x", 1000);

		change->number = number;
		change->undoes = number - 1;
		change_print(change, &text);
		if (number >= 2) {
			AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;

			change_parse(span_make(text.text, text.len), &list);
			assert_int_equal(list.items[0]->undone_by, expected[number - 2][0]);
			assert_int_equal(list.items[1]->undone_by, expected[number - 2][1]);
		}
	}
	change_print_void(3, 3, &text);
	{
		AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;

		change_parse(span_make(text.text, text.len), &list);
		assert_int_equal(list.items[0]->undone_by, expected[2][0]);
		assert_int_equal(list.items[1]->undone_by, expected[2][1]);
	}
}

/* As on a disk that is full for a while. Returns what the limit was. */
static rlim_t limit_files(rlim_t len)
{
	struct rlimit limit;
	rlim_t former;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	former = limit.rlim_cur;
	limit.rlim_cur = len;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	return former;
}

static void test_half_a_record_does_not_take_the_next(void **state)
{
	struct bed bed;
	AUTO(journal) struct journal *journal = NULL;
	AUTO(change) struct change *lost = make_change("lost", 2), *next = make_change("next", 3);
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct stat attributes;
	rlim_t former;

	(void)state;
	set_up(&bed);
	append(&bed, "first", 1);
	assert_int_equal(stat(bed.path, &attributes), 0);
	journal = journal_new(bed.dir);
	signal(SIGXFSZ, SIG_IGN);
	former = limit_files((rlim_t)attributes.st_size + 20);
	assert_true(journal_append(journal, lost, &err) < 0);
	limit_files(former);
	error_release(&err);
	assert_int_equal(journal_append(journal, next, &err), 0);
	read_all(&bed, &list);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[1]->title, "next");
	tear_down(&bed);
}

/* Records that an undo is owed, as a run does that is killed in the midst of it. */
static void owe(const struct bed *bed, int64_t undoes)
{
	AUTO(journal) struct journal *journal = journal_new(bed->dir);
	AUTO(change) struct change *undoing = make_change("undid it", 9);
	AUTO(error) struct error err = ERROR_INIT;

	undoing->undoes = undoes;
	assert_int_equal(journal_owe(journal, undoing, &err), 0);
}

static void settle(const struct bed *bed)
{
	AUTO(journal) struct journal *journal = journal_new(bed->dir);
	AUTO(change) struct change *undoing = journal_owed(journal);
	AUTO(error) struct error err = ERROR_INIT;

	assert_non_null(undoing);
	assert_int_equal(journal_settle(journal, undoing, &err), 0);
}

static void test_an_owed_undo_is_recorded_after_other_changes(void **state)
{
	struct bed bed;
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;

	(void)state;
	set_up(&bed);
	append(&bed, "first", 1);
	owe(&bed, 1);
	append(&bed, "meanwhile", 2);
	settle(&bed);
	read_all(&bed, &list);
	assert_int_equal(list.count, 3);
	/* 2 was what the undo had told to be its own. */
	assert_int_equal(list.items[1]->number, 3);
	assert_string_equal(list.items[1]->title, "meanwhile");
	assert_int_equal(list.items[2]->number, 4);
	assert_int_equal(list.items[2]->undoes, 1);
	assert_int_equal(list.items[0]->undone_by, 4);
	tear_down(&bed);
}

/* The power went after it was appended, and before it was taken off the record. */
static void test_an_owed_undo_is_recorded_once(void **state)
{
	struct bed bed;
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO_FREE char *owed = NULL, *aside = NULL;

	(void)state;
	set_up(&bed);
	owed = xasprintf("%s/changes/undoing", bed.dir);
	aside = xasprintf("%s/changes/aside", bed.dir);
	append(&bed, "first", 1);
	owe(&bed, 1);
	assert_int_equal(link(owed, aside), 0);
	settle(&bed);
	assert_false(file_exists(owed));
	append(&bed, "later", 2);
	assert_int_equal(rename(aside, owed), 0);
	settle(&bed);
	read_all(&bed, &list);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.items[0]->undone_by, 2);
	tear_down(&bed);
}

static void keep(const struct bed *bed, const char *digest, const char *text, struct error *err)
{
	AUTO_FREE char *dir = path_join(bed->dir, "changes");
	struct file_state state = {.mode = S_IFREG | 0644};

	memset(state.digest, digest[0], FILE_STATE_DIGEST);
	assert_int_equal(old_files_keep(dir, &state, span_of(text), err), 0);
}

static void test_no_private_key_is_kept(void **state)
{
	struct bed bed;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *dir = NULL;

	(void)state;
	set_up(&bed);
	dir = xasprintf("%s/changes/old", bed.dir);
	keep(&bed, "a", "x\n-----BEGIN EC PRIVATE KEY-----\n", &err);
	assert_false(file_exists(dir));
	keep(&bed, "a", "x\n-----BEGIN CERTIFICATE-----\n", &err);
	assert_true(file_exists(dir));
	tear_down(&bed);
}

static void test_old_records_go_with_their_contents(void **state)
{
	struct bed bed;
	AUTO(journal) struct journal *journal = NULL;
	AUTO(change) struct change *change = make_change("new", 100 * 86400);
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *dir = NULL;

	(void)state;
	set_up(&bed);
	dir = xasprintf("%s/changes/old", bed.dir);
	append(&bed, "old", 86400);
	journal = journal_new(bed.dir);
	change->files[0].before = change->files[0].after;
	keep(&bed, "a", "needed", &err);
	keep(&bed, "b", "not needed", &err);
	assert_int_equal(journal_append(journal, change, &err), 0);
	assert_int_equal(journal_prune(journal, 50 * 86400, &err), 0);
	read_all(&bed, &list);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0]->title, "new");
	assert_int_equal(list.items[0]->number, 2);
	assert_int_equal(dir_list(dir, "", &names, &err), 0);
	assert_int_equal(names.count, 1);
	assert_int_equal(names.items[0][0], 'a');
	tear_down(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_missing_journal_is_empty),
		cmocka_unit_test(test_records_come_back_with_ascending_numbers),
		cmocka_unit_test(test_a_brief_list_leaves_details_out),
		cmocka_unit_test(test_a_torn_end_costs_one_record),
		cmocka_unit_test(test_what_was_not_done_is_void),
		cmocka_unit_test(test_undone_is_what_a_change_in_force_undoes),
		cmocka_unit_test(test_half_a_record_does_not_take_the_next),
		cmocka_unit_test(test_an_owed_undo_is_recorded_after_other_changes),
		cmocka_unit_test(test_an_owed_undo_is_recorded_once),
		cmocka_unit_test(test_no_private_key_is_kept),
		cmocka_unit_test(test_old_records_go_with_their_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
