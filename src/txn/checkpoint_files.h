/*
 * Copies files into a checkpoint, and restores them. For txn/ only.
 */
#ifndef TXN_CHECKPOINT_FILES_H
#define TXN_CHECKPOINT_FILES_H

#include "txn/checkpoint.h"

/* Copies the files into the directory, then lists them, so that after a crash a list never names a
 * missing copy. */
int checkpoint_save_files(struct checkpoint *checkpoint, const struct strvec *paths,
			  struct error *err) WARN_UNUSED;
/* The path of the copy of the index-th saved file, which the caller frees. */
char *checkpoint_copy_path(const struct checkpoint *checkpoint, size_t index) WARN_UNUSED;
/* Restores the copies, removes new files and runs the commands, each in reverse order. Restores as
 * many copies as it can and returns the first error; new files are then kept, because remaining
 * edits may need them. Safe to repeat. */
int checkpoint_undo(const struct checkpoint *checkpoint, struct error *err) WARN_UNUSED;
/* Undoes and removes a checkpoint that no open transaction holds. A missing directory is fine.
 * ERR_BUSY: an open transaction holds it. */
int checkpoint_recover(const char *dir, struct error *err) WARN_UNUSED;

#endif
