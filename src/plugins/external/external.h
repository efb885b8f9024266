/*
 * Plugins that are programs of their own, in any language: `certbot-plugin-NAME` is started for
 * each call, reads one JSON object in one line and answers with one (docs/external-plugins.md). To
 * the rest of the program it is a plugin like others.
 */
#ifndef PLUGINS_EXTERNAL_EXTERNAL_H
#define PLUGINS_EXTERNAL_EXTERNAL_H

#include "plugin/registry.h"

/* Finds a program in the directories of $CERTBOT_PLUGIN_PATH, in the plugin directory of the
 * installation and on $PATH, and asks it what it is. Those on $PATH are not listed. */
extern const struct plugin_source external_programs;

#endif
