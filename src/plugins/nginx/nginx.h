/*
 * The nginx plugin: obtains certificates through the running server and installs them into its
 * configuration. See docs/nginx.md.
 */
#ifndef PLUGINS_NGINX_NGINX_H
#define PLUGINS_NGINX_NGINX_H

#include "webserver/webserver.h"

extern const struct webserver_plugin nginx_plugin;

#endif
