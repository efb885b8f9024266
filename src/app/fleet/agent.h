/*
 * `fleet agent`: a process that stays. It has this machine take over within seconds what another
 * one has published, and can answer the CA's http-01 validations for whichever machine has ordered.
 */
#ifndef APP_FLEET_AGENT_H
#define APP_FLEET_AGENT_H

#include "app/app.h"

/* Runs until a signal comes. ERR_CONFIG: this machine has joined no fleet; ERR_BUSY: the port
 * is in use (--fleet-answer). */
int agent_run(struct app *app, struct error *err) WARN_UNUSED;

#endif
