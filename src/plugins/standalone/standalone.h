/*
 * The standalone authenticator: answers http-01, tls-alpn-01 and tls-sni-01 from a server of its
 * own.
 */
#ifndef PLUGINS_STANDALONE_STANDALONE_H
#define PLUGINS_STANDALONE_STANDALONE_H

#include "plugin/plugin.h"

extern const struct plugin standalone_plugin;

#endif
