/*
 * The installers' part of `renew`, after certificates are in place: each installer is told of the
 * new ones and updates its own settings, and the server of each renewed lineage is reloaded once.
 */
#ifndef APP_RENEWAL_RENEW_INSTALLERS_H
#define APP_RENEWAL_RENEW_INSTALLERS_H

#include "app/renewal/renew_scan.h"

/* For each installer: tells it of all lineages that were renewed, updates the settings of all its
 * lineages, then reloads its server once if one of them was renewed. Failures are added to the
 * failed lineages of the summary; a lineage whose certificate was not adopted, or whose server was
 * not reloaded, remains owed. Does nothing in a dry run. */
void renew_installers_follow(struct plugins *plugins, struct renew_scan *scan);

#endif
