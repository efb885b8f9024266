/*
 * `log`: what was changed, when, by whom and why.
 */
#ifndef HISTORY_CHANGES_LIST_H
#define HISTORY_CHANGES_LIST_H

#include "app/app.h"

/* Lists the changes on record, most recent first: all of them, or those of --cert-name. An empty
 * list is not an error. */
int changes_list(struct app *app, struct error *err) WARN_UNUSED;

#endif
