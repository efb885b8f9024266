/*
 * An installer that does nothing, for tests (`-i null`).
 */
#ifndef PLUGINS_NULL_NULL_H
#define PLUGINS_NULL_NULL_H

#include "plugin/plugin.h"

extern const struct plugin null_plugin;

#endif
