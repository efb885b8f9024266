/*
 * The journal of changes: WORK/changes/journal, a file to which records are appended (change.h),
 * and next to it what files contained before they were changed (old_files.h). Certbot knows nothing
 * of it. The caller holds the lock of the work directory when it writes.
 *
 * Appending does not sync: a run syncs once, at its end, however many certificates it renewed.
 */
#ifndef STORE_JOURNAL_JOURNAL_H
#define STORE_JOURNAL_JOURNAL_H

#include "base/error.h"
#include "base/macros.h"
#include "store/journal/change.h"

struct journal;

/* Returns the journal of a work directory; nothing is opened yet. The caller frees it. */
struct journal *journal_new(const char *work_dir) WARN_UNUSED;
/* Closes it without a sync; accepts NULL. */
void journal_free(struct journal *journal);
DEFINE_AUTO_PTR(journal, journal_free);
/* The directory of the journal, borrowed. */
const char *journal_dir(const struct journal *journal);

/* Appends the records of the journal to the list; a missing journal has none. */
int journal_read(const struct journal *journal, struct change_list *ret_list,
		 struct error *err) WARN_UNUSED;

/* Gives the change the next number, unless it has one, and appends its record. */
int journal_append(struct journal *journal, struct change *change, struct error *err) WARN_UNUSED;
/* Records outputs that were written because of a change. */
int journal_append_outputs(struct journal *journal, int64_t number, const struct strvec *outputs,
			   struct error *err) WARN_UNUSED;
/* Records that a change was not done after all. */
int journal_append_void(struct journal *journal, int64_t number, struct error *err) WARN_UNUSED;
/* Makes what was appended durable; without that it does nothing. */
int journal_sync(struct journal *journal, struct error *err) WARN_UNUSED;
/* Drops records from before that time (Unix seconds), but never the newest, and the contents that
 * none of the others needs. Reads no more than the first record if there are none. */
int journal_prune(struct journal *journal, int64_t before, struct error *err) WARN_UNUSED;

/* ---- The change being undone ---- */

/* Puts on record that a change is being undone; `undoing` is the change that doing so will be. It
 * stays until journal_settle(). Durable. */
int journal_owe(struct journal *journal, struct change *undoing, struct error *err) WARN_UNUSED;
/* Returns the change that an interrupted undo was, for the caller to free; NULL: there is none. */
struct change *journal_owed(const struct journal *journal) WARN_UNUSED;
/* Appends the change, unless the journal has it, and takes it off the record. Durable. Its number
 * is a new one if others were recorded since. */
int journal_settle(struct journal *journal, struct change *undoing, struct error *err) WARN_UNUSED;
/* Takes it off the record without having been done. Durable. */
int journal_forget_owed(const struct journal *journal, struct error *err) WARN_UNUSED;

#endif
