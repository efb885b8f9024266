/*
 * What `renew` does with installers once certificates are in place (spec: flows.md 11): the server
 * of each renewed lineage is reloaded, once, and installers bring their own settings up to date.
 */
#ifndef APP_RENEW_INSTALLERS_H
#define APP_RENEW_INSTALLERS_H

#include "app/renew_scan.h"

/* Reloads each installer of a renewed lineage once. What fails is added to the failed ones of the
 * summary. Nothing in a rehearsal. */
void renew_installers_reload(struct app *app, struct renew_scan *scan);
/* Lets installers that have an `update` look at their lineages, renewed and others, unless
 * --disable-renew-updates or a rehearsal. Failures as above. */
void renew_installers_update(struct app *app, struct renew_scan *scan);
/* True when the lineage's installer wants to see it at each run. */
bool renew_installers_want(const struct app *app, const struct renewal *renewal);

#endif
