/*
 * Settings as JSON, for the tests of config/: by case folders and against the reference.
 */
#ifndef TESTS_SETTINGS_JSON_H
#define TESTS_SETTINGS_JSON_H

#include "codec/json.h"
#include "config/option.h"
#include "config/settings.h"

/* The core rows and those of sample plugins: webroot and manual as they are, and `sample` for the
 * types of rows that these have not. */
void sample_table_init(struct option_table *ret_table);

/* Sets the member to the value of the row's dest: null when unset. */
void settings_json_set(struct json *object, const char *member, const struct settings *settings,
		       const struct option *option);

const char *origin_name(enum origin origin);

#endif
