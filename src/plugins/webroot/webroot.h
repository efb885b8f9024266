/*
 * The webroot authenticator: answers http-01 with files that a running web server serves.
 */
#ifndef PLUGINS_WEBROOT_WEBROOT_H
#define PLUGINS_WEBROOT_WEBROOT_H

#include "plugin/plugin.h"

extern const struct plugin webroot_plugin;

#endif
