/*
 * The file of the journal (see journal.h). It is opened at the first record of a run, so that a run
 * which changes nothing does not touch it.
 */
#include "store/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "store/journal/old_files.h"

/* A record is a few hundred bytes. Beyond this, days are kept that nobody can look through. */
#define MAX_JOURNAL ((size_t)1 << 30)
/* Enough for the last line, and for the first lines of a record. */
#define GLANCE 512
#define DAY 86400

struct journal {
	char *dir, *path, *owed_path;
	int fd; /* -1: not opened */
	int64_t last;
	bool is_dirty;
};

struct journal *journal_new(const char *work_dir)
{
	struct journal *journal = XNEW(struct journal);

	journal->dir = path_join(work_dir, "changes");
	journal->path = path_join(journal->dir, "journal");
	journal->owed_path = path_join(journal->dir, "undoing");
	journal->fd = -1;
	return journal;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	auto_close(&journal->fd);
	free(journal->dir);
	free(journal->path);
	free(journal->owed_path);
	free(journal);
}

const char *journal_dir(const struct journal *journal)
{
	return journal->dir;
}

int journal_read(const struct journal *journal, struct change_list *ret_list, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	if (file_read(journal->path, MAX_JOURNAL, &text, &missing) < 0)
		return missing.code == ERR_NOT_FOUND ? 0 : error_move(err, &missing);
	change_parse(span_make(text.text, text.len), ret_list);
	return 0;
}

/* ---- Appending ---- */

/* Half a record, on a full disk, would take the next one with it. The file is ours alone, by the
 * lock of the work directory, so that its end is what was written. */
static int take_back_part(struct journal *journal, size_t written, struct error *err)
{
	struct stat attributes;

	if (written && (fstat(journal->fd, &attributes) < 0 ||
			ftruncate(journal->fd, attributes.st_size - (off_t)written) < 0))
		log_debug("cannot take half a record off '%s': %s", journal->path, strerror(errno));
	return err->code;
}

static int write_all(struct journal *journal, struct span text, struct error *err)
{
	size_t written = 0;

	while (written < text.len) {
		ssize_t count = write(journal->fd, text.ptr + written, text.len - written);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			error_set_errno(err, errno, "cannot write '%s'", journal->path);
			return take_back_part(journal, written, err);
		}
		written += (size_t)count;
	}
	journal->is_dirty = true;
	return 0;
}

/* A last line that a power cut has torn gets an end, which may be all that it lacked, and the
 * numbers go on from the last whole record. */
static int mend_tail(struct journal *journal, struct error *err)
{
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;

	if (write_all(journal, span_of("\n"), err) < 0 || journal_read(journal, &list, err) < 0)
		return err->code;
	journal->last = list.last;
	return 0;
}

/* Two system calls in a run, and a third where the file was cut short. */
static int read_last_number(struct journal *journal, struct error *err)
{
	struct stat attributes;
	char tail[GLANCE];
	off_t start;
	ssize_t len;

	if (fstat(journal->fd, &attributes) < 0)
		return error_set_errno(err, errno, "cannot examine '%s'", journal->path);
	if (!attributes.st_size)
		return 0;
	start = attributes.st_size > GLANCE ? attributes.st_size - GLANCE : 0;
	len = pread(journal->fd, tail, sizeof(tail), start);
	if (len < 0)
		return error_set_errno(err, errno, "cannot read '%s'", journal->path);
	return change_last_number(span_make(tail, (size_t)len), &journal->last)
		       ? 0
		       : mend_tail(journal, err);
}

