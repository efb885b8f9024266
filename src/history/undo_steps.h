/*
 * The steps of an undo: whether it can be done, and doing it. Used by undo.c.
 *
 * Both work on the change that undoing is: its files have what is there now as `before`, and what
 * is to be there again as `after`. So undoing an undo is the same.
 */
#ifndef HISTORY_UNDO_STEPS_H
#define HISTORY_UNDO_STEPS_H

#include "app/plugins/plugins.h"
#include "store/journal/change.h"

/* Returns the change that undoing this one is, for the caller to free. */
struct change *undo_plan(const struct plugins *plugins, const struct change *change) WARN_UNUSED;
enum undo_stage {
	UNDO_BEGINS,
	UNDO_RESUMES, /* what was brought back already is right, too */
};
/* ERR_REFUSED unless everything is as the change left it and can be brought back; the text names
 * the file, and by `list` the later change that stands on it. */
int undo_check(const struct plugins *plugins, const struct change *undoing,
	       const struct change_list *list, enum undo_stage stage,
	       struct error *err) WARN_UNUSED;
/* Keeps what the files contain now, so that this can be undone in turn. */
int undo_keep_present(const struct plugins *plugins, const struct change *undoing,
		      struct error *err) WARN_UNUSED;
/* Does it; what is done already is passed over. A server is left to be reloaded by
 * undo_tell_server(). */
int undo_apply(struct plugins *plugins, const struct change *undoing,
	       struct error *err) WARN_UNUSED;
/* Has the server of an undone configuration read its files; nothing for other changes. */
int undo_tell_server(struct plugins *plugins, const struct change *undoing,
		     struct error *err) WARN_UNUSED;

#endif
