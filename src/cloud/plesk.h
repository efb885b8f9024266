/*
 * The plugin "plesk": gives the sites of a Plesk server their certificates by its XML API.
 */
#ifndef CLOUD_PLESK_H
#define CLOUD_PLESK_H

#include "plugin/plugin.h"

extern const struct plugin plesk_plugin;

#endif
