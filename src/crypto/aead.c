/*
 * AES-256-GCM with long nonces (see aead.h).
 *
 * A random nonce of GCM's 12 bytes is safe for 2^32 values under a key (NIST SP 800-38D section
 * 8.3), which several machines that share the key cannot count. So 12 more random bytes derive a
 * key for each value, in the way of XAES-256-GCM, by HMAC-SHA-256: a collision then takes 2^80
 * values.
 */
#include "crypto/aead.h"

#include <limits.h>

#include <openssl/rand.h>

#include "base/alloc.h"
#include "crypto/digest.h"
#include "crypto/evp.h"

enum {
	SALT_LEN = 12,
	NONCE_LEN = 12,
	TAG_LEN = 16,
};
STATIC_ASSERT(AEAD_OVERHEAD == SALT_LEN + NONCE_LEN + TAG_LEN, "what a sealed value has more");

DEFINE_AUTO_EVP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free);

void aead_make_key(struct secret *ret_key)
{
	unsigned char bytes[AEAD_KEY_LEN];

	evp_must(RAND_priv_bytes(bytes, sizeof(bytes)) == 1);
	secret_set(ret_key, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
}

static void derive_key(const struct secret *key, const char *salt, struct secret *ret_key)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT, derived = STRBUF_INIT;

	if (key->len != AEAD_KEY_LEN)
		BUG("a key of %zu bytes", key->len);
	strbuf_adds(&message, "certbot sealed value 1");
	strbuf_add(&message, salt, SALT_LEN);
	digest_hmac(DIGEST_SHA256, span_make(secret_peek(key), key->len),
		    span_make(message.text, message.len), &derived);
	secret_set(ret_key, derived.text, derived.len);
	secret_wipe(derived.text, derived.len);
}

/* Lengths are OpenSSL's int: values are far smaller (records.h). */
static int length_of(struct span span)
{
	if (span.len > INT_MAX)
		BUG("a value of %zu bytes to be sealed", span.len);
	return (int)span.len;
}

static void begin_cipher(EVP_CIPHER_CTX *context, const struct secret *key, const char *salt,
			 int encrypts)
{
	AUTO(secret) struct secret derived = SECRET_INIT;

	derive_key(key, salt, &derived);
	evp_must(EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL,
				   (const unsigned char *)secret_peek(&derived),
				   (const unsigned char *)salt + SALT_LEN, encrypts) == 1);
}

static bool feed_cipher(EVP_CIPHER_CTX *context, struct span bytes, unsigned char *out)
{
	int written;

	return EVP_CipherUpdate(context, out, &written, (const unsigned char *)bytes.ptr,
				length_of(bytes)) == 1;
}

void aead_seal(const struct secret *key, struct span bound, struct span plain, struct strbuf *out)
{
	AUTO(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = EVP_MADE(EVP_CIPHER_CTX_new());
	AUTO_FREE unsigned char *text = xmalloc(plain.len + 1);
	char salt[SALT_LEN + NONCE_LEN];
	unsigned char tag[TAG_LEN];
	int written;

	evp_must(RAND_bytes((unsigned char *)salt, sizeof(salt)) == 1);
	begin_cipher(context, key, salt, 1);
	evp_must(feed_cipher(context, bound, NULL));
	evp_must(feed_cipher(context, plain, text));
	evp_must(EVP_CipherFinal_ex(context, text + plain.len, &written) == 1);
	evp_must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1);
	strbuf_add(out, salt, sizeof(salt));
	strbuf_add(out, text, plain.len);
	strbuf_add(out, tag, sizeof(tag));
}

/* OpenSSL writes to `out` before it has seen the tag: the caller wipes it when this is false. */
static bool decrypt(EVP_CIPHER_CTX *context, struct span bound, struct span text, char *out)
{
	AUTO_FREE char *tag = xmemdup(text.ptr + text.len, TAG_LEN);
	int written;

	return feed_cipher(context, bound, NULL) &&
	       feed_cipher(context, text, (unsigned char *)out) &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1 &&
	       EVP_CipherFinal_ex(context, (unsigned char *)out + text.len, &written) == 1;
}

int aead_open(const struct secret *key, struct span bound, struct span sealed,
	      struct secret *ret_plain, struct error *err)
{
	AUTO(EVP_CIPHER_CTX) EVP_CIPHER_CTX *context = NULL;
	AUTO(secret) struct secret plain = SECRET_INIT;
	size_t len;

	if (sealed.len < AEAD_OVERHEAD)
		return error_set(err, ERR_REFUSED, "a sealed value of %zu bytes", sealed.len);
	len = sealed.len - AEAD_OVERHEAD;
	context = EVP_MADE(EVP_CIPHER_CTX_new());
	secret_give(&plain, xcalloc(len + 1, 1), len);
	begin_cipher(context, key, sealed.ptr, 0);
	if (!decrypt(context, bound, span_make(sealed.ptr + SALT_LEN + NONCE_LEN, len),
		     plain.bytes))
		return evp_reject(err, ERR_REFUSED,
				  "the value was changed, or sealed for something else");
	secret_release(ret_plain);
	*ret_plain = plain;
	plain = (struct secret)SECRET_INIT;
	return 0;
}
