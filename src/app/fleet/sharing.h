/*
 * Which certificates the fleet shares: `fleet adopt` and `release`.
 */
#ifndef APP_FLEET_SHARING_H
#define APP_FLEET_SHARING_H

#include "app/app.h"

/* Publishes certificates of this machine, with the account and options that any machine needs to
 * renew them. ERR_EXISTS: the fleet already has another certificate of that name. ERR_REFUSED: it
 * is renewed from a CSR. */
int sharing_adopt(struct app *app, struct error *err) WARN_UNUSED;
/* Ends the sharing: each machine keeps the certificate and renews it on its own. */
int sharing_release(struct app *app, struct error *err) WARN_UNUSED;

#endif
