/*
 * Private keys as PEM text (see key.h). Reads PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2) and SEC 1
 * (RFC 5915), and writes PKCS#8 as OpenSSL does. Encrypted keys are refused, because renewal runs
 * unattended and nobody could enter a passphrase.
 */
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "codec/pem.h"
#include "crypto/key/key_parts.h"
#include "crypto/key/key_scan.h"

struct rsa_private {
	int32_t version; /* 0: two primes */
	struct rsa_numbers numbers;
};

/* A CBIGNUM comes from BN_secure_new() and is wiped when freed. */
/* clang-format off */
ASN1_SEQUENCE(RSA_PRIVATE) = {
	ASN1_EMBED(struct rsa_private, version, INT32),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_N], BIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_E], BIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_D], CBIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_P], CBIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_Q], CBIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_DP], CBIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_DQ], CBIGNUM),
	ASN1_SIMPLE(struct rsa_private, numbers.at[RSA_QI], CBIGNUM),
} static_ASN1_SEQUENCE_END_name(struct rsa_private, RSA_PRIVATE);
/* clang-format on */

struct ec_private {
	int32_t version; /* 1 */
	ASN1_OCTET_STRING *scalar;
	ASN1_OBJECT *curve;     /* in PKCS#8 it may be in the outer structure only */
	ASN1_BIT_STRING *point; /* may be absent */
};

/* clang-format off */
ASN1_SEQUENCE(EC_PRIVATE) = {
	ASN1_EMBED(struct ec_private, version, INT32),
	ASN1_SIMPLE(struct ec_private, scalar, ASN1_OCTET_STRING),
	ASN1_EXP_OPT(struct ec_private, curve, ASN1_OBJECT, 0),
	ASN1_EXP_OPT(struct ec_private, point, ASN1_BIT_STRING, 1),
} static_ASN1_SEQUENCE_END_name(struct ec_private, EC_PRIVATE);
/* clang-format on */

static void ec_private_free(struct ec_private *parts)
{
	if (parts && parts->scalar)
		OPENSSL_cleanse(parts->scalar->data, (size_t)parts->scalar->length);
	ASN1_item_free((ASN1_VALUE *)parts, ASN1_ITEM_rptr(EC_PRIVATE));
}
DEFINE_AUTO_PTR(ec_private, ec_private_free);

static void rsa_private_free(struct rsa_private *parts)
{
	ASN1_item_free((ASN1_VALUE *)parts, ASN1_ITEM_rptr(RSA_PRIVATE));
}
DEFINE_AUTO_PTR(rsa_private, rsa_private_free);

DEFINE_AUTO_EVP(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free);

/* The purpose of reading a key: to sign with it, or only to get the octets of its public half. */
struct result {
	EVP_PKEY *pkey;
	struct key *token_key;      /* instead of pkey */
	struct strbuf *public_bits; /* NULL: the key is wanted */
};

static int decode_rsa(struct span der, struct result *result, struct error *err)
{
	AUTO(rsa_private) struct rsa_private *parts = evp_decode_der(der,
								     ASN1_ITEM_rptr(RSA_PRIVATE));

	if (!parts || parts->version != 0)
		return evp_reject(err, ERR_PARSE, "cannot read RSA private key: malformed");
	if (!result->public_bits)
		return rsa_numbers_to_evp(&parts->numbers, &result->pkey, err);
	rsa_numbers_add_public(&parts->numbers, result->public_bits);
	return 0;
}

/* `outer` is the curve that PKCS#8 names, or NULL. */
static int decode_ec(struct span der, const ASN1_OBJECT *outer, struct result *result,
		     struct error *err)
{
	AUTO(ec_private) struct ec_private *parts = evp_decode_der(der, ASN1_ITEM_rptr(EC_PRIVATE));
	AUTO(BIGNUM) BIGNUM *scalar = EVP_MADE(BN_secure_new());
	struct ec_numbers numbers = {.scalar = scalar};
	const ASN1_OBJECT *name;

