/*
 * Bytes of a message between the program and its children: integers in network order, strings with
 * their length in front. What is read is bounded and never trusted.
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

void frame_put_u8(struct strbuf *out, uint8_t value);
void frame_put_u32(struct strbuf *out, uint32_t value);
void frame_put_u64(struct strbuf *out, uint64_t value);
void frame_put_bytes(struct strbuf *out, const void *bytes, size_t len);
/* NULL is written as "". */
void frame_put_text(struct strbuf *out, const char *text);
/* Code, text and hint; an empty error too. */
void frame_put_error(struct strbuf *out, const struct error *err);
/* A line for the log, cut at FRAME_MAX_LINE. */
enum { FRAME_MAX_LINE = 1024 };
void frame_put_line(struct strbuf *out, const char *text);

struct frame_reader {
	struct span rest;
	bool broken; /* something was missing, too long or malformed; all later values are empty */
};

uint8_t frame_get_u8(struct frame_reader *reader);
uint32_t frame_get_u32(struct frame_reader *reader);
uint64_t frame_get_u64(struct frame_reader *reader);
/* Borrowed from the message; longer than max_len breaks the reader. */
struct span frame_get_bytes(struct frame_reader *reader, size_t max_len);
/* Heap text, never NULL; a NUL byte in it breaks the reader. */
char *frame_get_text(struct frame_reader *reader, size_t max_len) WARN_UNUSED;
/* 0 or 1. */
bool frame_get_flag(struct frame_reader *reader);
/* Texts reach logs and terminals: anything but printable UTF-8 breaks the reader. `ret_error` is
 * empty. */
void frame_get_error(struct frame_reader *reader, struct error *ret_error);
/* Heap, made printable. */
char *frame_get_line(struct frame_reader *reader) WARN_UNUSED;
/* True when everything was read and nothing is left over. */
bool frame_is_whole(const struct frame_reader *reader);

#endif
