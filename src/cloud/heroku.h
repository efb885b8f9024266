/*
 * The plugin "heroku": proves control of the names of apps on Heroku by an address of the app, and
 * gives the apps their certificates.
 */
#ifndef CLOUD_HEROKU_H
#define CLOUD_HEROKU_H

#include "plugin/plugin.h"

extern const struct plugin heroku_plugin;

#endif
