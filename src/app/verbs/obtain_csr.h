/*
 * `certonly --csr`: obtains a certificate for the user's CSR. It makes no lineage and no key and
 * runs no hooks.
 */
#ifndef APP_VERBS_OBTAIN_CSR_H
#define APP_VERBS_OBTAIN_CSR_H

#include "app/app.h"

/* Obtains a certificate for the CSR and writes it to the files of --cert-path and its siblings. */
int obtain_csr(struct app *app, struct error *err) WARN_UNUSED;

#endif
