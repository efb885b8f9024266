/*
 * UTF-8, one code point at a time.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the code point at the start of the text (len > 0) and returns its width in bytes; 0 when
 * the sequence is malformed, truncated, overlong, a surrogate or above U+10FFFF. */
size_t utf8_decode(const char *text, size_t len, uint32_t *ret_code_point);

/* True when the whole text is valid UTF-8. */
bool utf8_is_valid(const char *text, size_t len);

#endif
