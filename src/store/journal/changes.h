/*
 * Recording of what a run changes, in the journal of changes (store/journal). Whoever changes
 * something writes down what it is about; who, when and with which command line is known here.
 *
 * A change that cannot be recorded is made anyway, with a warning: a full work directory must not
 * stop a renewal. All functions may be called by several threads, and accept NULL for the recorder:
 * then nothing is recorded.
 */
#ifndef STORE_JOURNAL_CHANGES_H
#define STORE_JOURNAL_CHANGES_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"
#include "os/clock.h"
#include "store/journal/change.h"

struct changes;
struct journal;

struct changes_options {
	const char *work_dir;
	const char *verb;           /* canonical name */
	const struct strvec *words; /* the command line after the program's name, masked */
	const struct clock *clock;
	int64_t keep_days; /* how long changes are kept; 0: forever */
};

/* Returns the recorder of a run; no file is touched yet. What the options point to is
 * borrowed. */
struct changes *changes_new(const struct changes_options *options) WARN_UNUSED;
/* Makes what was recorded durable, forgets what is too old, and frees the recorder. */
void changes_free(struct changes *changes);
/* The journal, borrowed; NULL when nothing is recorded. */
struct journal *changes_journal(const struct changes *changes);

/* Returns a change with that title, by this run and now, for the caller to fill in. NULL when
 * nothing is recorded, which the functions below accept. */
struct change *changes_begin(struct changes *changes, const char *title, ...)
	PRINTF_LIKE(2, 3) WARN_UNUSED;
/* Keeps what a file contained before the change, so that undoing it can bring that back. */
void changes_keep(struct changes *changes, const struct file_state *before, struct span bytes);
/* Appends the change and frees it. Returns its number, 0 when it was not recorded. */
int64_t changes_add(struct changes *changes, struct change *own_change);
/* Records a change that cannot be undone, and why not. */
void changes_add_final(struct changes *changes, const char *obstacle, const char *title, ...)
	PRINTF_LIKE(3, 4);
/* Lets the outputs that are written from now on belong to that change, which is on record already;
 * not while threads are at work. */
void changes_follow(struct changes *changes, const struct change *change);
/* Records the outputs of a certificate that were written. `before` and `after` are lists of
 * "DIGEST PATH". They belong to the change of that certificate in this run; if there is none, an
 * earlier run owed them, and they are a change by themselves. */
void changes_add_outputs(struct changes *changes, const char *lineage, const struct strvec *before,
			 const struct strvec *after);
/* Takes back a record: the change was not made after all. */
void changes_drop(struct changes *changes, int64_t number);

#endif
