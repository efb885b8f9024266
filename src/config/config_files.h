/*
 * Reads cli.ini files as given options.
 */
#ifndef CONFIG_CONFIG_FILES_H
#define CONFIG_CONFIG_FILES_H

#include <stddef.h>

#include "base/error.h"
#include "config/given_options.h"
#include "config/option.h"

/* Appends the options in the text of one file. `path` is used in messages and borrowed by
 * `ret_given`. ERR_USAGE, with file and line, for everything that Certbot answers with a usage
 * error. */
int config_file_read(const struct option_table *table, const char *path, const char *text,
		     size_t len, struct given_options *ret_given, struct error *err) WARN_UNUSED;

#endif
