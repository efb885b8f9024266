/*
 * The conformance suite for plugin programs (`certbot plugins --check NAME`). Internal to
 * external*.c; docs/external-plugins.md says what a plugin has to do.
 */
#ifndef PLUGINS_EXTERNAL_EXTERNAL_CHECK_H
#define PLUGINS_EXTERNAL_EXTERNAL_CHECK_H

#include "plugin/registry.h"

/* Implements check() of struct plugin_source. */
int external_check(const struct plugin *plugin, const struct settings *settings,
		   const struct plugin_check_report *report, struct error *err) WARN_UNUSED;

#endif
