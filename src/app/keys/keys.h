/*
 * Chooses the key of a certificate, as Certbot does: the old one or a new one, and of which type.
 */
#ifndef APP_KEYS_KEYS_H
#define APP_KEYS_KEYS_H

#include "base/error.h"
#include "config/settings.h"
#include "crypto/key/key.h"
#include "store/lineage/lineage.h"

/* Returns the lineage's key if it is to be reused; or the key that an interrupted run left behind,
 * if its type matches the settings; or a new one. The caller frees it. When a key is reused, type
 * and size in the settings are set to those of the key. `unborn` is the lineage to be made, or
 * NULL. */
int keys_for_lineage(struct settings *settings, struct lineage *lineage,
		     const struct lineage *unborn, struct key **ret_key,
		     struct error *err) WARN_UNUSED;

/* The same for the second of two types (config/key_types.h), with the companion of the lineage or,
 * where nothing is stored, NULL. */
int keys_for_second(struct settings *settings, struct lineage *companion, struct key **ret_key,
		    struct error *err) WARN_UNUSED;

/* Makes a key of the kind that the settings want; the caller frees it. */
int keys_make(struct settings *settings, struct key **ret_key, struct error *err) WARN_UNUSED;

/* Returns an error when the settings contradict a key that is to be reused. */
int keys_check_reuse(const struct settings *settings, struct lineage *lineage,
		     struct error *err) WARN_UNUSED;

/* Records the types of the keys in a conf's tree. `lineage` is what is stored of it, or NULL. */
void keys_note_types(const struct settings *settings, const struct lineage *lineage,
		     struct ini *conf);

/* Returns an error when the token that is to keep the key cannot be used: known before the CA is
 * asked. */
int keys_check_token(const struct settings *settings, struct error *err) WARN_UNUSED;

/* Refuses a second key for a lineage that is shared with other machines (app/fleet). */
int keys_check_shared(const struct settings *settings, const struct lineage *lineage,
		      struct error *err) WARN_UNUSED;

/* Warns about options on the command line that apply only to the other key type. */
void keys_warn_of_options(const struct settings *settings);

#endif
