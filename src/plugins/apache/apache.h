/*
 * The Apache httpd plugin: obtains certificates through the running server and installs them into
 * its configuration. See docs/apache.md.
 */
#ifndef PLUGINS_APACHE_APACHE_H
#define PLUGINS_APACHE_APACHE_H

#include "webserver/webserver.h"

extern const struct webserver_plugin apache_plugin;

#endif
