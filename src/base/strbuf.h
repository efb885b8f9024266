/*
 * A growing byte string. Invariants: `text` is always a valid, NUL-terminated string of `len` bytes
 * (it may hold other NUL bytes too), also when empty and before any allocation; `len` never exceeds
 * the cap given at initialisation.
 *
 *	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
 *	strbuf_addf(&out, "%s = %s\n", key, value);
 *	return strbuf_detach(&out);
 *
 * Appending beyond the cap is a program error for STRBUF_INIT (no cap) and a refused append for
 * STRBUF_INIT_CAPPED: the buffer keeps what it has and strbuf_overflowed() says so.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct strbuf {
	char *text;
	size_t len;
	size_t capacity; /* 0: text is the shared empty string */
	size_t cap;      /* maximum len */
	bool overflowed;
};

extern char strbuf_empty[1];

#define STRBUF_INIT                                                                                \
	{                                                                                          \
		.text = strbuf_empty, .cap = SIZE_MAX / 2                                          \
	}
#define STRBUF_INIT_CAPPED(max_len)                                                                \
	{                                                                                          \
		.text = strbuf_empty, .cap = (max_len)                                             \
	}

/* Same as STRBUF_INIT, for a buffer inside another object. */
void strbuf_init(struct strbuf *buffer);
/* Frees the contents and makes the buffer empty and usable again (the cap stays). */
void strbuf_release(struct strbuf *buffer);
DEFINE_AUTO(strbuf, strbuf_release);
/* Empties the buffer, keeps its memory. */
void strbuf_clear(struct strbuf *buffer);
/* Gives the string away: the caller frees it; the buffer is empty afterwards. Never NULL. */
char *strbuf_detach(struct strbuf *buffer) WARN_UNUSED;
/* True once an append was refused because of the cap. */
bool strbuf_overflowed(const struct strbuf *buffer);

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *buffer, const char *text);
void strbuf_addc(struct strbuf *buffer, char byte);
void strbuf_addf(struct strbuf *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_addv(struct strbuf *buffer, const char *format, va_list args) PRINTF_LIKE(2, 0);
/* Appends text made safe for a terminal or log line: see ascii_is_printable(); every other byte of
 * invalid or control kind becomes \xNN, newlines and tabs become a space. Valid UTF-8 text of
 * printable code points stays as it is. */
void strbuf_add_printable(struct strbuf *buffer, const char *text, size_t len);
/* Replaces each occurrence of the secret by "***". Secrets of less than STRBUF_MIN_MASKED bytes stay:
 * they occur by chance in any text. */
#define STRBUF_MIN_MASKED 4
void strbuf_mask(struct strbuf *buffer, const char *secret);
/* Appends the lower-case hexadecimal form of the bytes. */
void strbuf_add_hex(struct strbuf *buffer, const void *bytes, size_t len);

/* Shortens the buffer to len bytes, which must not exceed its length. */
void strbuf_truncate(struct strbuf *buffer, size_t len);
/* Replaces `len` bytes at `offset` by the given bytes. */
void strbuf_splice(struct strbuf *buffer, size_t offset, size_t len, const void *bytes,
		   size_t bytes_len);
/* Removes ASCII white space at both ends. */
void strbuf_trim(struct strbuf *buffer);

#endif
