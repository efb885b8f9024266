/*
 * nginx: obtains through the running server and installs into its configuration (spec: plugins.md
 * 8).
 */
#ifndef PLUGINS_NGINX_NGINX_H
#define PLUGINS_NGINX_NGINX_H

#include "plugin/plugin.h"

extern const struct plugin nginx_plugin;

#endif
