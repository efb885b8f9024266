/*
 * Hashes and HMACs (see digest.h). Where the machine's policy forbids an algorithm (FIPS has no
 * MD5), a separate library context without that policy computes it: MD5 only names accounts here,
 * and a weak HMAC may be what the user's DNS key requires.
 */
#include "crypto/digest.h"

#include <stdbool.h>

#include <openssl/err.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "crypto/evp.h"

static const char *const names[] = {
	[DIGEST_MD5] = "MD5",         [DIGEST_SHA1] = "SHA1",       [DIGEST_SHA224] = "SHA2-224",
	[DIGEST_SHA256] = "SHA2-256", [DIGEST_SHA384] = "SHA2-384", [DIGEST_SHA512] = "SHA2-512",
};
STATIC_ASSERT(ARRAY_LEN(names) == DIGEST_KIND__COUNT, "a name for every digest");
STATIC_ASSERT(DIGEST_MAX >= EVP_MAX_MD_SIZE, "room for every digest");

struct task {
	const char *name;
	const struct span *key; /* NULL: a plain digest */
	struct span message;
};

static bool run_task(OSSL_LIB_CTX *library, const struct task *task,
		     unsigned char bytes[DIGEST_MAX], size_t *ret_len)
{
	if (!task->key)
		return EVP_Q_digest(library, task->name, NULL, task->message.ptr, task->message.len,
				    bytes, ret_len);
	return EVP_Q_mac(library, "HMAC", NULL, task->name, NULL, task->key->ptr, task->key->len,
			 (const unsigned char *)task->message.ptr, task->message.len, bytes,
			 DIGEST_MAX, ret_len) != NULL;
}

static void compute(const struct task *task, struct strbuf *out)
{
	unsigned char bytes[DIGEST_MAX];
	size_t len;

	if (!run_task(NULL, task, bytes, &len)) {
		AUTO(OSSL_LIB_CTX) OSSL_LIB_CTX *unrestricted = EVP_MADE(OSSL_LIB_CTX_new());

		ERR_clear_error();
		evp_must(run_task(unrestricted, task, bytes, &len));
	}
	strbuf_add(out, bytes, len);
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

void digest(enum digest_kind kind, const void *bytes, size_t len, struct strbuf *out)
{
	const struct task task = {.name = names[kind], .message = span_make(bytes, len)};

	compute(&task, out);
}

void digest_hex(enum digest_kind kind, const void *bytes, size_t len, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT;

	digest(kind, bytes, len, &raw);
	strbuf_add_hex(out, raw.text, raw.len);
}

void digest_hmac(enum digest_kind kind, struct span key, struct span message, struct strbuf *out)
{
	const struct task task = {.name = names[kind], .key = &key, .message = message};

	compute(&task, out);
}
