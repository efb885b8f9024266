/*
 * http-01 through the files of a running web server: the webroot authenticator (spec: plugins.md 3,
 * cli.md 8).
 */
#ifndef PLUGINS_WEBROOT_WEBROOT_H
#define PLUGINS_WEBROOT_WEBROOT_H

#include "plugin/plugin.h"

extern const struct plugin webroot_plugin;

#endif
