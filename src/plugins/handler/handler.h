/*
 * The authenticator "external": a handler program of the administrator's answers the challenges.
 * It takes the place of the letsencrypt-external plugin that Certbot's User Guide names; its calls
 * are those of that plugin's documentation, without tls-sni-01. Plugins that are programs of their
 * own are something else: see plugins/external/.
 */
#ifndef PLUGINS_HANDLER_HANDLER_H
#define PLUGINS_HANDLER_HANDLER_H

#include "plugin/plugin.h"

extern const struct plugin handler_plugin;

#endif
