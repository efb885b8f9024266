/*
 * Transactions on files that belong to others, such as a server's configuration. Before a file is
 * first changed, a copy goes into a checkpoint directory below the work directory, so that after a
 * crash at any point the next run can restore everything. The directories have Certbot's format, so
 * that either program can undo what the other did.
 *
 * txn_commit() turns a permanent transaction into a finished checkpoint, which txn_rollback() can
 * undo later. A temporary one (for the duration of a challenge) is always undone in the end.
 *
 *	AUTO(txn) struct txn *txn = txn_new(work_dir, TXN_PERMANENT);
 *
 *	if (txn_replace(txn, path, text, err) < 0)
 *		return err->code;                        everything is undone
 *	txn_note(txn, "Changed x");
 *	return txn_commit(txn, "Deployed ACME Certificate", clock, err);
 *
 * Several temporary transactions may be open at once (one for each server with challenges); each
 * undoes only its own changes. There is at most one permanent transaction at a time. The caller
 * holds the lock of the work directory throughout.
 */
#ifndef TXN_TXN_H
#define TXN_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"
#include "os/clock.h"
#include "os/file/file.h"

struct txn;

enum txn_kind {
	TXN_TEMPORARY,
	TXN_PERMANENT,
};

/* Returns a transaction without changes; touches no file yet. The first change undoes what a
 * crashed run left in the same place. */
struct txn *txn_new(const char *work_dir, enum txn_kind kind);
/* Undoes what was not committed; accepts NULL. Failures are only logged; txn_abort() reports
 * them. */
void txn_free(struct txn *txn);
DEFINE_AUTO_PTR(txn, txn_free);

/*
 * Changes. Paths are made absolute. ERR_REFUSED: the path has control characters, which a list
 * cannot store, or a permanent transaction wants a file that a temporary one holds. ERR_BUSY:
 * another permanent transaction is open. On error the file is unchanged.
 */

/* Copies existing files unless the transaction already has copies; costs two fsyncs plus one per
 * file. Needed only before others change the files, or to save fsyncs. */
int txn_add_files(struct txn *txn, const struct strvec *paths, struct error *err) WARN_UNUSED;
/* Replaces the contents of an existing file after copying it; owner, mode and links to it are
 * kept. */
int txn_replace(struct txn *txn, const char *path, struct span text, struct error *err) WARN_UNUSED;
/* Creates a file that must not exist (ERR_EXISTS). */
int txn_new_file(struct txn *txn, const char *path, struct span text,
		 const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Creates a symbolic link to `target`; nothing may exist at `path` (ERR_EXISTS). */
int txn_new_symlink(struct txn *txn, const char *path, const char *target,
		    struct error *err) WARN_UNUSED;
/* Removes a file or link after copying it; undoing makes it again. */
int txn_remove(struct txn *txn, const char *path, struct error *err) WARN_UNUSED;
/* Records that somebody else is about to create the file, which must not exist (ERR_EXISTS). */
int txn_register_new(struct txn *txn, const char *path, struct error *err) WARN_UNUSED;
/* Records an undo command, NULL-terminated. Commands run after the files were restored, last one
 * first. */
int txn_register_undo(struct txn *txn, const char *const *argv, struct error *err) WARN_UNUSED;
/* Adds a line to the checkpoint's description for people. */
void txn_note(struct txn *txn, const char *text);

/* The changes of the transaction so far: the paths that it has copies of, the copies' paths in the
 * same order, the paths that it made, and the undo commands, the words of each joined by newlines.
 * Appends to the lists of the caller. */
struct txn_contents {
	struct strvec saved, copies, created, undo_commands;
};
void txn_contents_init(struct txn_contents *contents);
void txn_contents_release(struct txn_contents *contents);
DEFINE_AUTO(txn_contents, txn_contents_release);
void txn_describe(const struct txn *txn, struct txn_contents *ret_contents);

/* The same of a permanent transaction that a crashed run left; false: there is none. *ret_is_old:
 * the run was undoing a finished checkpoint; that may be gone, and nothing is left to describe. */
bool txn_describe_unfinished(const char *work_dir, struct txn_contents *ret_contents,
			     bool *ret_is_old);
/* The caller has recorded that the undoing was finished: it is not described again. */
void txn_forget_rollback(const char *work_dir);

/* True when there is something to undo. */
bool txn_has_changes(const struct txn *txn);
/* Turns a permanent transaction into a finished checkpoint; without changes it does nothing. The
 * transaction is empty and usable afterwards. */
int txn_commit(struct txn *txn, const char *title, const struct clock *clock,
	       struct error *err) WARN_UNUSED;
/* Undoes the changes. On error the checkpoint remains for the next txn_recover(). */
int txn_abort(struct txn *txn, struct error *err) WARN_UNUSED;

/* Undoes what crashed runs left: temporary changes, then unfinished permanent ones. Open
 * transactions of this process are left alone. */
int txn_recover(const char *work_dir, struct error *err) WARN_UNUSED;
/* True when txn_recover() would have something to undo. A run without the lock of the work
 * directory may see the changes of another one. */
bool txn_is_unfinished(const char *work_dir);
/* Undoes the newest `count` finished checkpoints, or as many as there are, newest first. If this is
 * cut short, the next txn_recover() finishes the one that was under way. */
int txn_rollback(const char *work_dir, size_t count, size_t *ret_undone,
		 struct error *err) WARN_UNUSED;

/* A finished checkpoint. */
struct txn_checkpoint {
	int64_t time;            /* Unix seconds */
	char *notes;             /* "-- Title --" and notes, as in the file */
	struct strvec files;     /* changed files */
	struct strvec new_files; /* created files */
};

struct txn_history {
	struct txn_checkpoint *items; /* newest first */
	size_t count, capacity;
};

#define TXN_HISTORY_INIT                                                                           \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void txn_history_release(struct txn_history *history);
DEFINE_AUTO(txn_history, txn_history_release);
/* Lists the finished checkpoints; the caller releases them. ERR_PARSE: the name of a directory
 * among the backups is not a time. */
int txn_list(const char *work_dir, struct txn_history *ret_history, struct error *err) WARN_UNUSED;

#endif
