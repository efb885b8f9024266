/*
 * Plugins that are separate programs, in any language. `certbot-plugin-NAME` is started for each
 * call, reads one JSON object on one line and answers with another (docs/external-plugins.md). The
 * rest of the program treats it like any other plugin.
 */
#ifndef PLUGINS_EXTERNAL_EXTERNAL_H
#define PLUGINS_EXTERNAL_EXTERNAL_H

#include "plugin/registry.h"

/* Finds a program in the directories of $CERTBOT_PLUGIN_PATH, in the plugin directory of the
 * installation and on $PATH, and asks it to describe itself. Programs on $PATH are not listed. */
extern const struct plugin_source external_programs;

#endif
