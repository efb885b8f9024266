/*
 * Lists finished checkpoints and undoes them, and undoes what crashed runs left. Unlike Certbot,
 * rollback leaves directories alone whose name is not a time, because they are not checkpoints.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/folder.h"
#include "txn/checkpoint.h"
#include "txn/checkpoint_files.h"
#include "txn/places.h"
#include "txn/txn.h"

#define MAX_NOTES (64 << 20)

/* A busy checkpoint belongs to a process that is still running and will undo or finish it. */
static int recover(const char *dir, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (checkpoint_recover(dir, &failure) == 0)
		return 0;
	if (failure.code != ERR_BUSY) {
		error_move(err, &failure);
		return error_wrap(err, "cannot undo unfinished changes");
	}
	log_debug("%s", failure.text);
	return 0;
}

int txn_recover(const char *work_dir, struct error *err)
{
	AUTO_FREE char *temporary = txn_temporary_dir(work_dir);
	AUTO_FREE char *permanent = txn_permanent_dir(work_dir);

	/* Temporary changes were made last, on top of the others. */
	if (recover(temporary, err) < 0)
		return err->code;
	return recover(permanent, err);
}

bool txn_is_unfinished(const char *work_dir)
{
	AUTO_FREE char *temporary = txn_temporary_dir(work_dir);
	AUTO_FREE char *permanent = txn_permanent_dir(work_dir);

	return file_is_dir(temporary) || file_is_dir(permanent);
}

void txn_forget_rollback(const char *work_dir)
{
	AUTO_FREE char *note = txn_rollback_note(work_dir);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_exists(note) && file_remove(note, &err) < 0)
		log_debug("%s", err.text);
}

/* Only the journal of changes needs it, so a full disk does not stop a rollback. */
static void mark_undoing(const char *dir)
{
	const struct file_attributes attributes = {.mode = folder_cut_by_umask(0644)};
	AUTO_FREE char *path = path_join(dir, TXN_ROLLBACK_MARK);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_replace(path, "", 0, &attributes, &err) < 0)
		log_debug("%s", err.text);
}

/* Under the name of a change in progress, an undoing that is cut short is finished by the next
 * recovery, Certbot's included. */
static int undo_finished(const char *work_dir, const char *dir, struct error *err)
{
	AUTO_FREE char *unfinished = txn_permanent_dir(work_dir);

	mark_undoing(dir);
	if (file_rename(dir, unfinished, err) < 0 || checkpoint_recover(unfinished, err) < 0)
		return error_wrap(err, "cannot undo checkpoint '%s'", path_basename(dir));
	txn_forget_rollback(work_dir);
	return 0;
}

/* Unfinished changes come first: they lie on top of the last checkpoint. */
int txn_rollback(const char *work_dir, size_t count, size_t *ret_undone, struct error *err)
{
	AUTO_FREE char *backups = txn_backups_dir(work_dir);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	*ret_undone = 0;
	if (txn_recover(work_dir, err) < 0 || txn_finished_names(backups, &names, err) < 0)
		return err->code;
	for (size_t i = names.count; i-- > 0 && *ret_undone < count;) {
		AUTO_FREE char *dir = path_join(backups, names.items[i]);

		if (!txn_name_is_time(names.items[i]))
			continue;
		if (undo_finished(work_dir, dir, err) < 0)
			return err->code;
		(*ret_undone)++;
	}
	return 0;
}

static void txn_checkpoint_release(struct txn_checkpoint *item)
{
	free(item->notes);
	strvec_release(&item->files);
	strvec_release(&item->new_files);
}

void txn_history_release(struct txn_history *history)
{
	for (size_t i = 0; i < history->count; i++)
		txn_checkpoint_release(&history->items[i]);
	free(history->items);
	*history = (struct txn_history)TXN_HISTORY_INIT;
}

static int read_notes(const char *dir, char **ret_notes, struct error *err)
{
	AUTO_FREE char *path = path_join(dir, "CHANGES_SINCE");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;
	int rc = file_read(path, MAX_NOTES, &text, &missing);

	if (rc < 0 && rc != ERR_NOT_FOUND)
		return error_move(err, &missing);
	*ret_notes = strbuf_detach(&text);
	return 0;
}

/* Certbot stops at a name that is not a time, so a listing that hides it would promise more than a
 * rollback keeps. */
static int read_item(const char *backups, const char *name, struct txn_checkpoint *ret_item,
		     struct error *err)
{
	AUTO_FREE char *dir = path_join(backups, name);
	AUTO_FREE char *seconds = xstrndup(name, strspn(name, "0123456789"));
	AUTO(checkpoint) struct checkpoint checkpoint = checkpoint_of(dir);

	if (!txn_name_is_time(name) || !str_to_int64(seconds, 0, INT64_MAX, &ret_item->time))
		return error_set(err, ERR_PARSE, "'%s' is not a checkpoint", dir);
	if (checkpoint_load(&checkpoint, err) < 0)
		return err->code;
	strvec_extend(&ret_item->files, &checkpoint.saved);
	strvec_extend(&ret_item->new_files, &checkpoint.created);
	return read_notes(dir, &ret_item->notes, err);
}

int txn_list(const char *work_dir, struct txn_history *ret_history, struct error *err)
{
	AUTO_FREE char *backups = txn_backups_dir(work_dir);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(txn_history) struct txn_history history = TXN_HISTORY_INIT;

	if (txn_finished_names(backups, &names, err) < 0)
		return err->code;
	for (size_t i = names.count; i-- > 0;) {
		struct txn_checkpoint *item;

		ARRAY_GROW(history.items, history.count, history.capacity);
		item = &history.items[history.count++];
		*item = (struct txn_checkpoint){.notes = NULL};
		strvec_init(&item->files);
		strvec_init(&item->new_files);
		if (read_item(backups, names.items[i], item, err) < 0)
			return err->code;
	}
	*ret_history = history;
	history = (struct txn_history)TXN_HISTORY_INIT;
	return 0;
}
