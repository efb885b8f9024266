/*
 * Apache httpd: obtains through the running server and installs into its configuration (spec:
 * plugins.md 9).
 */
#ifndef PLUGINS_APACHE_APACHE_H
#define PLUGINS_APACHE_APACHE_H

#include "plugin/plugin.h"

extern const struct plugin apache_plugin;

#endif
