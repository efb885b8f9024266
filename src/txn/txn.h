/*
 * Transactions on files that belong to others, such as a server's configuration. Before the first
 * change of a file a copy goes into a checkpoint directory below the work directory; a crash at any
 * point leaves what the next run needs to put everything back. The directories are laid out as
 * Certbot's, so that either program can undo what the other did.
 *
 * A permanent transaction becomes a finished checkpoint by txn_commit(), which txn_rollback() can
 * undo later. A temporary one (for the time of a challenge) always ends in being undone.
 *
 *	AUTO(txn) struct txn *txn = txn_new(work_dir, TXN_PERMANENT);
 *
 *	if (txn_replace(txn, path, text, err) < 0)
 *		return err->code;                        everything is undone
 *	txn_note(txn, "Changed x");
 *	return txn_commit(txn, "Deployed ACME Certificate", clock, err);
 *
 * Several temporary transactions may be open at once (one for each server with challenges): each
 * undoes what is its own. There is one permanent transaction at a time. The caller holds the lock
 * of the work directory throughout.
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

/* A transaction without changes; touches no file yet. The first change undoes what a crashed run
 * left behind in its place. */
struct txn *txn_new(const char *work_dir, enum txn_kind kind);
/* Undoes what was not committed (failures are only logged; txn_abort() reports them); accepts
 * NULL. */
void txn_free(struct txn *txn);
DEFINE_AUTO_PTR(txn, txn_free);

/*
 * Changes. Paths are made absolute; one that a line cannot hold (control characters) is
 * ERR_REFUSED, and so is a file that a temporary transaction holds when a permanent one wants it.
 * ERR_BUSY: another permanent transaction is open. After an error the file is as before.
 */

/* Keeps copies of the files, which must exist, unless the transaction has them; two fsyncs for all
 * of them and one for each. Needed only before changes by other hands, or to spare fsyncs. */
int txn_add_files(struct txn *txn, const struct strvec *paths, struct error *err) WARN_UNUSED;
/* Gives an existing file new contents, after a copy was kept: owner, mode and links to it stay. */
int txn_replace(struct txn *txn, const char *path, struct span text, struct error *err) WARN_UNUSED;
/* Makes a file or link that must not exist (ERR_EXISTS). */
int txn_new_file(struct txn *txn, const char *path, struct span text,
		 const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
int txn_new_symlink(struct txn *txn, const char *path, const char *target,
		    struct error *err) WARN_UNUSED;
/* Notes that somebody else is about to make the file, which must not exist (ERR_EXISTS). */
int txn_register_new(struct txn *txn, const char *path, struct error *err) WARN_UNUSED;
/* Notes a command that undoes something; commands run after the files were put back, last first.
 * NULL-terminated. */
int txn_register_undo(struct txn *txn, const char *const *argv, struct error *err) WARN_UNUSED;
/* Adds a line for people to what the checkpoint will say about itself. */
void txn_note(struct txn *txn, const char *text);

/* True when there is something to undo. */
bool txn_has_changes(const struct txn *txn);
/* Makes a permanent transaction a finished checkpoint; without changes it does nothing. The
 * transaction is empty and usable afterwards. */
int txn_commit(struct txn *txn, const char *title, const struct clock *clock,
	       struct error *err) WARN_UNUSED;
/* Undoes the changes. After an error the checkpoint stays for the next txn_recover(). */
int txn_abort(struct txn *txn, struct error *err) WARN_UNUSED;

/* Undoes what crashed runs left: temporary changes, then unfinished permanent ones. Leaves alone
 * what open transactions of this process hold. */
int txn_recover(const char *work_dir, struct error *err) WARN_UNUSED;
/* Undoes the newest `count` finished checkpoints, newest first, or as many as there are. */
int txn_rollback(const char *work_dir, size_t count, size_t *ret_undone,
		 struct error *err) WARN_UNUSED;

/* A finished checkpoint. */
struct txn_checkpoint {
	int64_t time;            /* Unix seconds */
	char *notes;             /* "-- Title --" and notes, as they stand in the file */
	struct strvec files;     /* changed */
	struct strvec new_files; /* made */
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
/* ERR_PARSE: the backups directory holds a directory whose name is no time. */
int txn_list(const char *work_dir, struct txn_history *ret_history, struct error *err) WARN_UNUSED;

#endif
