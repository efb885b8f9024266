/*
 * `shadow`: compares what this program and another Certbot would do on this machine.
 */
#ifndef HANDOVER_SHADOW_H
#define HANDOVER_SHADOW_H

#include "app/app.h"
#include "schedules/schedules.h"

/* Returns the Certbot to compare with, which the caller frees: the one that --with names, else that
 * of a timer or cron line, else one in a usual place. NULL: there is none. */
char *shadow_find_other(const struct settings *settings, const struct schedules *schedules);

/* Runs both programs on private copies of the configuration and prints how they differ. Writes
 * nothing elsewhere, contacts no CA and runs no hook. ERR_REFUSED: there are differences.
 * ERR_USAGE: there is no other Certbot. */
int shadow_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
