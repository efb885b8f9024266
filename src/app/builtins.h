/*
 * The plugins and options that are built into this program.
 */
#ifndef APP_BUILTINS_H
#define APP_BUILTINS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/option.h"
#include "plugin/registry.h"

/* The built-in plugins, sorted by name. */
extern const struct plugin_registry app_builtins;

/* A key of a credentials file, as pages for people show it; static. */
struct app_credential {
	const char *key;     /* without the plugin's name in front */
	const char *meaning; /* completes "should be ..." */
	bool is_optional;
	bool is_in_sample; /* needed, or one of the first way to log in of several */
};
/* Gives the key of that number in a built-in plugin's credentials file. Returns false after the
 * last one, and for a plugin without such a file. */
bool app_credential(const struct plugin *plugin, size_t number,
		    struct app_credential *ret_credential);
/* Returns where a user gets the credentials that a built-in plugin needs ("desec.io/tokens"), or
 * NULL if it needs none or nothing is known. Static. */
const char *app_credentials_source(const struct plugin *plugin);
/* Adds the core option rows and those of all built-in plugins. */
void app_option_table(struct option_table *ret_table);

#endif
