/*
 * nginx: obtains through the running server and installs into its configuration (spec: plugins.md
 * 8).
 */
#ifndef PLUGINS_NGINX_NGINX_H
#define PLUGINS_NGINX_NGINX_H

#include "webserver/webserver.h"

extern const struct webserver_plugin nginx_plugin;

#endif