	if (!parts || parts->version != 1)
		return evp_reject(err, ERR_PARSE, "cannot read EC private key: malformed");
	name = outer ? outer : parts->curve;
	numbers.curve = name ? curve_by_nid(OBJ_obj2nid(name)) : NULL;
	if (!numbers.curve)
		return error_set(err, ERR_PARSE,
				 "cannot use EC key: its curve is not P-256, P-384 or P-521");
	if (parts->point)
		numbers.point = evp_octets(parts->point);
	if (result->public_bits) {
		if (!parts->point || !key_scan_is_whole_point(numbers.point))
			return error_set(err, ERR_NOT_FOUND,
					 "the EC key has no public key that could be compared");
		strbuf_add(result->public_bits, numbers.point.ptr, numbers.point.len);
		return 0;
	}
	evp_must(BN_bin2bn(parts->scalar->data, parts->scalar->length, scalar) != NULL);
	return ec_numbers_to_evp(&numbers, &result->pkey, err);
}

static int decode_sec1(struct span der, struct result *result, struct error *err)
{
	return decode_ec(der, NULL, result, err);
}

static int decode_pkcs8(struct span der, struct result *result, struct error *err)
{
	AUTO(PKCS8_PRIV_KEY_INFO) PKCS8_PRIV_KEY_INFO *envelope =
		evp_decode_der(der, ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO));
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *object;
	const void *parameter;
	const unsigned char *inner;
	int inner_len, parameter_type;
	struct span inner_der;

	if (!envelope || !PKCS8_pkey_get0(NULL, &inner, &inner_len, &algorithm, envelope))
		return evp_reject(err, ERR_PARSE, "cannot read PKCS#8 private key: malformed");
	inner_der = span_make((const char *)inner, (size_t)inner_len);
	X509_ALGOR_get0(&object, &parameter_type, &parameter, algorithm);
	switch (OBJ_obj2nid(object)) {
	case NID_rsaEncryption:
		return decode_rsa(inner_der, result, err);
	case NID_X9_62_id_ecPublicKey:
		return decode_ec(inner_der, parameter_type == V_ASN1_OBJECT ? parameter : NULL,
				 result, err);
	}
	return error_set(err, ERR_PARSE, "cannot use private key: it is neither RSA nor ECDSA");
}

static int decode_encrypted(struct span der, struct result *result, struct error *err)
{
	return error_set(err, ERR_PARSE, "cannot use private key: it is encrypted");
}

static const struct form {
	const char *label;
	int (*decode)(struct span der, struct result *result, struct error *err);
} forms[] = {
	{"PRIVATE KEY", decode_pkcs8},
	{"RSA PRIVATE KEY", decode_rsa},
	{"EC PRIVATE KEY", decode_sec1},
	{"ENCRYPTED PRIVATE KEY", decode_encrypted},
};

static const struct form *find_form(struct span label)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (span_eq(label, forms[i].label))
			return &forms[i];
	return NULL;
}

/* The public octets of a key in a token would have to be put together, too. */
static int decode_token(struct span label, struct span der, struct result *result,
			struct error *err)
{
	if (result->public_bits)
		return error_set(err, ERR_NOT_FOUND, "the key is in a token");
	return token_key_of_block(label, der, &result->token_key, err);
}

static int decode_block(struct span label, struct span der, struct result *result,
			struct error *err)
{
	const struct form *form = find_form(label);

	return form ? form->decode(der, result, err) : decode_token(label, der, result, err);
}

static int decode_first(const char *pem, size_t len, struct result *result, struct error *err)
{
	struct span rest = span_make(pem, len), label;
	bool is_found = false;
	int rc = 1;

	while (rc == 1 && !is_found) {
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;

		rc = pem_next(&rest, &label, &der, err);
		is_found = rc == 1 && (find_form(label) || token_has_label(label));
		if (is_found)
			rc = decode_block(label, span_make(der.text, der.len), result, err);
		secret_wipe(der.text, der.len);
	}
	if (rc == 0 && !is_found)
		return error_set(err, ERR_PARSE, "no private key found in PEM data");
	return rc;
}

