/*
 * `delete` and `revoke` (spec: flows.md 16, 17).
 */
#ifndef APP_VERBS_REMOVE_H
#define APP_VERBS_REMOVE_H

#include "app/app.h"

int remove_delete(struct app *app, struct error *err) WARN_UNUSED;
int remove_revoke(struct app *app, struct error *err) WARN_UNUSED;
/* The deletion that a revocation ends with: asks again, then deletes. */
int remove_lineages(struct app *app, const struct strvec *names, struct error *err) WARN_UNUSED;

#endif
