/*
 * Apache httpd: obtains through the running server and installs into its configuration (spec:
 * plugins.md 9).
 */
#ifndef PLUGINS_APACHE_APACHE_H
#define PLUGINS_APACHE_APACHE_H

#include "webserver/webserver.h"

extern const struct webserver_plugin apache_plugin;

#endif
