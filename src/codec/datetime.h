/*
 * Times as text. All functions work in UTC unless the name says local.
 */
#ifndef CODEC_DATETIME_H
#define CODEC_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 3339 with zone ("2025-01-02T03:04:05Z", fraction allowed) to Unix seconds. */
bool datetime_parse_rfc3339(const char *text, int64_t *ret_seconds);
/* HTTP date (IMF-fixdate, RFC 850, asctime). */
bool datetime_parse_http(const char *text, int64_t *ret_seconds);
/* "2025-01-02T03:04:05" without zone, read as local time (Certbot's ari_retry_after). */
bool datetime_parse_local(const char *text, int64_t *ret_seconds);
/* "20250102030405", 14 digits, not terminated: the times of certificates. */
bool datetime_parse_digits(const char *digits, int64_t *ret_seconds);

/* Heap texts; the caller frees. */
char *datetime_rfc3339(int64_t seconds); /* 2025-01-02T03:04:05Z */
char *datetime_local(int64_t seconds);   /* 2025-01-02T03:04:05, local time */
char *datetime_date(int64_t seconds);    /* 2025-01-02 */
char *datetime_python(int64_t seconds);  /* 2025-01-02 03:04:05+00:00 */
char *datetime_http(int64_t seconds);    /* Thu, 02 Jan 2025 03:04:05 GMT */

/* Interval text of `renew_before_expiry`: a sum of "<int> <unit>", bare integer = days; months and
 * years are calendar-based: adds the interval to `from` (negative counts: subtracts). */
bool datetime_add_interval(const char *text, int64_t from, int64_t *ret_seconds);

#endif
