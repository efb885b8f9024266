/*
 * Character and string predicates that ignore the locale.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* C0 and DEL. */
static inline bool ascii_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* Returns the value of a hexadecimal digit, or -1. */
int ascii_hex_value(char c);

/* Lower-cases A-Z in place. */
void ascii_lower_string(char *text);

/* True when the text begins with the prefix. */
bool str_starts(const char *text, const char *prefix);
/* The same without regard to ASCII case, for schemes of URLs (RFC 3986 section 3.1). */
bool str_starts_nocase(const char *text, const char *prefix);
/* True when the text ends with the suffix. */
bool str_ends(const char *text, const char *suffix);
/* Compares without regard to ASCII case, whatever the locale. */
bool str_eq_nocase(const char *a, const char *b);
/* Compares two strings that may be NULL; NULL equals only NULL. */
bool str_eq_or_null(const char *a, const char *b);

/* Parses a string that consists of decimal digits (with an optional leading '-') and lies within
 * [min, max]. Returns false and leaves *ret_value alone for anything else. */
bool str_to_int64(const char *text, int64_t min, int64_t max, int64_t *ret_value);

/* Returns the width in bytes of the printable code point at the start of the text, or 0 when it
 * must not reach a terminal: control characters (C0, DEL, C1), invalid or overlong UTF-8,
 * surrogates, bidirectional and other invisible formatting characters. */
size_t ascii_printable_width(const char *text, size_t len);
/* True when the whole text consists of such code points, or is empty. */
bool ascii_is_printable_text(const char *text);

#endif
