/*
 * Bytes that must not leak: private keys in PEM, API tokens, EAB keys. They are wiped on release.
 * The type is not a string, so no formatter prints it by accident: secret_peek() is the only
 * access.
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

/* Wipes and frees the bytes; the secret is empty and reusable afterwards. */
void secret_release(struct secret *secret);
DEFINE_AUTO(secret, secret_release);
/* Replaces the contents with a copy of the bytes. */
void secret_set(struct secret *secret, const void *bytes, size_t len);
/* Takes over a heap buffer of len bytes followed by a NUL. */
void secret_give(struct secret *secret, char *own_bytes, size_t len);
/* Returns the bytes, borrowed and NUL-terminated; "" when empty. */
const char *secret_peek(const struct secret *secret);
/* Wipes and frees a string on the heap: for maps of such values (map.h). */
void secret_free_text(void *text);
/* Overwrites memory in a way that the compiler does not optimise away. */
void secret_wipe(void *memory, size_t len);

#endif
