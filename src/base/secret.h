/*
 * Bytes that must not leak: private keys in PEM, API tokens, EAB keys. Wiped on release. The type
 * is not a string, so that no formatter takes it by accident: secret_peek() is the one door.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/macros.h"

struct secret {
	char *bytes; /* NUL-terminated for convenience; NULL when empty */
	size_t len;
};

#define SECRET_INIT                                                                                \
	{                                                                                          \
		.bytes = NULL                                                                      \
	}

/* Wipes and frees; the secret is empty and reusable afterwards. */
void secret_release(struct secret *secret);
DEFINE_AUTO(secret, secret_release);
/* Replaces the contents by a copy of the bytes. */
void secret_set(struct secret *secret, const void *bytes, size_t len);
/* Takes over a heap buffer of len bytes with a NUL behind it. */
void secret_give(struct secret *secret, char *own_bytes, size_t len);
/* The bytes, borrowed, NUL-terminated; "" when empty. */
const char *secret_peek(const struct secret *secret);
/* Overwrites memory in a way the compiler keeps. */
void secret_wipe(void *memory, size_t len);

#endif