static int open_file(struct journal *journal)
{
	return open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* An interrupted undo has announced its number already, although the journal does not have it
 * yet. */
static void reserve_owed_number(struct journal *journal)
{
	AUTO(change) struct change *undoing = journal_owed(journal);

	if (undoing && undoing->number > journal->last)
		journal->last = undoing->number;
}

/* 0700: what was in configurations before may be a password. */
static int open_journal(struct journal *journal, struct error *err)
{
	if (journal->fd >= 0)
		return 0;
	journal->fd = open_file(journal);
	if (journal->fd < 0 && errno == ENOENT) {
		if (dir_make(journal->dir, 0700, err) < 0)
			return err->code;
		journal->fd = open_file(journal);
	}
	if (journal->fd < 0)
		return error_set_errno(err, errno, "cannot open '%s'", journal->path);
	if (read_last_number(journal, err) < 0) {
		/* Without the number, the next record would have one that is taken. */
		auto_close(&journal->fd);
		journal->fd = -1;
		return err->code;
	}
	reserve_owed_number(journal);
	return 0;
}

int journal_append(struct journal *journal, struct change *change, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (open_journal(journal, err) < 0)
		return err->code;
	if (!change->number)
		change->number = journal->last + 1;
	change_print(change, &text);
	if (write_all(journal, span_make(text.text, text.len), err) < 0)
		return err->code;
	journal->last = change->number;
	return 0;
}

int journal_append_outputs(struct journal *journal, int64_t number, const struct strvec *outputs,
			   struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (open_journal(journal, err) < 0)
		return err->code;
	change_print_outputs(number, outputs, journal->last, &text);
	return write_all(journal, span_make(text.text, text.len), err);
}

int journal_append_void(struct journal *journal, int64_t number, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (open_journal(journal, err) < 0)
		return err->code;
	change_print_void(number, journal->last, &text);
	return write_all(journal, span_make(text.text, text.len), err);
}

int journal_sync(struct journal *journal, struct error *err)
{
	if (!journal->is_dirty)
		return 0;
	if (fsync(journal->fd) < 0)
		return error_set_errno(err, errno, "cannot sync '%s'", journal->path);
	journal->is_dirty = false;
	return 0;
}

/* ---- Forgetting ---- */

/* From the first lines alone: this is asked by each run that changes something. */
static bool begins_before(const struct journal *journal, int64_t before)
{
	char head[GLANCE];
	ssize_t len = pread(journal->fd, head, sizeof(head), 0);
	struct span rest = span_make(head, len > 0 ? (size_t)len : 0), line;

	while (span_take_line(&rest, &line))
		if (span_skip_prefix(&line, "time ")) {
			AUTO_FREE char *digits = span_dup(line);

			return strtoll(digits, NULL, 10) < before;
		}
	return false;
}

static void print_kept(const struct change_list *list, int64_t before, struct strbuf *ret_text,
		       struct strvec *ret_needed)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct change *change = list->items[i];

		if (change->time < before && i + 1 < list->count)
			continue;
		change_print(change, ret_text);
		if (change->is_void)
			change_print_void(change->number, list->last, ret_text);
		for (size_t j = 0; j < change->file_count; j++)
			strvec_push(ret_needed, change->files[j].before.digest);
	}
}

/* At most once a day: what is left after it is younger than what is asked for by less. */
int journal_prune(struct journal *journal, int64_t before, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strvec) struct strvec needed = STRVEC_INIT;

	if (journal->fd < 0 || !begins_before(journal, before - DAY))
		return 0;
	if (journal_read(journal, &list, err) < 0)
		return err->code;
	print_kept(&list, before, &text, &needed);
	auto_close(&journal->fd);
	journal->fd = -1;
	if (file_replace(journal->path, text.text, text.len, &attributes, err) < 0)
		return err->code;
	return old_files_keep_only(journal->dir, &needed, err);
}

/* ---- The change being undone ---- */

int journal_owe(struct journal *journal, struct change *undoing, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (open_journal(journal, err) < 0)
		return err->code;
	undoing->number = journal->last + 1;
	change_print(undoing, &text);
	if (file_replace(journal->owed_path, text.text, text.len, &attributes, err) < 0)
		return err->code;
	journal->last = undoing->number;
	return 0;
}

struct change *journal_owed(const struct journal *journal)
{
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	if (file_read(journal->owed_path, MAX_JOURNAL, &text, &missing) < 0)
		return NULL;
	change_parse(span_make(text.text, text.len), &list);
	return list.count ? STEAL(list.items[0]) : NULL;
}

/* It may have been appended before the power went. Numbers ascend: if other changes were recorded
 * while it was owed, it gets a new one. */
static int append_owed(struct journal *journal, struct change *undoing, struct error *err)
{
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	const struct change *recorded;

	if (journal_read(journal, &list, err) < 0)
		return err->code;
	recorded = change_list_find(&list, undoing->number);
	if (recorded && recorded->undoes == undoing->undoes)
		return 0;
	if (list.last >= undoing->number)
		undoing->number = 0;
	return journal_append(journal, undoing, err);
}

int journal_settle(struct journal *journal, struct change *undoing, struct error *err)
{
	if (open_journal(journal, err) < 0 || append_owed(journal, undoing, err) < 0 ||
	    journal_sync(journal, err) < 0)
		return err->code;
	return file_remove(journal->owed_path, err);
}

int journal_forget_owed(const struct journal *journal, struct error *err)
{
	return file_remove(journal->owed_path, err);
}