int key_from_pem(const char *pem, size_t len, struct key **ret_key, struct error *err)
{
	struct result result = {.pkey = NULL};

	if (decode_first(pem, len, &result, err) < 0)
		return err->code;
	if (result.token_key) {
		*ret_key = result.token_key;
		return 0;
	}
	return key_give(result.pkey, ret_key, err);
}

int key_pem_public_bits(const char *pem, size_t len, struct strbuf *ret_bits, struct error *err)
{
	struct result result = {.public_bits = ret_bits};

	return decode_first(pem, len, &result, err);
}

/* ---- Writing ---- */

/* Puts the inner structure into the envelope, which takes it over and wipes it. */
static void fill_envelope(PKCS8_PRIV_KEY_INFO *envelope, const struct key *key, const void *parts,
			  const ASN1_ITEM *item)
{
	const struct curve *curve = key->curve;
	unsigned char *der = NULL;
	int len = ASN1_item_i2d(parts, &der, item);

	evp_must(len > 0 &&
		 PKCS8_pkey_set0(envelope,
				 OBJ_nid2obj(curve ? NID_X9_62_id_ecPublicKey : NID_rsaEncryption),
				 0, curve ? V_ASN1_OBJECT : V_ASN1_NULL,
				 curve ? OBJ_nid2obj(curve->nid) : NULL, der, len));
}

static void encode_rsa(const struct key *key, PKCS8_PRIV_KEY_INFO *envelope)
{
	AUTO(rsa_private)
	struct rsa_private *parts =
		EVP_MADE((struct rsa_private *)ASN1_item_new(ASN1_ITEM_rptr(RSA_PRIVATE)));

	rsa_numbers_release(&parts->numbers);
	for (enum rsa_number number = 0; number < RSA_NUMBER__COUNT; number++)
		parts->numbers.at[number] = pkey_number(key->pkey, rsa_number_param(number));
	fill_envelope(envelope, key, parts, ASN1_ITEM_rptr(RSA_PRIVATE));
}

static void encode_ec(const struct key *key, PKCS8_PRIV_KEY_INFO *envelope)
{
	AUTO(ec_private)
	struct ec_private *parts =
		EVP_MADE((struct ec_private *)ASN1_item_new(ASN1_ITEM_rptr(EC_PRIVATE)));
	AUTO(BIGNUM) BIGNUM *scalar = pkey_number(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY);
	AUTO(strbuf) struct strbuf point = STRBUF_INIT;
	int len = (int)key->curve->field_len;

	parts->version = 1;
	parts->point = EVP_MADE(ASN1_BIT_STRING_new());
	pkey_add_point(&point, key->pkey);
	/* Without this flag trailing zero bits would be left out. */
	parts->point->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	evp_must(ASN1_STRING_set(parts->scalar, NULL, len) &&
		 BN_bn2binpad(scalar, parts->scalar->data, len) == len &&
		 ASN1_STRING_set(parts->point, point.text, (int)point.len));
	fill_envelope(envelope, key, parts, ASN1_ITEM_rptr(EC_PRIVATE));
}

void key_to_pem(const struct key *key, struct secret *ret_pem)
{
	AUTO(PKCS8_PRIV_KEY_INFO)
	PKCS8_PRIV_KEY_INFO *envelope = EVP_MADE(PKCS8_PRIV_KEY_INFO_new());
	/* The memory of this kind of BIO is wiped when it is freed. */
	AUTO(BIO) BIO *memory = EVP_MADE(BIO_new(BIO_s_secmem()));
	char *text;
	long len;

	if (key->reference) {
		secret_set(ret_pem, key->reference, strlen(key->reference));
		return;
	}
	if (key->kind == KEY_RSA)
		encode_rsa(key, envelope);
	else
		encode_ec(key, envelope);
	evp_must(PEM_write_bio_PKCS8_PRIV_KEY_INFO(memory, envelope));
	len = BIO_get_mem_data(memory, &text);
	secret_set(ret_pem, text, (size_t)len);
}
