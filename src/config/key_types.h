/*
 * The types of a lineage's keys: `--key-type ecdsa`, or two of them, `--key-type ecdsa,rsa`. The
 * first is the one that Certbot knows, and the only one that a conf has in [renewalparams]: Certbot
 * refuses a list there. The second stands in [services] (store/lineage/second.c).
 */
#ifndef CONFIG_KEY_TYPES_H
#define CONFIG_KEY_TYPES_H

#include "codec/ini.h"
#include "config/settings.h"

/* The type of the lineage's own key, static: "ecdsa" or "rsa". */
const char *key_types_first(const struct settings *settings);
/* The type of its second key, static; NULL: it has none. */
const char *key_types_second(const struct settings *settings);
/* The option's value for these types, static; `second` may be NULL. */
const char *key_types_text(const char *first, const char *second);

/* To be called after settings_restore(), with the second type that the conf names or NULL: restores
 * it, unless this run says what the types are. */
void key_types_restore(struct settings *settings, const char *second);
/* To be called after settings_save(): leaves only the first type there. */
void key_types_note(const struct settings *settings, struct ini *conf);

#endif
