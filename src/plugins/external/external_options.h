/*
 * The options of an external plugin: those that it declares in its description become rows
 * (`--NAME-OPTION`), and each call gets the values. Internal to external*.c.
 */
#ifndef PLUGINS_EXTERNAL_EXTERNAL_OPTIONS_H
#define PLUGINS_EXTERNAL_EXTERNAL_OPTIONS_H

#include "codec/json.h"
#include "config/settings.h"
#include "plugin/plugin.h"

/* Makes rows of "options" in a description, for the plugin of that name. ERR_PLUGIN: a name is
 * unusable, or there are too many. external_options_free() frees them. */
int external_options_read(const char *plugin, const struct json *description,
			  struct option **ret_rows, size_t *ret_count,
			  struct error *err) WARN_UNUSED;
void external_options_free(struct option *rows, size_t count);

/* Makes the "options" member of a request: declared options by their own names, and the NAME=VALUE
 * items of --plugin-option. The contents of the files of secret options are read now. Appends to
 * `ret_masked` what must not be seen in a log. The caller releases the object and wipes the list.
 * ERR_CONFIG: a secret was given with --plugin-option, or its file cannot be read. */
int external_options_values(const struct plugin *plugin, const struct settings *settings,
			    struct json **ret_options, struct strvec *ret_masked,
			    struct error *err) WARN_UNUSED;

#endif
