/*
 * `fleet limit`: how many orders the machines of the fleet may place at a CA together
 * (fleet/budget.h). The store has the limit, so that all machines have the same.
 */
#ifndef APP_FLEET_LIMIT_H
#define APP_FLEET_LIMIT_H

#include "app/app.h"
#include "fleet/records.h"

/* Reads a limit like "300/3h", or "none", which has no orders. ERR_USAGE. */
int limit_parse(const char *text, struct fleet_record *ret_limit, struct error *err) WARN_UNUSED;
/* Sets the limit of the fleet, or lifts it. ERR_USAGE; others as for any command of a member. */
int limit_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
