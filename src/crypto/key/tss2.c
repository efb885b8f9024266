/*
 * The public half of a key that a TPM 2.0 keeps (see key_parts.h). The block is the SEQUENCE that
 * TPM programs share ("ASN.1 Specification for TPM 2.0 Key Files", OID 2.23.133.10.1.3), in which
 * the public half is a TPM2B_PUBLIC: TPM 2.0 Library, part 2, 12.2.4.
 */
#include "crypto/der.h"
#include "crypto/key/key_parts.h"
#include "crypto/key/key_scan.h"

enum {
	TPM_ALG_RSA = 0x0001,
	TPM_ALG_NULL = 0x0010,
	TPM_ALG_ECC = 0x0023,
	RSA_DEFAULT_EXPONENT = 65537, /* stands as 0 */
};

static const struct {
	unsigned id;
	const char *name;
} tpm_curves[] = {
	{0x0003, "secp256r1"},
	{0x0004, "secp384r1"},
	{0x0005, "secp521r1"},
};

/* Numbers are in network order. False at the end. */
static bool take_number(struct span *rest, size_t width, unsigned *ret)
{
	if (rest->len < width)
		return false;
	*ret = 0;
	for (size_t i = 0; i < width; i++)
		*ret = *ret << 8 | (unsigned char)rest->ptr[i];
	*rest = span_make(rest->ptr + width, rest->len - width);
	return true;
}

/* A TPM2B: a length of two bytes, then as many. */
static bool take_sized(struct span *rest, struct span *ret)
{
	unsigned len;

	if (!take_number(rest, 2, &len) || rest->len < len)
		return false;
	*ret = span_make(rest->ptr, len);
	*rest = span_make(rest->ptr + len, rest->len - len);
	return true;
}

/* An algorithm, which has `width` bytes of details unless it is the null one. */
static bool skip_scheme(struct span *rest, size_t width)
{
	unsigned algorithm, details;

	return take_number(rest, 2, &algorithm) &&
	       (algorithm == TPM_ALG_NULL || take_number(rest, width, &details));
}

static int rsa_public_key(struct span rest, EVP_PKEY **ret_pkey, struct error *err)
{
	AUTO(rsa_numbers) struct rsa_numbers numbers = {{NULL}};
	struct span modulus;
	unsigned bits, exponent;

	if (!take_number(&rest, 2, &bits) || !take_number(&rest, 4, &exponent) ||
	    !take_sized(&rest, &modulus))
		return error_set(err, ERR_PARSE, "cannot read the TPM's RSA key: it ends too soon");
	numbers.at[RSA_N] =
		EVP_MADE(BN_bin2bn((const unsigned char *)modulus.ptr, (int)modulus.len, NULL));
	numbers.at[RSA_E] = EVP_MADE(BN_new());
	evp_must(BN_set_word(numbers.at[RSA_E], exponent ? exponent : RSA_DEFAULT_EXPONENT));
	return rsa_numbers_to_evp(&numbers, ret_pkey, err);
}

/* A coordinate without its leading zeros, as some TPMs leave them out. */
static void add_coordinate(struct strbuf *point, struct span coordinate, size_t width)
{
	for (size_t i = coordinate.len; i < width; i++)
		strbuf_addc(point, '\0');
	strbuf_add(point, coordinate.ptr, coordinate.len);
}

static int ec_public_key(struct span rest, EVP_PKEY **ret_pkey, struct error *err)
{
	AUTO(strbuf) struct strbuf point = STRBUF_INIT;
	struct ec_numbers numbers = {.curve = NULL};
	struct span x, y;
	unsigned id;

	if (!take_number(&rest, 2, &id) || !skip_scheme(&rest, 2) || !take_sized(&rest, &x) ||
	    !take_sized(&rest, &y))
		return error_set(err, ERR_PARSE, "cannot read the TPM's EC key: it ends too soon");
	for (size_t i = 0; i < ARRAY_LEN(tpm_curves); i++)
		if (tpm_curves[i].id == id)
			numbers.curve = curve_by_name(tpm_curves[i].name);
	if (!numbers.curve)
		return error_set(err, ERR_PARSE,
				 "cannot use the TPM's EC key: its curve is not P-256, P-384 or "
				 "P-521");
	strbuf_addc(&point, KEY_SCAN_WHOLE_POINT);
	add_coordinate(&point, x, numbers.curve->field_len);
	add_coordinate(&point, y, numbers.curve->field_len);
	numbers.point = span_make(point.text, point.len);
	return ec_numbers_to_evp(&numbers, ret_pkey, err);
}

/* A TPMT_PUBLIC without its kind of key: what it may be used for and who may, then how. */
static bool skip_attributes(struct span *rest)
{
	struct span policy;
	unsigned name_algorithm, attributes;

	return take_number(rest, 2, &name_algorithm) && take_number(rest, 4, &attributes) &&
	       take_sized(rest, &policy) && skip_scheme(rest, 4) && skip_scheme(rest, 2);
}

/* The first OCTET STRING: before it are the OID, optional elements with tags, and the parent. */
static bool find_public(struct span der, struct span *ret)
{
	struct span sequence, element;
	unsigned tag;

	if (!der_take(&der, DER_SEQUENCE, &sequence))
		return false;
	while (der_take_any(&sequence, &tag, &element))
		if (tag == DER_OCTET_STRING)
			return take_sized(&element, ret);
	return false;
}

int tss2_public_key(struct span der, EVP_PKEY **ret_pkey, struct error *err)
{
	struct span rest;
	unsigned type;

	if (!find_public(der, &rest) || !take_number(&rest, 2, &type) || !skip_attributes(&rest))
		return error_set(err, ERR_PARSE, "cannot read the TPM's key: malformed");
	switch (type) {
	case TPM_ALG_RSA:
		return rsa_public_key(rest, ret_pkey, err);
	case TPM_ALG_ECC:
		return ec_public_key(rest, ret_pkey, err);
	}
	return error_set(err, ERR_PARSE, "cannot use the TPM's key: it is neither RSA nor ECDSA");
}
