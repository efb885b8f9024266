/*
 * `plugins --check NAME`: runs the conformance suite against a plugin program.
 */
#ifndef INSTANCES_PLUGIN_CHECK_H
#define INSTANCES_PLUGIN_CHECK_H

#include "instances/plugins.h"

/* Prints a line for each check of the suite. ERR_PLUGIN: a check failed. ERR_CONFIG: there is no
 * such plugin, or it is built in. */
int plugin_check(struct plugins *plugins, const char *name, struct error *err) WARN_UNUSED;

#endif
