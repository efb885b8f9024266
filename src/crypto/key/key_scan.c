/*
 * Scans private keys (see key_scan.h): PKCS#8 (RFC 5958 section 2), PKCS#1 (RFC 8017 A.1.2) and
 * SEC 1 (RFC 5915 section 3). Spans point into the caller's bytes; no part of the key is copied but
 * its public half.
 */
#include "crypto/key/key_scan.h"

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "codec/pem.h"
#include "crypto/der.h"

enum {
	TAG_CURVE = DER_CONTEXT | DER_CONSTRUCTED | 0,
	TAG_POINT = DER_CONTEXT | DER_CONSTRUCTED | 1,
	RSA_NUMBERS_AFTER_PUBLIC = 6, /* d, p, q, dp, dq, qi */
};

/* rsaEncryption with NULL, and id-ecPublicKey with a named curve. They have zeros in them. */
#define RSA_ALGORITHM "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define EC_KEY "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define P256 "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384 "\x06\x05\x2b\x81\x04\x00\x22"
#define P521 "\x06\x05\x2b\x81\x04\x00\x23"
#define BYTES(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static const struct known {
	struct span content;
	enum key_algorithm algorithm;
} algorithms[] = {
	{BYTES(RSA_ALGORITHM), KEY_ALGORITHM_RSA},
	{BYTES(EC_KEY P256), KEY_ALGORITHM_P256},
	{BYTES(EC_KEY P384), KEY_ALGORITHM_P384},
	{BYTES(EC_KEY P521), KEY_ALGORITHM_P521},
};

/* Curves as SEC 1 names them, where no other structure does. */
static const struct known curves[] = {
	{BYTES(P256), KEY_ALGORITHM_P256},
	{BYTES(P384), KEY_ALGORITHM_P384},
	{BYTES(P521), KEY_ALGORITHM_P521},
};

static enum key_algorithm find_algorithm(const struct known *rows, size_t count,
					 struct span content)
{
	for (size_t i = 0; i < count; i++)
		if (span_same(rows[i].content, content))
			return rows[i].algorithm;
	return KEY_ALGORITHM_OTHER;
}

enum key_algorithm key_scan_algorithm(struct span content)
{
	return find_algorithm(algorithms, ARRAY_LEN(algorithms), content);
}

static bool take_version(struct span *rest, char version)
{
	struct span content;

	return der_take(rest, DER_INTEGER, &content) && content.len == 1 &&
	       content.ptr[0] == version;
}

/* The version, n and e, and the six private numbers. A subjectPublicKey is n and e in a SEQUENCE:
 * the numbers here are already in the shortest form, so their bytes are the same there. */
static bool scan_rsa(struct span der, struct strbuf *out)
{
	struct span content, number, rest;

	if (!der_take(&der, DER_SEQUENCE, &content) || der.len || !take_version(&content, 0))
		return false;
	rest = content;
	if (!der_take_natural(&rest, &number) || !der_take_natural(&rest, &number))
		return false;
	content.len -= rest.len;
	for (int i = 0; i < RSA_NUMBERS_AFTER_PUBLIC; i++)
		if (!der_take_natural(&rest, &number))
			return false;
	if (rest.len || content.len > 0xffff)
		return false;
	der_add(out, DER_SEQUENCE, content);
	return true;
}

bool key_scan_is_whole_point(struct span point)
{
	return point.len && point.ptr[0] == KEY_SCAN_WHOLE_POINT;
}

/* The point is optional (RFC 5915), and may be compressed (SEC 1 section 2.3.3): the public half
 * would have to be computed. `outer` is what PKCS#8 says of the curve, which counts for more than
 * what is named here. */
static bool scan_ec(struct span der, enum key_algorithm outer, struct strbuf *out)
{
	struct span content, scalar, field, name, point;
	enum key_algorithm curve = outer;

	if (!der_take(&der, DER_SEQUENCE, &content) || der.len || !take_version(&content, 1) ||
	    !der_take(&content, DER_OCTET_STRING, &scalar))
		return false;
	if (der_take(&content, TAG_CURVE, &field)) {
		if (outer == KEY_ALGORITHM_OTHER)
			curve = find_algorithm(curves, ARRAY_LEN(curves), field);
		if (!der_take_oid(&field, &name) || field.len)
			return false;
	}
	if (curve == KEY_ALGORITHM_OTHER || !der_take(&content, TAG_POINT, &field) || content.len ||
	    !der_take_bits(&field, &point) || field.len || !key_scan_is_whole_point(point))
		return false;
	strbuf_add(out, point.ptr, point.len);
	return true;
}

/* Without attributes, which few have. */
static bool scan_pkcs8(struct span der, struct strbuf *out)
{
	struct span content, algorithm, inner;
	enum key_algorithm kind;

	if (!der_take(&der, DER_SEQUENCE, &content) || der.len || !take_version(&content, 0) ||
	    !der_take(&content, DER_SEQUENCE, &algorithm) ||
	    !der_take(&content, DER_OCTET_STRING, &inner) || content.len)
		return false;
	kind = key_scan_algorithm(algorithm);
	if (kind == KEY_ALGORITHM_RSA)
		return scan_rsa(inner, out);
	return kind != KEY_ALGORITHM_OTHER && scan_ec(inner, kind, out);
}

static bool scan_block(struct span label, struct span der, struct strbuf *out)
{
	if (span_eq(label, "PRIVATE KEY"))
		return scan_pkcs8(der, out);
	if (span_eq(label, "RSA PRIVATE KEY"))
		return scan_rsa(der, out);
	return span_eq(label, "EC PRIVATE KEY") && scan_ec(der, KEY_ALGORITHM_OTHER, out);
}

/* The key is the first block in nearly every file. */
bool key_scan_public_bits(struct span pem, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	struct span label;
	bool is_read = pem_next(&pem, &label, &der, &unread) == 1 &&
		       scan_block(label, span_make(der.text, der.len), out);

	secret_wipe(der.text, der.len);
	return is_read;
}
