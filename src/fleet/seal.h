/*
 * Seals what goes into the store, which is not trusted: each value is encrypted and bound to the
 * fleet, to the kind and name of its key and, for generations, to the number. Without the fleet's
 * key, write access to the store can destroy values but not forge them; a value that is copied to
 * another key cannot be opened.
 */
#ifndef FLEET_SEAL_H
#define FLEET_SEAL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "fleet/records.h"

/* The keys of a fleet; the first one seals. While the members change to a new key, values sealed
 * with the old one can still be opened (`count` 2). */
struct fleet_keyring {
	struct secret keys[2]; /* AEAD_KEY_LEN bytes each */
	unsigned count;
};

/* Wipes the keys. */
void fleet_keyring_release(struct fleet_keyring *ring);
DEFINE_AUTO(fleet_keyring, fleet_keyring_release);

/* The place of a value. Borrowed texts. */
struct fleet_place {
	const char *fleet; /* id of the fleet */
	enum fleet_kind kind;
	const char *name;    /* of the lineage; "" for kinds that have a single key */
	uint64_t generation; /* FLEET_GENERATION only */
};

/* Returns the key for the place below the fleet's prefix: "gen/example.org/7". The caller frees
 * it. */
char *fleet_place_key(const struct fleet_place *place) WARN_UNUSED;

/* Appends the sealed record, which must be of the place's kind. */
void fleet_seal(const struct fleet_keyring *ring, const struct fleet_place *place,
		const struct fleet_record *record, struct strbuf *out);
/* True if the value says that it was sealed with that key; only opening it proves that. */
bool fleet_seal_is_by(const struct secret *key, struct span sealed);
/* Opens a value that was read at that place. ERR_REFUSED: it was not sealed for this place by
 * this fleet; ERR_CONFIG: with a key that this machine does not have, or by a newer version;
 * ERR_PARSE. */
int fleet_unseal(const struct fleet_keyring *ring, const struct fleet_place *place,
		 struct span sealed, struct fleet_record *ret_record,
		 struct error *err) WARN_UNUSED;

#endif
