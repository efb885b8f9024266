/*
 * The steps of an undo: checking whether it is possible, and doing it. Used by undo.c.
 *
 * Both work on the change that the undo itself is: in its files, `before` is what is there now, and
 * `after` is what is to be there again. So an undo can be undone in the same way.
 */
#ifndef HISTORY_UNDO_STEPS_H
#define HISTORY_UNDO_STEPS_H

#include "instances/plugins.h"
#include "store/journal/change.h"

/* Returns the change that undoing this one is. The caller frees it. */
struct change *undo_plan(const struct plugins *plugins, const struct change *change) WARN_UNUSED;
enum undo_stage {
	UNDO_BEGINS,
	UNDO_RESUMES, /* files that were restored already are accepted, too */
};
/* ERR_REFUSED unless everything is as the change left it and can be restored; the text names the
 * file, and a later change in `list` that builds on it. */
int undo_check(const struct plugins *plugins, const struct change *undoing,
	       const struct change_list *list, enum undo_stage stage,
	       struct error *err) WARN_UNUSED;
/* Keeps what the files contain now, so that the undo can be undone in turn. */
int undo_keep_present(const struct plugins *plugins, const struct change *undoing,
		      struct error *err) WARN_UNUSED;
/* Carries it out, skipping what is done already. A server is not reloaded: undo_tell_server() does
 * that. */
int undo_apply(struct plugins *plugins, const struct change *undoing,
	       struct error *err) WARN_UNUSED;
/* Makes the server of an undone configuration reload its files; does nothing for other changes. */
int undo_tell_server(struct plugins *plugins, const struct change *undoing,
		     struct error *err) WARN_UNUSED;

#endif
