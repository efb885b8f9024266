/*
 * Preparations for storing a certificate, made before the CA is asked for it, so that foreseeable
 * problems show up before it is issued (docs/store.md).
 */
#ifndef STORE_LINEAGE_LINEAGE_RESERVE_H
#define STORE_LINEAGE_LINEAGE_RESERVE_H

#include "store/lineage/lineage.h"

/* Makes what storing will need: the directory, a draft of the key with its permissions, and disk
 * space. Uses only key and file_mode of the generation. Appends warnings to `ret_notes`. On error
 * nothing is left behind, and the hint says what to do. Afterwards either store the generation or
 * call lineage_abandon(). */
int lineage_reserve(struct lineage *lineage, const struct lineage_generation *generation,
		    struct strvec *ret_notes, struct error *err) WARN_UNUSED;
/* Writes the files of a certificate that was issued into what is reserved, before another is waited
 * for that is to be stored with it: if this process is killed, the next run stores the one. Then
 * the generation is stored with `is_drafted`, and not abandoned. On error, what is there is not
 * whole, and the reservation stays. */
int lineage_draft_issued(const struct lineage *lineage, const struct lineage_generation *generation,
			 struct error *err) WARN_UNUSED;
enum lineage_abandon_flags {
	LINEAGE_KEEP_KEY = 1 << 0, /* there may be a certificate for it by now */
};
/* Undoes lineage_reserve(). Failures are only logged (log_debug). */
void lineage_abandon(struct lineage *lineage, unsigned flags);
/* Reads the key that an interrupted run left in a draft; the caller frees it. False when there is
 * none. A certificate for it may exist. */
bool lineage_left_key(const struct lineage *lineage, struct key **ret_key);

/* ---- The key of the next certificate: made while the present one is in use, so that its digest
 * can be announced first (app/keys/dane.h). A file of the archive that Certbot does not look at.
 * ---- */

/* Reads that key, which the caller frees; NULL if there is none. ERR_IO, ERR_PARSE, ERR_NOT_FOUND:
 * there is one, but it cannot be used now. */
int lineage_next_key(const struct lineage *lineage, struct key **ret_key,
		     struct error *err) WARN_UNUSED;
/* Stores one, in the place of one that has become the present key. */
int lineage_set_next_key(const struct lineage *lineage, const struct key *key,
			 struct error *err) WARN_UNUSED;
/* True for the name of its file in the archive. */
bool lineage_is_next_key(const char *file_name);

#endif
