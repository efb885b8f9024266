/*
 * The Varnish authenticator: Varnish itself answers http-01 challenges, with synthetic responses
 * that are put in front of the active VCL for that time. No file is edited, and nothing is
 * restarted.
 */
#ifndef PLUGINS_VARNISH_VARNISH_H
#define PLUGINS_VARNISH_VARNISH_H

#include "plugin/plugin.h"

extern const struct plugin varnish_plugin;

#endif
