/*
 * Keys (see key.h): generation and properties. key_pem.c and key_jwk.c read and
 * write them.
 */
#include "crypto/key/key.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/pem.h"
#include "crypto/key/key_parts.h"

/* CAs refuse RSA keys of less than 2048 bits (CA/Browser Forum BR 6.1.5), and one of more than 8192
 * takes minutes to make. Keys that are read may be smaller (key_parts.c): those of old certificates
 * must be usable to revoke them. */
enum { GENERATED_MIN_BITS = 2048, GENERATED_MAX_BITS = 8192 };

static const struct {
	const char *label;
	const char *option;
} kinds[] = {
	[KEY_RSA] = {"RSA", "rsa"},
	[KEY_EC] = {"ECDSA", "ecdsa"},
	[KEY_KIND__COUNT] = {"unknown", "unknown"},
};

int key_give(EVP_PKEY *own_pkey, struct key **ret_key, struct error *err)
{
	AUTO(key) struct key *key = XNEW(struct key);

	key->pkey = own_pkey;
	key->kind = EVP_PKEY_is_a(own_pkey, "RSA") ? KEY_RSA : KEY_EC;
	if (key->kind == KEY_EC) {
		key->curve = curve_of_pkey(own_pkey);
		if (!key->curve)
			return evp_reject(err, ERR_PARSE,
					  "cannot use the key: it is neither RSA nor on curve "
					  "P-256, P-384 or P-521");
	}
	*ret_key = STEAL(key);
	return 0;
}

static int generate(const struct key_spec *spec, EVP_PKEY **ret_pkey, struct error *err)
{
	const struct curve *curve;

	if (spec->kind == KEY_RSA) {
		if (spec->rsa_bits < GENERATED_MIN_BITS || spec->rsa_bits > GENERATED_MAX_BITS)
			return error_set(err, ERR_CONFIG,
					 "cannot generate an RSA key of %d bits: expected %d to %d",
					 spec->rsa_bits, GENERATED_MIN_BITS, GENERATED_MAX_BITS);
		*ret_pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)spec->rsa_bits);
		return 0;
	}
	curve = spec->curve ? curve_by_name(spec->curve) : NULL;
	if (!curve)
		return error_set(err, ERR_CONFIG, "cannot generate a key: unknown curve '%s'",
				 spec->curve ? spec->curve : "");
	*ret_pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve->group);
	return 0;
}

int key_generate(const struct key_spec *spec, struct key **ret_key, struct error *err)
{
	EVP_PKEY *pkey = NULL;

	if (spec->uri)
		return token_generate(spec, ret_key, err);
	if (generate(spec, &pkey, err) < 0)
		return err->code;
	if (!pkey)
		return evp_error(err, "cannot generate a key");
	return key_give(pkey, ret_key, err);
}

void key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->reference);
	free(key);
}

void key_public_pem(const struct key *key, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf spki = STRBUF_INIT;

	pkey_add_spki(&spki, key->pkey);
	pem_encode(out, "PUBLIC KEY", spki.text, spki.len);
}

void key_public_digest(const struct key *key, struct strbuf *out)
{
	pkey_add_public_digest(out, key->pkey);
}

bool key_is_same(const struct key *a, const struct key *b)
{
	AUTO(strbuf) struct strbuf digest_a = STRBUF_INIT, digest_b = STRBUF_INIT;

	key_public_digest(a, &digest_a);
	key_public_digest(b, &digest_b);
	return digest_a.len == digest_b.len &&
	       memcmp(digest_a.text, digest_b.text, digest_a.len) == 0;
}

enum key_kind key_kind(const struct key *key)
{
	return key->kind;
}

int key_bits(const struct key *key)
{
	return key->curve ? key->curve->bits : EVP_PKEY_get_bits(key->pkey);
}

const char *key_curve(const struct key *key)
{
	return key->curve ? key->curve->name : NULL;
}

const char *key_kind_label(enum key_kind kind)
{
	return kinds[kind].label;
}

const char *key_kind_option(enum key_kind kind)
{
	return kinds[kind].option;
}

bool key_kind_from_option(const char *text, enum key_kind *ret_kind)
{
	size_t len = text ? strcspn(text, ",") : 0;

	for (enum key_kind kind = 0; kind < KEY_KIND__COUNT; kind++) {
		if (strlen(kinds[kind].option) == len &&
		    strncmp(kinds[kind].option, text, len) == 0) {
			*ret_kind = kind;
			return true;
		}
	}
	return false;
}

int key_sign(const struct key *key, const char *hash, struct span text, struct strbuf *out,
	     struct error *err)
{
	EVP_MD_CTX *context = NULL;
	const unsigned char *bytes = (const unsigned char *)text.ptr;
	size_t len = (size_t)EVP_PKEY_get_size(key->pkey); /* the most it can be */
	AUTO_FREE unsigned char *signature = xmalloc(len);
	bool is_signed;

	if (key_begin_signature(key, hash, &context, err) < 0)
		return err->code;
	is_signed = EVP_DigestSign(context, signature, &len, bytes, text.len) == 1;
	key_end_signature(key, context);
	if (!is_signed)
		return evp_error(err, "cannot sign with %s key", key_kind_label(key->kind));
	strbuf_add(out, signature, len);
	return 0;
}

/* By a signature: OpenSSL's own check of a pair tests the primes of an RSA key, which takes as long
 * as making it. */
int key_check_halves(const struct key *key, struct error *err)
{
	static const char text[] = "any text";
	AUTO(EVP_MD_CTX) EVP_MD_CTX *context = EVP_MADE(EVP_MD_CTX_new());
	AUTO(strbuf) struct strbuf signature = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	/* RSA notices by itself when it signs. */
	if (key_sign(key, "SHA256", span_make(text, sizeof(text)), &signature, &ignored) == 0 &&
	    EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, key->pkey, NULL) == 1 &&
	    EVP_DigestVerify(context, (const unsigned char *)signature.text, signature.len,
			     (const unsigned char *)text, sizeof(text)) == 1)
		return 0;
	return evp_reject(err, ERR_REFUSED,
			  "its private and its public half are of different keys");
}
