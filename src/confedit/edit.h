/*
 * Edits of a text as a list of splices over its original bytes. Bytes that no splice touches stay
 * as they are. Offsets always refer to the original, whatever was spliced before, so that an
 * operation can walk one tree and collect all its changes.
 *
 *	AUTO(edit) struct edit edit = EDIT_INIT(text);
 *	edit_replace(&edit, word->start, word->end, "443");
 *	edit_insert(&edit, block->body_end, line.text);
 *	edit_apply(&edit, &changed);
 *
 * Splices at the same offset appear in the order they were made. Two splices may delete the same
 * byte.
 */
#ifndef CONFEDIT_EDIT_H
#define CONFEDIT_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

struct edit_splice {
	size_t start, end; /* bytes of the base that are removed */
	char *text;        /* what replaces them */
};

struct edit {
	struct span base;            /* borrowed */
	struct edit_splice *splices; /* sorted by start */
	size_t count, capacity;
};

#define EDIT_INIT(base_span)                                                                       \
	{                                                                                          \
		.base = (base_span)                                                                \
	}

void edit_release(struct edit *edit);
DEFINE_AUTO(edit, edit_release);

/* Inserts a copy of the text before the byte at `offset`. */
void edit_insert(struct edit *edit, size_t offset, const char *text);
/* Deletes the bytes [start, end). */
void edit_delete(struct edit *edit, size_t start, size_t end);
/* Replaces the bytes [start, end) with a copy of the text. */
void edit_replace(struct edit *edit, size_t start, size_t end, const char *text);

/* Appends the edited text. */
void edit_apply(const struct edit *edit, struct strbuf *out);
/* Appends the edited form of the base's bytes [start, end), including insertions at both ends. */
void edit_apply_range(const struct edit *edit, size_t start, size_t end, struct strbuf *out);
/* Where the base's byte at `offset` is in the edited text; for a deleted byte, the position after
 * the deletion. */
size_t edit_map(const struct edit *edit, size_t offset);

#endif
