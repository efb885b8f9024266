/*
 * What files contained before changes, in the journal's directory under their digests: equal
 * contents are kept once. A private key is never kept.
 */
#ifndef STORE_JOURNAL_OLD_FILES_H
#define STORE_JOURNAL_OLD_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "store/journal/file_state.h"

/* Keeps the contents of a file of that state. Durable. Does nothing for contents with a private
 * key. */
int old_files_keep(const char *journal_dir, const struct file_state *state, struct span bytes,
		   struct error *err) WARN_UNUSED;
/* Appends what old_files_keep() kept. ERR_NOT_FOUND. */
int old_files_read(const char *journal_dir, const struct file_state *state,
		   struct strbuf *ret_bytes, struct error *err) WARN_UNUSED;
/* Removes all but those with these digests. */
int old_files_keep_only(const char *journal_dir, const struct strvec *digests,
			struct error *err) WARN_UNUSED;

#endif
