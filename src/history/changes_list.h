/*
 * `log`: what was changed, when, by whom and why.
 */
#ifndef HISTORY_CHANGES_LIST_H
#define HISTORY_CHANGES_LIST_H

#include "app/app.h"

/* Lists the changes on record, most recent first: all, or those of --cert-name. ERR_NOT_FOUND is
 * never returned: no changes are an empty list. */
int changes_list(struct app *app, struct error *err) WARN_UNUSED;

#endif
