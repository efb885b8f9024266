/*
 * `import`: makes lineages of the certificates that another ACME client has on this machine.
 */
#ifndef APP_IMPORT_IMPORT_H
#define APP_IMPORT_IMPORT_H

#include "app/app.h"

/* Copies the certificates, accounts and options of the client of --from-client, which are read
 * below --from-dir and not changed. Certificates that are here already are skipped, so it can be
 * run again. ERR_REFUSED: some certificates could not be taken over, for reasons that were
 * printed. */
int import_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
