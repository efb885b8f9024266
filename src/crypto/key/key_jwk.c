/*
 * Keys as JSON Web Keys (RFC 7517, RFC 7518 section 6): the form of Certbot's account files.
 * Written as josepy writes them, down to the order of members; read strictly, in any order.
 *
 * The private form is the one JSON text that codec/json does not print: its values must not stay
 * behind in the JSON library's memory, and base64url digits need no escapes.
 */
#include <string.h>

#include <openssl/core_names.h>

#include "codec/base64.h"
#include "crypto/key/key_parts.h"

enum { MAX_JWK_LEN = 65536 };

static const char *const rsa_members[] = {
	[RSA_N] = "n", [RSA_E] = "e",   [RSA_D] = "d",   [RSA_P] = "p",
	[RSA_Q] = "q", [RSA_DP] = "dp", [RSA_DQ] = "dq", [RSA_QI] = "qi",
};
STATIC_ASSERT(ARRAY_LEN(rsa_members) == RSA_NUMBER__COUNT, "a member for every number");

/* Appends a big-endian number with `width` octets, or as few as it needs when that is 0. */
static void add_number(struct strbuf *out, const BIGNUM *number, size_t width)
{
	size_t len = width ? width : (size_t)BN_num_bytes(number);
	unsigned char *octets;

	len = len ? len : 1;
	octets = EVP_MADE(OPENSSL_malloc(len));
	evp_must(BN_bn2binpad(number, octets, (int)len) >= 0);
	base64url_encode(out, octets, len);
	OPENSSL_clear_free(octets, len);
}

static void add_param(struct strbuf *out, const struct key *key, const char *param, size_t width)
{
	AUTO(BIGNUM) BIGNUM *number = BN_secure_new();

	evp_must(EVP_PKEY_get_bn_param(key->pkey, param, &number));
	add_number(out, number, width);
}

static void set_public_member(struct json *jwk, const char *name, const struct key *key,
			      const char *param)
{
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

	add_param(&digits, key, param, key->curve ? key->curve->field_len : 0);
	json_set_string(jwk, name, digits.text);
}

struct json *key_public_json(const struct key *key)
{
	struct json *jwk = json_object_new();

	if (key->kind == KEY_RSA) {
		set_public_member(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E);
		json_set_string(jwk, "kty", "RSA");
		set_public_member(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N);
	} else {
		json_set_string(jwk, "crv", key->curve->jwk_name);
		json_set_string(jwk, "kty", "EC");
		set_public_member(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X);
		set_public_member(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y);
	}
	return jwk;
}

static void add_member(struct strbuf *out, const char *name, const struct key *key,
		       const char *param)
{
	strbuf_addf(out, "\"%s\": \"", name);
	add_param(out, key, param, key->curve ? key->curve->field_len : 0);
	strbuf_adds(out, "\", ");
}

/* Reserves room, so that no growth leaves a copy of half a key behind. */
static void reserve_space(struct strbuf *out, const struct key *key)
{
	/* At most 8 numbers of the key's size, 4 digits for 3 octets, and the names. */
	size_t room = (size_t)key_bits(key) / 8 * 8 * 4 / 3 + 512;

	strbuf_addf(out, "%*s", (int)room, "");
	strbuf_clear(out);
}

void key_to_jwk(const struct key *key, struct secret *ret_json)
{
	struct strbuf out = STRBUF_INIT;
	size_t len;

	reserve_space(&out, key);
	strbuf_addc(&out, '{');
	if (key->kind == KEY_RSA) {
		for (enum rsa_number i = 0; i < RSA_NUMBER__COUNT; i++)
			add_member(&out, rsa_members[i], key, rsa_number_param(i));
		strbuf_adds(&out, "\"kty\": \"RSA\"}");
	} else {
		add_member(&out, "d", key, OSSL_PKEY_PARAM_PRIV_KEY);
		add_member(&out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X);
		add_member(&out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y);
		strbuf_addf(&out, "\"crv\": \"%s\", \"kty\": \"EC\"}", key->curve->jwk_name);
	}
	len = out.len;
	secret_give(ret_json, strbuf_detach(&out), len);
}

/* Reads a base64url number of `width` octets, or any when 0. The JSON library's copy of the digits
 * is wiped. */
