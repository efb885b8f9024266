/*
 * The TLSA records of lineages whose keys are announced (--dane): what they must be, and whether
 * they are in DNS.
 */
#ifndef APP_VERBS_ANNOUNCE_H
#define APP_VERBS_ANNOUNCE_H

#include "app/app.h"

/* Prints the records of the lineage of --cert-name, or of all that have --dane. ERR_NOT_FOUND: no
 * such lineage; ERR_CONFIG: the named one has no --dane. */
int announce_show(struct app *app, struct error *err) WARN_UNUSED;
/* Looks them up as well. ERR_NOT_FOUND: some are missing. */
int announce_check(struct app *app, struct error *err) WARN_UNUSED;

#endif
