/*
 * `undo`: takes back one recorded change, which is recorded as a change itself.
 */
#ifndef HISTORY_UNDO_H
#define HISTORY_UNDO_H

#include "app/app.h"
#include "instances/plugins.h"

/* Undoes the change with that number, or the last one. ERR_REFUSED: it cannot be undone, or a file
 * is no longer as that change left it; nothing was touched. */
int undo_change(struct app *app, struct error *err) WARN_UNUSED;
/* Finishes an undo that was interrupted. Called at the start of commands that change something. If
 * it cannot be finished, that is a warning. */
void undo_resume(struct plugins *plugins);

#endif
