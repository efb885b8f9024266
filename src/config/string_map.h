/*
 * Options whose value is a JSON object of strings: --webroot-map.
 */
#ifndef CONFIG_STRING_MAP_H
#define CONFIG_STRING_MAP_H

#include "base/error.h"
#include "base/map.h"
#include "config/option.h"

/* Reads the object into `ret_map`, whose values are heap strings. ERR_USAGE, naming the option,
 * when the text is not JSON or a member is not a string. */
int string_map_parse(const struct option *option, const char *text, struct map *ret_map,
		     struct error *err) WARN_UNUSED;

#endif
