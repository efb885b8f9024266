/*
 * `status`: the state of all certificates and their renewals, from what is on record.
 */
#ifndef APP_STATUS_STATUS_H
#define APP_STATUS_STATUS_H

#include "app/app.h"

/* Prints the list, or writes it as metrics (--metrics) or as a page (--html). Changes nothing else
 * and does not use the network. */
int status_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
