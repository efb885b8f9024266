/*
 * Encodes messages between the program and its children: integers in network byte order, strings
 * preceded by their length. Readers bound every field and trust none.
 *
 *	struct frame_reader reader = {.rest = message};
 *	id = frame_get_u32(&reader);
 *	name = frame_get_text(&reader, MAX_NAME);
 *	if (!frame_is_whole(&reader)) ... refuse the message ...
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Appends an integer of one byte. */
void frame_put_u8(struct strbuf *out, uint8_t value);
/* Appends an integer of four bytes. */
void frame_put_u32(struct strbuf *out, uint32_t value);
/* Appends an integer of eight bytes. */
void frame_put_u64(struct strbuf *out, uint64_t value);
/* Appends length and bytes. */
void frame_put_bytes(struct strbuf *out, const void *bytes, size_t len);
/* Appends a string; NULL is written as "". */
void frame_put_text(struct strbuf *out, const char *text);
/* Appends code, text and hint of an error, which may be empty. */
void frame_put_error(struct strbuf *out, const struct error *err);
enum { FRAME_MAX_LINE = 1024 };
/* Appends a log line, cut at FRAME_MAX_LINE. */
void frame_put_line(struct strbuf *out, const char *text);

struct frame_reader {
	struct span rest;
	bool broken; /* a field was missing, too long or malformed; all later ones are empty */
};

/* Reads an integer of one byte; 0 when the reader is broken. */
uint8_t frame_get_u8(struct frame_reader *reader);
/* Reads an integer of four bytes. */
uint32_t frame_get_u32(struct frame_reader *reader);
/* Reads an integer of eight bytes. */
uint64_t frame_get_u64(struct frame_reader *reader);
/* Reads bytes, borrowed from the message. More than max_len bytes break the reader. */
struct span frame_get_bytes(struct frame_reader *reader, size_t max_len);
/* Reads a string, which the caller frees; never NULL. A NUL byte in it breaks the reader. */
char *frame_get_text(struct frame_reader *reader, size_t max_len) WARN_UNUSED;
/* Reads one byte, which must be 0 or 1. */
bool frame_get_flag(struct frame_reader *reader);
/* Reads an error into `ret_error`, which must be empty. Texts that are not printable UTF-8 break
 * the reader, because they reach logs and terminals. */
void frame_get_error(struct frame_reader *reader, struct error *ret_error);
/* Reads a log line and makes it printable; the caller frees it. */
char *frame_get_line(struct frame_reader *reader) WARN_UNUSED;
/* True when all fields were valid and nothing is left over. */
bool frame_is_whole(const struct frame_reader *reader);

#endif
