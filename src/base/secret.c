/*
 * Byte strings that are wiped on release (see secret.h).
 */
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

void secret_wipe(void *memory, size_t len)
{
	if (memory && len)
		explicit_bzero(memory, len);
}

void secret_release(struct secret *secret)
{
	secret_wipe(secret->bytes, secret->len);
	free(secret->bytes);
	*secret = (struct secret)SECRET_INIT;
}

void secret_give(struct secret *secret, char *own_bytes, size_t len)
{
	secret_release(secret);
	/* Out of swap, as far as the limit allows. The page stays locked: other secrets may be
	 * in it. */
	mlock(own_bytes, len);
	secret->bytes = own_bytes;
	secret->len = len;
}

void secret_set(struct secret *secret, const void *bytes, size_t len)
{
	char *copy = xmalloc(len + 1);

	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	secret_give(secret, copy, len);
}

const char *secret_peek(const struct secret *secret)
{
	return secret->bytes ? secret->bytes : "";
}

/* For maps whose values are secrets. */
void secret_free_text(void *text)
{
	secret_wipe(text, strlen(text));
	free(text);
}
