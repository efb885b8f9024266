/*
 * Converts numbers to keys (see key_parts.h): RFC 8017 for RSA, SEC 1 and RFC 5480 for elliptic
 * curves. Other files decode PEM and JWK, and use the keys.
 */
#include "crypto/key/key_parts.h"

#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#include "crypto/digest.h"

enum { RSA_MIN_BITS = 1024, RSA_MAX_BITS = 16384 };

DEFINE_AUTO_EVP(EC_GROUP, EC_GROUP_free);
DEFINE_AUTO_EVP(EC_POINT, EC_POINT_clear_free);
DEFINE_AUTO_EVP(OSSL_PARAM, OSSL_PARAM_free);
DEFINE_AUTO_EVP(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free);
DEFINE_AUTO_EVP(X509_PUBKEY, X509_PUBKEY_free);

static const struct curve curves[] = {
	{"secp256r1", "prime256v1", "P-256", "ES256", "SHA256", NID_X9_62_prime256v1, 256, 32},
	{"secp384r1", "secp384r1", "P-384", "ES384", "SHA384", NID_secp384r1, 384, 48},
	{"secp521r1", "secp521r1", "P-521", "ES512", "SHA512", NID_secp521r1, 521, 66},
};

const struct curve *curve_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (strcmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}

const struct curve *curve_by_jwk_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (strcmp(curves[i].jwk_name, name) == 0)
			return &curves[i];
	return NULL;
}

const struct curve *curve_by_nid(int nid)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].nid == nid)
			return &curves[i];
	return NULL;
}

