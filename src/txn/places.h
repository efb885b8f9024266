/*
 * Where checkpoints lie below the work directory. For txn/ only.
 */
#ifndef TXN_PLACES_H
#define TXN_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strvec.h"
#include "txn/txn.h"

/* Heap paths: WORK/temp_checkpoint and WORK/backups/IN_PROGRESS; WORK/backups. */
char *txn_checkpoint_dir(const char *work_dir, enum txn_kind kind);
char *txn_backups_dir(const char *work_dir);

/* Names of all directories in `backups_dir` but IN_PROGRESS, oldest first. None when there is no
 * such directory. */
int txn_finished_names(const char *backups_dir, struct strvec *ret_names,
		       struct error *err) WARN_UNUSED;
/* True for a name that is a Unix time, as finished checkpoints have it. */
bool txn_name_is_time(const char *name);
/* The name of the next finished checkpoint, heap: the time, or, after a clock that ran ahead, one
 * second more than the newest name, so that the order of names stays the order of checkpoints. */
char *txn_next_name(const struct strvec *names, int64_t now_ms);

#endif
