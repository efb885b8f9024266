/*
 * Founding, joining and leaving a fleet, and showing its state: `fleet init`, `join`, `leave`,
 * `status`.
 */
#ifndef APP_FLEET_MEMBERSHIP_H
#define APP_FLEET_MEMBERSHIP_H

#include "app/app.h"
#include "instances/plugins.h"

/* Makes the key and the fleet's record, and says how other machines join. ERR_EXISTS: there is a
 * fleet already. */
int membership_init(struct app *app, struct error *err) WARN_UNUSED;
/* Makes this machine a member. ERR_NOT_FOUND: there is no fleet; ERR_CONFIG: the fleet has another
 * key. */
int membership_join(struct app *app, struct error *err) WARN_UNUSED;
/* True when the store has nothing that this machine has not seen, and nothing is left to do. Tells
 * the result of such a pull. */
bool membership_has_no_news(struct plugins *plugins);
/* Takes over what the other machines have published, without the hooks and reloads. */
int membership_pull(struct app *app, struct error *err) WARN_UNUSED;
/* Takes this machine out of the fleet. */
int membership_leave(struct app *app, struct error *err) WARN_UNUSED;
/* Prints members and certificates. */
int membership_status(struct app *app, struct error *err) WARN_UNUSED;

#endif