static const char *const rsa_params[] = {
	[RSA_N] = OSSL_PKEY_PARAM_RSA_N,          [RSA_E] = OSSL_PKEY_PARAM_RSA_E,
	[RSA_D] = OSSL_PKEY_PARAM_RSA_D,          [RSA_P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[RSA_Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,    [RSA_DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[RSA_DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2, [RSA_QI] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};
STATIC_ASSERT(ARRAY_LEN(rsa_params) == RSA_NUMBER__COUNT, "a parameter for every number");

const char *rsa_number_param(enum rsa_number number)
{
	return rsa_params[number];
}

void rsa_numbers_release(struct rsa_numbers *numbers)
{
	for (size_t i = 0; i < RSA_NUMBER__COUNT; i++) {
		BN_clear_free(numbers->at[i]);
		numbers->at[i] = NULL;
	}
}

/* The key that the parameters describe, or NULL. */
static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *builder, int selection)
{
	AUTO(OSSL_PARAM) OSSL_PARAM *params = EVP_MADE(OSSL_PARAM_BLD_to_param(builder));
	AUTO(EVP_PKEY_CTX) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (!context || EVP_PKEY_fromdata_init(context) <= 0 ||
	    EVP_PKEY_fromdata(context, &pkey, selection, params) <= 0)
		return NULL;
	return pkey;
}

static bool is_odd_above_one(const BIGNUM *number)
{
	return BN_is_odd(number) && !BN_is_one(number);
}

static bool has_usable_public_half(const struct rsa_numbers *numbers)
{
	const BIGNUM *n = numbers->at[RSA_N], *e = numbers->at[RSA_E];
	int bits = BN_num_bits(n);

	return bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS && BN_is_odd(n) &&
	       is_odd_above_one(e) && BN_cmp(e, n) < 0;
}

/*
 * With x a square root of one modulo n other than 1 and n-1, gcd(x-1, n) is a factor. Such a root
 * is among base^odd, squared up to `twos` times, for half of all bases (NIST SP 800-56B, appendix
 * C). NULL: not for this one.
 */
static BIGNUM *root_of_one(const BIGNUM *n, const BIGNUM *odd, int twos, BN_ULONG base,
			   BN_CTX *scratch)
{
	AUTO(BIGNUM) BIGNUM *x = EVP_MADE(BN_secure_new());
	AUTO(BIGNUM) BIGNUM *square = EVP_MADE(BN_secure_new());
	AUTO(BIGNUM) BIGNUM *n_less_one = EVP_MADE(BN_dup(n));

	evp_must(BN_sub_word(n_less_one, 1) && BN_set_word(square, base) &&
		 BN_mod_exp(x, square, odd, n, scratch));
	for (int i = 0; i < twos && !BN_is_one(x) && BN_cmp(x, n_less_one) != 0; i++) {
		evp_must(BN_mod_sqr(square, x, n, scratch));
		if (BN_is_one(square))
			return STEAL(x);
		BN_swap(x, square);
	}
	return NULL;
}

/* True when 2^product is 1 modulo n, as it is for every number when product is d * e - 1. */
static bool is_exponent_of_one(const BIGNUM *product, const BIGNUM *n, BN_CTX *scratch)
{
	AUTO(BIGNUM) BIGNUM *power = EVP_MADE(BN_secure_new());

	evp_must(BN_set_word(power, 2) && BN_mod_exp(power, power, product, n, scratch));
	return BN_is_one(power);
}

static void set_factors(struct rsa_numbers *numbers, BIGNUM *root, BN_CTX *scratch)
{
	numbers->at[RSA_P] = EVP_MADE(BN_secure_new());
	numbers->at[RSA_Q] = EVP_MADE(BN_secure_new());
	evp_must(BN_sub_word(root, 1) &&
		 BN_gcd(numbers->at[RSA_P], root, numbers->at[RSA_N], scratch) &&
		 BN_div(numbers->at[RSA_Q], NULL, numbers->at[RSA_N], numbers->at[RSA_P], scratch));
}

/* Finds p and q from n, e and d; false when they are no RSA key. */
static bool recover_factors(struct rsa_numbers *numbers, BN_CTX *scratch)
{
	enum { LAST_BASE = 200 };
	AUTO(BIGNUM) BIGNUM *odd = EVP_MADE(BN_secure_new());
	const BIGNUM *n = numbers->at[RSA_N];
	int twos = 0;

	evp_must(BN_mul(odd, numbers->at[RSA_D], numbers->at[RSA_E], scratch) &&
		 BN_sub_word(odd, 1));
	if (BN_is_zero(odd) || !is_exponent_of_one(odd, n, scratch))
		return false;
	while (!BN_is_bit_set(odd, twos))
		twos++;
	evp_must(BN_rshift(odd, odd, twos));
	for (BN_ULONG base = 2; base <= LAST_BASE; base++) {
		AUTO(BIGNUM) BIGNUM *root = root_of_one(n, odd, twos, base, scratch);

		if (root) {
			set_factors(numbers, root, scratch);
			return true;
		}
	}
	return false;
}

static bool factors_fit(const struct rsa_numbers *numbers, BN_CTX *scratch)
{
	AUTO(BIGNUM) BIGNUM *product = EVP_MADE(BN_secure_new());
	const BIGNUM *p = numbers->at[RSA_P], *q = numbers->at[RSA_Q];

	evp_must(BN_mul(product, p, q, scratch));
	return is_odd_above_one(p) && is_odd_above_one(q) &&
	       BN_cmp(product, numbers->at[RSA_N]) == 0;
}

/* d modulo factor-1, in a number that is made. */
static void set_exponent(struct rsa_numbers *numbers, enum rsa_number exponent,
			 enum rsa_number factor, BN_CTX *scratch)
{
	AUTO(BIGNUM) BIGNUM *order = EVP_MADE(BN_secure_new());

	BN_clear_free(numbers->at[exponent]);
	numbers->at[exponent] = EVP_MADE(BN_secure_new());
	evp_must(BN_copy(order, numbers->at[factor]) && BN_sub_word(order, 1) &&
		 BN_mod(numbers->at[exponent], numbers->at[RSA_D], order, scratch));
}

/* Completes the private half; false when the numbers contradict each other. */
static bool complete(struct rsa_numbers *numbers)
{
	AUTO(BN_CTX) BN_CTX *scratch = EVP_MADE(BN_CTX_secure_new());

	if (BN_is_zero(numbers->at[RSA_D]) || BN_cmp(numbers->at[RSA_D], numbers->at[RSA_N]) >= 0)
		return false;
	if (!numbers->at[RSA_P] || !numbers->at[RSA_Q]) {
		BN_clear_free(STEAL(numbers->at[RSA_P]));
		BN_clear_free(STEAL(numbers->at[RSA_Q]));
		if (!recover_factors(numbers, scratch))
			return false;
	}
	if (!factors_fit(numbers, scratch))
		return false;
	if (numbers->at[RSA_DP] && numbers->at[RSA_DQ] && numbers->at[RSA_QI])
		return true;
	set_exponent(numbers, RSA_DP, RSA_P, scratch);
	set_exponent(numbers, RSA_DQ, RSA_Q, scratch);
	BN_clear_free(numbers->at[RSA_QI]);
	numbers->at[RSA_QI] = EVP_MADE(BN_secure_new());
	/* Fails only when p and q have a common factor. */
	return BN_mod_inverse(numbers->at[RSA_QI], numbers->at[RSA_Q], numbers->at[RSA_P],
			      scratch) != NULL;
}

static EVP_PKEY *rsa_from_numbers(const struct rsa_numbers *numbers)
{
	AUTO(OSSL_PARAM_BLD) OSSL_PARAM_BLD *builder = EVP_MADE(OSSL_PARAM_BLD_new());

	for (size_t i = 0; i < RSA_NUMBER__COUNT; i++)
		if (numbers->at[i] &&
		    !OSSL_PARAM_BLD_push_BN(builder, rsa_params[i], numbers->at[i]))
			return NULL;
	return from_params("RSA", builder,
			   numbers->at[RSA_D] ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
}

int rsa_numbers_to_evp(struct rsa_numbers *numbers, EVP_PKEY **ret_pkey, struct error *err)
{
	EVP_PKEY *pkey = NULL;

	if (!has_usable_public_half(numbers))
		return error_set(err, ERR_PARSE,
				 "cannot use RSA key: modulus or exponent out of range");
	if (!numbers->at[RSA_D] || complete(numbers))
		pkey = rsa_from_numbers(numbers);
	if (!pkey)
		return evp_reject(err, ERR_PARSE,
				  "cannot use RSA key: its values are inconsistent");
	*ret_pkey = pkey;
	return 0;
}

/* The point of a scalar, uncompressed. */
static void compute_point(const struct ec_numbers *numbers, struct strbuf *ret_octets)
{
	AUTO(BN_CTX) BN_CTX *scratch = EVP_MADE(BN_CTX_secure_new());
	AUTO(EC_GROUP) EC_GROUP *group = EVP_MADE(EC_GROUP_new_by_curve_name(numbers->curve->nid));
	AUTO(EC_POINT) EC_POINT *point = EVP_MADE(EC_POINT_new(group));
	unsigned char *octets = NULL;
	size_t len;

	evp_must(EC_POINT_mul(group, point, numbers->scalar, NULL, NULL, scratch));
	len = EC_POINT_point2buf(group, point, POINT_CONVERSION_UNCOMPRESSED, &octets, scratch);
	evp_must(len > 0);
	strbuf_add(ret_octets, octets, len);
	OPENSSL_free(octets);
}

static bool scalar_is_in_range(EVP_PKEY *pkey)
{
	AUTO(EVP_PKEY_CTX) EVP_PKEY_CTX *context =
		EVP_MADE(EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL));

	return EVP_PKEY_private_check(context) == 1;
}

static EVP_PKEY *ec_from_numbers(const struct ec_numbers *numbers, struct span point)
{
	AUTO(OSSL_PARAM_BLD) OSSL_PARAM_BLD *builder = EVP_MADE(OSSL_PARAM_BLD_new());
	const BIGNUM *scalar = numbers->scalar;

	/* One octet is the point at infinity. */
	if (point.len <= numbers->curve->field_len)
		return NULL;
	evp_must(OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME,
						 numbers->curve->group, 0) &&
		 OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.ptr,
						  point.len));
	if (scalar && !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar))
		return NULL;
	return from_params("EC", builder, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
}

int ec_numbers_to_evp(const struct ec_numbers *numbers, EVP_PKEY **ret_pkey, struct error *err)
{
	AUTO(strbuf) struct strbuf octets = STRBUF_INIT;
	AUTO(EVP_PKEY) EVP_PKEY *pkey = NULL;

	if (numbers->point.len)
		strbuf_add(&octets, numbers->point.ptr, numbers->point.len);
	else if (numbers->scalar)
		compute_point(numbers, &octets);
	pkey = ec_from_numbers(numbers, span_make(octets.text, octets.len));
	if (!pkey)
		return evp_reject(err, ERR_PARSE,
				  "cannot use EC key: the public key is not a "
				  "point on its curve");
	if (numbers->scalar && !scalar_is_in_range(pkey))
		return evp_reject(err, ERR_PARSE, "cannot use EC key: private value out of range");
	*ret_pkey = STEAL(pkey);
	return 0;
}

/* RFC 8017 A.1.1 */
/* clang-format off */
ASN1_SEQUENCE(RSA_PUBLIC) = {
	ASN1_SIMPLE(struct rsa_numbers, at[RSA_N], BIGNUM),
	ASN1_SIMPLE(struct rsa_numbers, at[RSA_E], BIGNUM),
} static_ASN1_SEQUENCE_END_name(struct rsa_numbers, RSA_PUBLIC);
/* clang-format on */

void rsa_numbers_add_public(const struct rsa_numbers *numbers, struct strbuf *out)
{
	evp_add_der(out, numbers, ASN1_ITEM_rptr(RSA_PUBLIC));
}

static int rsa_from_bits(struct span bits, EVP_PKEY **ret_pkey, struct error *err)
{
	struct rsa_numbers *numbers = evp_decode_der(bits, ASN1_ITEM_rptr(RSA_PUBLIC));
	int rc;

	if (!numbers)
		return evp_reject(err, ERR_PARSE, "cannot read RSA public key: malformed");
	rc = rsa_numbers_to_evp(numbers, ret_pkey, err);
	ASN1_item_free((ASN1_VALUE *)numbers, ASN1_ITEM_rptr(RSA_PUBLIC));
	return rc;
}

int key_evp_from_spki(const X509_ALGOR *algorithm, const ASN1_BIT_STRING *bits, EVP_PKEY **ret_pkey,
		      struct error *err)
{
	struct span octets = evp_octets(bits);
	const ASN1_OBJECT *object;
	struct ec_numbers numbers = {.point = octets};
	const void *parameter;
	int parameter_type;

	X509_ALGOR_get0(&object, &parameter_type, &parameter, algorithm);
	*ret_pkey = NULL;
	switch (OBJ_obj2nid(object)) {
	case NID_rsaEncryption:
		return rsa_from_bits(octets, ret_pkey, err);
	case NID_X9_62_id_ecPublicKey:
		if (parameter_type == V_ASN1_OBJECT)
			numbers.curve = curve_by_nid(OBJ_obj2nid(parameter));
		return numbers.curve ? ec_numbers_to_evp(&numbers, ret_pkey, err) : 0;
	}
	return 0;
}

const struct curve *curve_of_pkey(const EVP_PKEY *pkey)
{
	char group[64];
	size_t len;

	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) != 1)
		return NULL;
	/* OpenSSL has several names for a curve (P-256, prime256v1), but one number. */
	return curve_by_nid(OBJ_txt2nid(group));
}

