/*
 * `certonly --csr`: a certificate for a CSR of the user's. No lineage, no key, no hooks (flows.md
 * 10.4, state.md 16).
 */
#ifndef APP_VERBS_OBTAIN_CSR_H
#define APP_VERBS_OBTAIN_CSR_H

#include "app/app.h"

int obtain_csr(struct app *app, struct error *err) WARN_UNUSED;

#endif
