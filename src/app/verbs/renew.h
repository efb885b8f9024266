/*
 * `renew`: renews all lineages that are due, as one batch.
 */
#ifndef APP_VERBS_RENEW_H
#define APP_VERBS_RENEW_H

#include "app/app.h"

/* Renews what is due and prints the summary. ERR_PLUGIN "N renew failure(s), M parse failure(s)"
 * when anything failed. */
int renew_all(struct app *app, struct error *err) WARN_UNUSED;

#endif