BIGNUM *pkey_number(const EVP_PKEY *pkey, const char *param)
{
	BIGNUM *number = NULL;

	evp_must(EVP_PKEY_get_bn_param(pkey, param, &number));
	return number;
}

void pkey_add_point(struct strbuf *out, const EVP_PKEY *pkey)
{
	unsigned char octets[256];
	size_t len;

	evp_must(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, octets,
						 sizeof(octets), &len));
	strbuf_add(out, octets, len);
}

static void add_rsa_public(struct strbuf *out, const EVP_PKEY *pkey)
{
	AUTO(rsa_numbers) struct rsa_numbers numbers = {{NULL}};

	for (enum rsa_number number = RSA_N; number <= RSA_E; number++)
		numbers.at[number] = pkey_number(pkey, rsa_params[number]);
	rsa_numbers_add_public(&numbers, out);
}

/* False: neither RSA nor one of our curves. */
static bool fill_spki(const EVP_PKEY *pkey, X509_PUBKEY *spki)
{
	const struct curve *curve = EVP_PKEY_is_a(pkey, "EC") ? curve_of_pkey(pkey) : NULL;
	AUTO(strbuf) struct strbuf bits = STRBUF_INIT;

	if (curve)
		pkey_add_point(&bits, pkey);
	else if (EVP_PKEY_is_a(pkey, "RSA"))
		add_rsa_public(&bits, pkey);
	else
		return false;
	evp_must(X509_PUBKEY_set0_param(
		spki, OBJ_nid2obj(curve ? NID_X9_62_id_ecPublicKey : NID_rsaEncryption),
		curve ? V_ASN1_OBJECT : V_ASN1_NULL, curve ? OBJ_nid2obj(curve->nid) : NULL,
		EVP_MADE(OPENSSL_memdup(bits.text, bits.len)), (int)bits.len));
	return true;
}

void key_fill_spki(const struct key *key, X509_PUBKEY *ret_spki)
{
	evp_must(fill_spki(key->pkey, ret_spki));
}

void pkey_add_spki(struct strbuf *out, const EVP_PKEY *pkey)
{
	AUTO(X509_PUBKEY) X509_PUBKEY *spki = EVP_MADE(X509_PUBKEY_new());

	evp_must(fill_spki(pkey, spki) || X509_PUBKEY_set(&spki, (EVP_PKEY *)pkey));
	evp_add_der(out, spki, ASN1_ITEM_rptr(X509_PUBKEY));
}

void pkey_add_public_digest(struct strbuf *out, const EVP_PKEY *pkey)
{
	AUTO(strbuf) struct strbuf spki = STRBUF_INIT;

	pkey_add_spki(&spki, pkey);
	digest(DIGEST_SHA256, spki.text, spki.len, out);
}
