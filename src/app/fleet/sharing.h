/*
 * Which certificates the fleet shares: `fleet adopt` and `release`.
 */
#ifndef APP_FLEET_SHARING_H
#define APP_FLEET_SHARING_H

#include "app/app.h"

/* Publishes certificates of this machine, with the account and the options by which any machine can
 * renew them. ERR_EXISTS: the fleet has another one of that name. */
int sharing_adopt(struct app *app, struct error *err) WARN_UNUSED;
/* Ends the sharing: each machine keeps the certificate, and renews it for itself. */
int sharing_release(struct app *app, struct error *err) WARN_UNUSED;

#endif
