/*
 * The places of checkpoints below the work directory. For txn/ only.
 */
#ifndef TXN_PLACES_H
#define TXN_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strvec.h"

/* A file in a checkpoint that a rollback is undoing. Without it, a checkpoint under the name of a
 * change in progress was never finished. */
#define TXN_ROLLBACK_MARK "ROLLBACK"
/* Returns where that file goes while the checkpoint, which is undone by then, is removed; the
 * caller frees it. */
char *txn_rollback_note(const char *work_dir);

/* Return the directory of an unfinished checkpoint, WORK/temp_checkpoint or
 * WORK/backups/IN_PROGRESS; the caller frees it. */
char *txn_temporary_dir(const char *work_dir);
char *txn_permanent_dir(const char *work_dir);
/* Returns WORK/backups; the caller frees it. */
char *txn_backups_dir(const char *work_dir);

/* Appends the names of all directories in `backups_dir` except IN_PROGRESS, oldest first; none when
 * `backups_dir` is missing. */
int txn_finished_names(const char *backups_dir, struct strvec *ret_names,
		       struct error *err) WARN_UNUSED;
/* True when the name is a Unix time, as the names of finished checkpoints are. */
bool txn_name_is_time(const char *name);
/* Returns the name for the next finished checkpoint, which the caller frees: the time or, if the
 * clock once ran ahead, one second more than the newest name, so that names sort in the order of
 * checkpoints. */
char *txn_next_name(const struct strvec *names, int64_t now_ms);

#endif
