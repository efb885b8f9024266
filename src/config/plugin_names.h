/*
 * What plugins were called before: Certbot put the name of the distribution in front until 1.7
 * ("certbot-postfix:postfix"), and some plugins of others that are built in here had other names.
 * Renewal confs and cli.ini files still have them.
 */
#ifndef CONFIG_PLUGIN_NAMES_H
#define CONFIG_PLUGIN_NAMES_H

/* The present name of the plugin: the name itself, a part of it, or a static text. */
const char *plugin_name_present(const char *name);

#endif
