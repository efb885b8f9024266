/*
 * Challenges fulfilled by the person at the terminal or by hooks: the manual authenticator (spec:
 * plugins.md 4).
 */
#ifndef PLUGINS_MANUAL_MANUAL_H
#define PLUGINS_MANUAL_MANUAL_H

#include "plugin/plugin.h"

extern const struct plugin manual_plugin;

#endif
