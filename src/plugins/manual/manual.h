/*
 * The manual authenticator: a person at the terminal or the hooks of the user fulfil the
 * challenges.
 */
#ifndef PLUGINS_MANUAL_MANUAL_H
#define PLUGINS_MANUAL_MANUAL_H

#include "plugin/plugin.h"

extern const struct plugin manual_plugin;

#endif
