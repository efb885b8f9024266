/*
 * Conversion between times and text. All functions work in UTC unless their name says local. The
 * parsers return false for malformed text.
 */
#ifndef CODEC_DATETIME_H
#define CODEC_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

/* Converts an RFC 3339 time with zone ("2025-01-02T03:04:05Z", fraction allowed) to Unix
 * seconds. */
bool datetime_parse_rfc3339(const char *text, int64_t *ret_seconds);
/* Converts an HTTP date (IMF-fixdate, RFC 850 or asctime) to Unix seconds. */
bool datetime_parse_http(const char *text, int64_t *ret_seconds);
/* Converts "2025-01-02T03:04:05" without zone, read as local time (Certbot's ari_retry_after). */
bool datetime_parse_local(const char *text, int64_t *ret_seconds);
/* Converts the 14 digits "20250102030405", which need not be NUL-terminated. Certificates write
 * their times this way. */
bool datetime_parse_digits(const char *digits, int64_t *ret_seconds);

/* Each formatter returns a heap string, which the caller frees. */
char *datetime_rfc3339(int64_t seconds); /* 2025-01-02T03:04:05Z */
char *datetime_local(int64_t seconds);   /* 2025-01-02T03:04:05, local time */
char *datetime_date(int64_t seconds);    /* 2025-01-02 */
char *datetime_python(int64_t seconds);  /* 2025-01-02 03:04:05+00:00 */
char *datetime_http(int64_t seconds);    /* Thu, 02 Jan 2025 03:04:05 GMT */

/* Interval text of `renew_before_expiry`: a sum of "<int> <unit>", bare integer = days; months and
 * years are calendar-based: adds the interval to `from` (negative counts: subtracts). */
bool datetime_add_interval(const char *text, int64_t from, int64_t *ret_seconds);

#endif
