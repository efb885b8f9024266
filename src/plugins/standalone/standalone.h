/*
 * A responder of our own for http-01 and tls-alpn-01: the standalone authenticator (spec:
 * plugins.md 2).
 */
#ifndef PLUGINS_STANDALONE_STANDALONE_H
#define PLUGINS_STANDALONE_STANDALONE_H

#include "plugin/plugin.h"

extern const struct plugin standalone_plugin;

#endif
