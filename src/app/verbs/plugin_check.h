/*
 * `plugins --check NAME`: runs the conformance suite against a plugin program.
 */
#ifndef APP_VERBS_PLUGIN_CHECK_H
#define APP_VERBS_PLUGIN_CHECK_H

#include "app/app.h"

/* Prints a line for each row of the suite. ERR_PLUGIN: something does not hold; ERR_CONFIG: there
 * is no such plugin, or it is built in. */
int plugin_check(struct app *app, const char *name, struct error *err) WARN_UNUSED;

#endif
