/*
 * What `renew` does with installers once certificates are in place (spec: flows.md 11): installers
 * bring their own settings up to date, and the server of each renewed lineage is reloaded, once.
 */
#ifndef APP_RENEWAL_RENEW_INSTALLERS_H
#define APP_RENEWAL_RENEW_INSTALLERS_H

#include "app/renewal/renew_scan.h"

/* For each installer: settings of all its lineages are brought up to date, then its server is
 * reloaded once if one of them was renewed. What fails is added to the failed ones of the summary.
 * Nothing in a rehearsal. */
void renew_installers_follow(struct app *app, struct renew_scan *scan);

#endif
