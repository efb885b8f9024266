/*
 * Which certificates the fleet shares: `fleet adopt`, `release` and `want`.
 */
#ifndef APP_FLEET_SHARING_H
#define APP_FLEET_SHARING_H

#include "app/app.h"
#include "app/fleet/member/member.h"

/* Publishes certificates of this machine, with the account and options that any machine needs to
 * renew them. ERR_EXISTS: the fleet already has another certificate of that name. ERR_REFUSED: it
 * is renewed from a CSR, or its key is of another certificate. */
int sharing_adopt(struct app *app, struct error *err) WARN_UNUSED;
/* The same for one certificate. Stopped at any step, it can be repeated. */
int sharing_adopt_one(struct plugins *plugins, struct member *member, const char *name,
		      struct error *err) WARN_UNUSED;
/* Ends the sharing: each machine keeps the certificate and renews it on its own. */
int sharing_release(struct app *app, struct error *err) WARN_UNUSED;
/* Publishes the names of the command line, which the certificate that it names is to have next.
 * ERR_USAGE: it names none or several; ERR_NOT_FOUND: the certificate is not the fleet's. */
int sharing_want(struct app *app, struct error *err) WARN_UNUSED;

#endif
