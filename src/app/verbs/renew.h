/*
 * `renew`: every lineage that is due, as one batch (spec: flows.md 11, 12).
 */
#ifndef APP_VERBS_RENEW_H
#define APP_VERBS_RENEW_H

#include "app/app.h"

/* ERR_PLUGIN "N renew failure(s), M parse failure(s)" when anything failed. */
int renew_all(struct app *app, struct error *err) WARN_UNUSED;

#endif
