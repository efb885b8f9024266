/*
 * What plugins were called before: Certbot put the name of the distribution in front until 1.7
 * ("certbot-postfix:postfix"), and some plugins of others that are built in here had other names.
 * Renewal confs and cli.ini files still have them.
 */
#ifndef CONFIG_PLUGIN_NAMES_H
#define CONFIG_PLUGIN_NAMES_H

#include "base/macros.h"

/* Returns what the dests of a plugin's options begin with: "dns_rfc2136_" for dns-rfc2136. The
 * caller frees it. */
char *plugin_key_prefix(const char *plugin) WARN_UNUSED;
/* The present name of the plugin: the name itself, a part of it, or a static text. */
const char *plugin_name_present(const char *name);
/* The present form of a key that begins with the old name of a plugin, in a renewal conf or in a
 * credentials file ("certbot_dns_cpanel:cpanel_url" is "dns_cpanel_url"), or a copy of it without a
 * distribution. The caller frees it. */
char *plugin_key_present(const char *key) WARN_UNUSED;

#endif
