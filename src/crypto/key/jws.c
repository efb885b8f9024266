/*
 * JSON Web Signatures (see jws.h). Header members are in the order alg, nonce, url, jwk or kid.
 * ECDSA signatures are r and s concatenated, not DER (RFC 7518 3.4).
 */
#include "crypto/key/jws.h"

#include <string.h>

#include <openssl/ec.h>

#include "base/alloc.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "crypto/key/key_parts.h"

DEFINE_AUTO_EVP(ECDSA_SIG, ECDSA_SIG_free);

void jwk_public(const struct key *key, struct strbuf *out)
{
	AUTO(json) struct json *jwk = key_public_json(key);

	json_print(jwk, JSON_COMPACT, out);
}

/* The members are in the order and spelling of RFC 7638 section 3.3, or the digest is another
 * one. */
char *jwk_thumbprint(const struct key *key)
{
	AUTO(strbuf) struct strbuf jwk = STRBUF_INIT;
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

	jwk_public(key, &jwk);
	digest(DIGEST_SHA256, jwk.text, jwk.len, &hash);
	base64url_encode(&digits, hash.text, hash.len);
	return strbuf_detach(&digits);
}

/* A flattened JWS under construction: the parts as base64url digits. */
struct parts {
	struct strbuf signed_text; /* protected "." payload */
	size_t dot;                /* position of the dot */
};

static void parts_release(struct parts *parts)
{
	strbuf_release(&parts->signed_text);
}
DEFINE_AUTO(parts, parts_release);

/* The signed text is built once, as sent: encoding it a second time could differ. */
static void fill_parts(struct parts *parts, const struct json *header, struct span payload)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_print(header, JSON_COMPACT, &text);
	base64url_encode(&parts->signed_text, text.text, text.len);
	parts->dot = parts->signed_text.len;
	strbuf_addc(&parts->signed_text, '.');
	base64url_encode(&parts->signed_text, payload.ptr, payload.len);
}

static void print_parts(const struct parts *parts, const struct strbuf *signature,
			struct strbuf *out)
{
	AUTO(json) struct json *jws = json_object_new();
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;
	AUTO_FREE char *header = xstrndup(parts->signed_text.text, parts->dot);

	base64url_encode(&digits, signature->text, signature->len);
	json_set_string(jws, "protected", header);
	json_set_string(jws, "payload", parts->signed_text.text + parts->dot + 1);
	json_set_string(jws, "signature", digits.text);
	json_print(jws, JSON_COMPACT, out);
}

/* The two numbers of a DER signature, each of the curve's width. Padded to the width: a number that
 * happens to be short would shift the other. */
static int unpack_ecdsa(const struct curve *curve, const struct strbuf *der, struct strbuf *ret_raw,
			struct error *err)
{
	const unsigned char *next = (const unsigned char *)der->text;
	AUTO(ECDSA_SIG) ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &next, (long)der->len);
	size_t len = 2 * curve->field_len;
	AUTO_FREE unsigned char *raw = xmalloc(len);
	const int width = (int)curve->field_len;

	if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, width) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + width, width) < 0)
		return evp_error(err, "cannot read ECDSA signature");
	strbuf_add(ret_raw, raw, len);
	return 0;
}

static int sign_parts(const struct key *key, const struct parts *parts,
		      struct strbuf *ret_signature, struct error *err)
{
	const struct span text = span_make(parts->signed_text.text, parts->signed_text.len);
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	if (!key->curve)
		return key_sign(key, "SHA256", text, ret_signature, err);
	if (key_sign(key, key->curve->digest, text, &der, err) < 0)
		return err->code;
	return unpack_ecdsa(key->curve, &der, ret_signature, err);
}

static const char *algorithm_of(const struct key *key)
{
	return key->curve ? key->curve->jws_algorithm : "RS256";
}

/* "jwk" for new accounts and revocations by a certificate's key, else "kid", never both (RFC 8555
 * section 6.2). */
int jws_sign(const struct key *key, const struct jws_header *header, const char *payload,
	     struct strbuf *out, struct error *err)
{
	AUTO(json) struct json *members = json_object_new();
	AUTO(parts) struct parts parts = {.signed_text = STRBUF_INIT};
	AUTO(strbuf) struct strbuf signature = STRBUF_INIT;

	json_set_string(members, "alg", algorithm_of(key));
	if (header->nonce)
		json_set_string(members, "nonce", header->nonce);
	if (header->url)
		json_set_string(members, "url", header->url);
	if (header->kid)
		json_set_string(members, "kid", header->kid);
	else
		json_set(members, "jwk", key_public_json(key));
	fill_parts(&parts, members, span_of(payload));
	if (sign_parts(key, &parts, &signature, err) < 0)
		return err->code;
	print_parts(&parts, &signature, out);
	return 0;
}

/* For OAuth, where a token is the compact form (RFC 7515 section 7.1). */
int jws_sign_token(const struct key *key, struct jws_key_name name, const char *claims,
		   struct strbuf *out, struct error *err)
{
	AUTO(json) struct json *members = json_object_new();
	AUTO(parts) struct parts parts = {.signed_text = STRBUF_INIT};
	AUTO(strbuf) struct strbuf signature = STRBUF_INIT;

	json_set_string(members, "alg", algorithm_of(key));
	json_set_string(members, "typ", "JWT");
	if (name.kid)
		json_set_string(members, "kid", name.kid);
	if (name.x5t)
		json_set_string(members, "x5t", name.x5t);
	fill_parts(&parts, members, span_of(claims));
	if (sign_parts(key, &parts, &signature, err) < 0)
		return err->code;
	strbuf_add(out, parts.signed_text.text, parts.signed_text.len);
	strbuf_addc(out, '.');
	base64url_encode(out, signature.text, signature.len);
	return 0;
}

static const struct mac_algorithm {
	const char *name;
	enum digest_kind digest;
} mac_algorithms[] = {
	{"HS256", DIGEST_SHA256},
	{"HS384", DIGEST_SHA384},
	{"HS512", DIGEST_SHA512},
};

static const struct mac_algorithm *find_mac_algorithm(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(mac_algorithms); i++)
		if (strcmp(mac_algorithms[i].name, name) == 0)
			return &mac_algorithms[i];
	return NULL;
}

/* RFC 8555 section 7.3.4: the outer signature shows the account key, this one the MAC key of the
 * CA's customer. */
int jws_bind_account(const struct key *account_key, const char *new_account_url,
		     const struct jws_binding *binding, struct strbuf *out, struct error *err)
{
	AUTO(json) struct json *members = json_object_new();
	AUTO(parts) struct parts parts = {.signed_text = STRBUF_INIT};
	AUTO(strbuf) struct strbuf jwk = STRBUF_INIT;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;
	const struct mac_algorithm *algorithm = find_mac_algorithm(binding->algorithm);

	if (!algorithm)
		return error_set(err, ERR_CONFIG, "cannot bind account: unknown algorithm '%s'",
				 binding->algorithm);
	if (binding->mac_key->len == 0)
		return error_set(err, ERR_CONFIG, "cannot bind account: the HMAC key is empty");
	json_set_string(members, "alg", algorithm->name);
	json_set_string(members, "kid", binding->kid);
	json_set_string(members, "url", new_account_url);
	jwk_public(account_key, &jwk);
	fill_parts(&parts, members, span_make(jwk.text, jwk.len));
	digest_hmac(algorithm->digest,
		    span_make(secret_peek(binding->mac_key), binding->mac_key->len),
		    span_make(parts.signed_text.text, parts.signed_text.len), &mac);
	print_parts(&parts, &mac, out);
	return 0;
}
