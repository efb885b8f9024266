/*
 * Decodes certificates (see cert_der.h) by our own ASN.1 templates over OpenSSL's decoder.
 */
#include "crypto/cert/cert_der.h"

#include <time.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "crypto/key/key_parts.h"

/* clang-format off */
ASN1_SEQUENCE(CERT_ENVELOPE) = {
	ASN1_SIMPLE(struct cert_envelope, tbs, ASN1_SEQUENCE),
	ASN1_SIMPLE(struct cert_envelope, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct cert_envelope, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct cert_envelope, CERT_ENVELOPE);

ASN1_SEQUENCE(CERT_SPKI) = {
	ASN1_SIMPLE(struct cert_spki, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct cert_spki, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct cert_spki, CERT_SPKI);

ASN1_SEQUENCE(CERT_FIELDS) = {
	ASN1_EXP_OPT(struct cert_fields, version, ASN1_INTEGER, 0),
	ASN1_SIMPLE(struct cert_fields, serial, ASN1_INTEGER),
	ASN1_SIMPLE(struct cert_fields, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct cert_fields, issuer, X509_NAME),
	ASN1_SIMPLE(struct cert_fields, validity, X509_VAL),
	ASN1_SIMPLE(struct cert_fields, subject, X509_NAME),
	ASN1_SIMPLE(struct cert_fields, spki, CERT_SPKI),
	ASN1_IMP_OPT(struct cert_fields, issuer_id, ASN1_BIT_STRING, 1),
	ASN1_IMP_OPT(struct cert_fields, subject_id, ASN1_BIT_STRING, 2),
	ASN1_EXP_SEQUENCE_OF_OPT(struct cert_fields, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END_name(struct cert_fields, CERT_FIELDS);
/* clang-format on */

/* In two steps: the outer sequence keeps the signed part as bytes, over which a signature can be
 * checked without encoding it again. */
int cert_der_decode(const struct cert *cert, struct cert_decoded *ret, struct error *err)
{
	ret->envelope = evp_decode_der(span_make(cert->der.text, cert->der.len),
				       ASN1_ITEM_rptr(CERT_ENVELOPE));
	if (!ret->envelope)
		return evp_reject(err, ERR_PARSE, "cannot read certificate: malformed");
	ret->fields = evp_decode_der(evp_octets(ret->envelope->tbs), ASN1_ITEM_rptr(CERT_FIELDS));
	if (!ret->fields)
		return evp_reject(err, ERR_PARSE, "cannot read certificate: malformed");
	return 0;
}

void cert_decoded_release(struct cert_decoded *decoded)
{
	ASN1_item_free((ASN1_VALUE *)decoded->envelope, ASN1_ITEM_rptr(CERT_ENVELOPE));
	ASN1_item_free((ASN1_VALUE *)decoded->fields, ASN1_ITEM_rptr(CERT_FIELDS));
}

void *cert_der_extension(const struct cert_decoded *decoded, int nid, bool *ret_is_broken)
{
	int critical;
	void *extension = X509V3_get_d2i(decoded->fields->extensions, nid, &critical, NULL);

	/* -1: missing; -2: present twice; otherwise present, but perhaps undecodable. */
	*ret_is_broken = !extension && critical != -1;
	if (*ret_is_broken)
		ERR_clear_error();
	return extension;
}

/* Keys that are neither RSA nor of our curves (an Ed25519 root, say) are left to the library. */
static EVP_PKEY *other_public_key(const struct cert_spki *spki)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	const unsigned char *next;

	evp_add_der(&der, spki, ASN1_ITEM_rptr(CERT_SPKI));
	next = (const unsigned char *)der.text;
	return d2i_PUBKEY(NULL, &next, (long)der.len);
}

int cert_der_public_key(const struct cert *cert, EVP_PKEY **ret_pkey, struct error *err)
{
	AUTO(cert_decoded) struct cert_decoded decoded = CERT_DECODED_INIT;
	const struct cert_spki *spki;
	EVP_PKEY *pkey = NULL;

	if (cert_der_decode(cert, &decoded, err) < 0)
		return err->code;
	spki = decoded.fields->spki;
	if (key_evp_from_spki(spki->algorithm, spki->bits, &pkey, err) < 0)
		return error_wrap(err, "cannot read certificate: malformed");
	if (!pkey)
		pkey = other_public_key(spki);
	if (!pkey)
		return evp_reject(err, ERR_PARSE,
				  "cannot read certificate: unknown kind of public key");
	*ret_pkey = pkey;
	return 0;
}

bool cert_der_has_key_bits(const struct cert *cert, struct span bits)
{
	AUTO(cert_decoded) struct cert_decoded decoded = CERT_DECODED_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	return cert_der_decode(cert, &decoded, &ignored) == 0 &&
	       span_same(evp_octets(decoded.fields->spki->bits), bits);
}

/* The algorithm is in a certificate twice, and only the inner one is signed: they must be equal
 * (RFC 5280 4.1.1.2). */
bool cert_der_verifies(const struct cert *cert, EVP_PKEY *signer)
{
	AUTO(cert_decoded) struct cert_decoded decoded = CERT_DECODED_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	bool verified =
		cert_der_decode(cert, &decoded, &ignored) == 0 &&
		X509_ALGOR_cmp(decoded.envelope->algorithm, decoded.fields->algorithm) == 0 &&
		ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), decoded.envelope->algorithm,
				 decoded.envelope->signature, decoded.envelope->tbs, signer) == 1;

	ERR_clear_error();
	return verified;
}

/* By OpenSSL's comparison, which ignores case and repeated blanks (RFC 5280 7.1). */
bool cert_der_names_issuer(const struct cert *cert, const struct cert *issuer)
{
	AUTO(cert_decoded) struct cert_decoded mine = CERT_DECODED_INIT;
	AUTO(cert_decoded) struct cert_decoded theirs = CERT_DECODED_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	return cert_der_decode(cert, &mine, &ignored) == 0 &&
	       cert_der_decode(issuer, &theirs, &ignored) == 0 &&
	       X509_NAME_cmp(mine.fields->issuer, theirs.fields->subject) == 0;
}

int cert_der_to_x509(const struct cert *cert, X509 **ret_x509, struct error *err)
{
	const unsigned char *next = (const unsigned char *)cert->der.text;

	*ret_x509 = d2i_X509(NULL, &next, (long)cert->der.len);
	return *ret_x509 ? 0 : evp_reject(err, ERR_PARSE, "cannot read certificate: malformed");
}

/* For messages and listings only, so a name in an odd encoding is shown as empty rather than
 * refused. */
char *cert_der_common_name(const X509_NAME *name)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len = -1;

	if (at >= 0)
		len = ASN1_STRING_to_UTF8(&utf8,
					  X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len >= 0)
		strbuf_add_printable(&text, (const char *)utf8, (size_t)len);
	else
		ERR_clear_error();
	OPENSSL_free(utf8);
	return strbuf_detach(&text);
}

/* Not by mktime() or timegm(): the first depends on the time zone, the second is not in POSIX. */
bool cert_der_time(const ASN1_TIME *time, int64_t *ret_seconds)
{
	static const struct tm epoch = {.tm_year = 70, .tm_mday = 1};
	struct tm fields;
	int days, seconds;

	if (!ASN1_TIME_to_tm(time, &fields) ||
	    !OPENSSL_gmtime_diff(&days, &seconds, &epoch, &fields)) {
		ERR_clear_error();
		return false;
	}
	*ret_seconds = (int64_t)days * 86400 + seconds;
	return true;
}
