/*
 * One-time passwords of the second factor (RFC 6238: 6 digits, 30 seconds, SHA-1).
 */
#ifndef CRYPTO_TOTP_H
#define CRYPTO_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

enum {
	TOTP_SECONDS = 30, /* how long each password counts */
};

/* Appends the password of that time (Unix seconds). The secret is base32 as authenticator programs
 * take it: in any case, with blanks and padding or without. False, with nothing appended, if it is
 * not valid. */
bool totp_password(const char *secret, int64_t now, struct strbuf *out);

#endif