static int read_number(struct json *jwk, const char *name, size_t width, BIGNUM **ret_number,
		       struct error *err)
{
	AUTO(strbuf) struct strbuf octets = STRBUF_INIT;
	const char *text;
	bool fits;

	if (json_get_string(jwk, "jwk", name, &text, err) < 0)
		return err->code;
	if (base64url_decode(&octets, span_of(text), err) < 0)
		return error_wrap(err, "jwk.%s", name);
	secret_wipe((char *)text, strlen(text));
	fits = width ? octets.len == width : octets.len > 0;
	if (fits)
		*ret_number = EVP_MADE(BN_bin2bn((const unsigned char *)octets.text,
						 (int)octets.len, BN_secure_new()));
	secret_wipe(octets.text, octets.len);
	return fits ? 0 : error_set(err, ERR_PARSE, "jwk.%s: wrong length", name);
}

static int read_rsa(struct json *jwk, struct key **ret_key, struct error *err)
{
	AUTO(rsa_numbers) struct rsa_numbers numbers = {{NULL}};
	EVP_PKEY *pkey = NULL;

	if (json_member(jwk, "oth"))
		return error_set(err, ERR_PARSE, "jwk.oth: multi-prime keys are not supported");
	for (enum rsa_number i = 0; i < RSA_NUMBER__COUNT; i++)
		/* The factors and what follows from them may be left out (RFC 7518 6.3.2). */
		if ((i <= RSA_D || json_member(jwk, rsa_members[i])) &&
		    read_number(jwk, rsa_members[i], 0, &numbers.at[i], err) < 0)
			return err->code;
	if (rsa_numbers_to_evp(&numbers, &pkey, err) < 0)
		return err->code;
	return key_give(pkey, ret_key, err);
}

/* The point is computed from the private number: the public members must then agree. */
static int check_coordinate(struct json *jwk, const char *name, const struct key *key,
			    const char *param, struct error *err)
{
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;
	const char *claimed;

	if (json_get_string(jwk, "jwk", name, &claimed, err) < 0)
		return err->code;
	add_param(&digits, key, param, key->curve->field_len);
	if (strcmp(digits.text, claimed) != 0)
		return error_set(err, ERR_PARSE, "jwk.%s: does not match the private key", name);
	return 0;
}

static int read_ec(struct json *jwk, struct key **ret_key, struct error *err)
{
	AUTO(key) struct key *key = NULL;
	AUTO(BIGNUM) BIGNUM *scalar = NULL;
	struct ec_numbers numbers = {.curve = NULL};
	EVP_PKEY *pkey = NULL;
	const char *curve;

	if (json_get_string(jwk, "jwk", "crv", &curve, err) < 0)
		return err->code;
	numbers.curve = curve_by_jwk_name(curve);
	if (!numbers.curve)
		return error_set(err, ERR_PARSE, "jwk.crv: expected P-256, P-384 or P-521");
	if (read_number(jwk, "d", numbers.curve->field_len, &scalar, err) < 0)
		return err->code;
	numbers.scalar = scalar;
	if (ec_numbers_to_evp(&numbers, &pkey, err) < 0 || key_give(pkey, &key, err) < 0 ||
	    check_coordinate(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, err) < 0 ||
	    check_coordinate(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, err) < 0)
		return err->code;
	*ret_key = STEAL(key);
	return 0;
}

static const struct {
	const char *kty;
	int (*read)(struct json *jwk, struct key **ret_key, struct error *err);
} key_types[] = {
	{"RSA", read_rsa},
	{"EC", read_ec},
};

int key_from_jwk(const char *text, size_t len, struct key **ret_key, struct error *err)
{
	AUTO(json) struct json *jwk = NULL;
	const char *kty;

	if (len > MAX_JWK_LEN)
		return error_set(err, ERR_PARSE, "cannot read jwk: longer than %d bytes",
				 MAX_JWK_LEN);
	if (json_parse(text, len, "jwk", &jwk, err) < 0 ||
	    json_get_string(jwk, "jwk", "kty", &kty, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(key_types); i++)
		if (strcmp(key_types[i].kty, kty) == 0)
			return key_types[i].read(jwk, ret_key, err);
	return error_set(err, ERR_PARSE, "jwk.kty: expected RSA or EC");
}
