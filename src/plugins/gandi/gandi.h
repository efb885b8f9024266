/*
 * The plugin "gandi": what is left of letsencrypt-gandi. It proved control by SFTP on a Simple
 * Hosting instance and uploaded the certificate by Gandi's XML-RPC interface. Its successor, the
 * Web Hosting API (https://api.gandi.net/docs/simplehosting/,
 * https://api.gandi.net/docs/certificate/), takes no certificates of others, and Gandi gets them
 * for its hosting itself. So the plugin refuses, with a word on what to use instead, before a CA
 * is asked.
 */
#ifndef PLUGINS_GANDI_GANDI_H
#define PLUGINS_GANDI_GANDI_H

#include "plugin/plugin.h"

extern const struct plugin gandi_plugin;

#endif
