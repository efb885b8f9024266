/*
 * The `certificates` listing, as text that scripts parse or as JSON (docs/json/certificates.md).
 */
#ifndef APP_VERBS_CERTIFICATES_H
#define APP_VERBS_CERTIFICATES_H

#include "app/app.h"

/* Prints all lineages, or those that --cert-name and --domain select. */
int certificates_list(struct app *app, struct error *err) WARN_UNUSED;

#endif
