/*
 * `undo`: takes one recorded change back, as a change of its own.
 */
#ifndef HISTORY_UNDO_H
#define HISTORY_UNDO_H

#include "app/app.h"
#include "app/plugins/plugins.h"

/* Undoes the change of that number, or the last one. ERR_REFUSED: it cannot be undone, or a file is
 * not as that change left it; nothing was touched then. */
int undo_change(struct app *app, struct error *err) WARN_UNUSED;
/* Finishes an undo that was interrupted; for the start of commands that change something. What
 * cannot be finished is a warning. */
void undo_resume(struct plugins *plugins);

#endif
