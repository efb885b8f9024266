/*
 * A growing byte string. Invariants: `text` is always a valid, NUL-terminated string of `len` bytes
 * (which may include other NULs), even when empty and before any allocation; `len` never exceeds
 * the cap given at initialisation.
 *
 *	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
 *	strbuf_addf(&out, "%s = %s\n", key, value);
 *	return strbuf_detach(&out);
 *
 * Appending beyond the cap is a bug with STRBUF_INIT (no cap). With STRBUF_INIT_CAPPED the append
 * is refused: the buffer keeps its contents and strbuf_overflowed() returns true.
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
/* Frees the contents; the buffer is empty and usable afterwards, with the same cap. */
void strbuf_release(struct strbuf *buffer);
DEFINE_AUTO(strbuf, strbuf_release);
/* Empties the buffer but keeps its memory. */
void strbuf_clear(struct strbuf *buffer);
/* Returns the string, never NULL, which the caller frees; the buffer is empty afterwards. */
char *strbuf_detach(struct strbuf *buffer) WARN_UNUSED;
/* True after an append was refused because of the cap. */
bool strbuf_overflowed(const struct strbuf *buffer);

/* Appends len bytes. */
void strbuf_add(struct strbuf *buffer, const void *bytes, size_t len);
/* Makes room for that many more bytes. Do this before you append a secret and then something
 * else: a buffer that grows leaves a copy behind in freed memory. */
void strbuf_reserve(struct strbuf *buffer, size_t extra);
/* Appends a string. */
void strbuf_adds(struct strbuf *buffer, const char *text);
/* Appends one byte. */
void strbuf_addc(struct strbuf *buffer, char byte);
/* Appends formatted text. */
void strbuf_addf(struct strbuf *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same with a va_list. */
void strbuf_addv(struct strbuf *buffer, const char *format, va_list args) PRINTF_LIKE(2, 0);
/* Appends text made safe for a terminal or log line (see ascii_printable_width()): newlines and
 * tabs become a space, other control or invalid bytes become \xNN, and printable UTF-8 is
 * unchanged. */
void strbuf_add_printable(struct strbuf *buffer, const char *text, size_t len);
#define STRBUF_MIN_MASKED 4
/* Replaces each occurrence of the secret with "***", also where any of its characters are escaped as
 * in a JSON string. A secret shorter than STRBUF_MIN_MASKED bytes (a PIN) is replaced only where it
 * is the whole of a JSON string: it occurs by chance in any text. Mask a text before it is cut. */
void strbuf_mask(struct strbuf *buffer, const char *secret);
/* For a text that another program cut: masks the beginning of a secret at its end. */
void strbuf_mask_end(struct strbuf *buffer, const char *secret);
/* Appends the bytes in lower-case hexadecimal. */
void strbuf_add_hex(struct strbuf *buffer, const void *bytes, size_t len);

/* Shortens the buffer to len bytes, which must not exceed its length. */
void strbuf_truncate(struct strbuf *buffer, size_t len);
/* Replaces `len` bytes at `offset` with the given bytes. */
void strbuf_splice(struct strbuf *buffer, size_t offset, size_t len, const void *bytes,
		   size_t bytes_len);
/* Removes ASCII white space from both ends. */
void strbuf_trim(struct strbuf *buffer);

#endif
