/*
 * What a file is at a moment: its type and mode, and the digest of its contents. By it the journal
 * knows whether a file still is as a change left it.
 */
#ifndef STORE_JOURNAL_FILE_STATE_H
#define STORE_JOURNAL_FILE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

#define FILE_STATE_DIGEST 64

struct file_state {
	unsigned mode;                      /* as in st_mode; 0: there is no such file */
	char digest[FILE_STATE_DIGEST + 1]; /* SHA-256 of the contents, or of a link's target */
};

/* Reads the state, and appends the contents (or the target of a link) to `ret_bytes`. A link to a
 * file counts as that file if `follows`. A missing file is not an error. */
int file_state_read(const char *path, bool follows, struct file_state *ret_state,
		    struct strbuf *ret_bytes, struct error *err) WARN_UNUSED;
/* True when type, mode and contents are the same. */
bool file_state_same(const struct file_state *a, const struct file_state *b);
/* True for the state of a symbolic link. */
bool file_state_is_link(const struct file_state *state);

/* Splits the text of a renewal conf: the options, which only a change sets, and what the program
 * notes down between changes ([renewal_state], [acme_renewal_info]). */
void file_state_split_conf(struct span text, struct strbuf *ret_options, struct strbuf *ret_notes);
/* The state of a renewal conf by its options alone. */
struct file_state file_state_of_conf(unsigned mode, struct span text) WARN_UNUSED;

/* Contents of a file, wiped when they are released: there may be a private key among them, as in
 * Icecast's certificate file. */
struct file_contents {
	struct strbuf bytes;
};

#define FILE_CONTENTS_INIT                                                                         \
	{                                                                                          \
		.bytes = STRBUF_INIT                                                               \
	}
/* Wipes and frees it. */
void file_contents_release(struct file_contents *contents);
DEFINE_AUTO(file_contents, file_contents_release);

#endif
