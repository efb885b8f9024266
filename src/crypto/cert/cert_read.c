/*
 * Fills struct cert (see cert_der.h) from the parts that a scan found or, where the scan gave up,
 * from OpenSSL's objects. Both ways give the same result; tests/fuzz/fuzz_cert_scan.c compares
 * them.
 */
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "crypto/cert/cert_der.h"
#include "crypto/cert/san.h"

DEFINE_AUTO_EVP(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free);

/* As Certbot prints it: the hexadecimal digits of a number, so without the zero byte that DER puts
 * before a high bit. */
static char *serial_to_hex(struct span octets)
{
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;
	size_t zeros = 0;

	strbuf_add_hex(&hex, octets.ptr, octets.len);
	while (zeros + 1 < hex.len && hex.text[zeros] == '0')
		zeros++;
	strbuf_splice(&hex, 0, zeros, "", 0);
	return strbuf_detach(&hex);
}

/* Names decide what is renewed, so here malformed is an error, unlike in other extensions. */
static int read_names(struct cert *cert, const struct cert_decoded *decoded, struct error *err)
{
	bool is_broken;
	AUTO(GENERAL_NAMES) GENERAL_NAMES *names = cert_der_extension(decoded, NID_subject_alt_name,
								      &is_broken);

	if (is_broken)
		return error_set(err, ERR_PARSE, "its subjectAltName is malformed");
	return san_read(names, &cert->dns_names, &cert->addresses, err);
}

/* The first OCSP responder that is given by a URL; what is malformed is as good as absent. */
static char *find_ocsp_url(const struct cert_decoded *decoded)
{
	bool is_broken;
	AUTO(AUTHORITY_INFO_ACCESS) AUTHORITY_INFO_ACCESS *services =
		cert_der_extension(decoded, NID_info_access, &is_broken);

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(services); i++) {
		const ACCESS_DESCRIPTION *service = sk_ACCESS_DESCRIPTION_value(services, i);
		const GENERAL_NAME *location = service->location;

		if (OBJ_obj2nid(service->method) != NID_ad_OCSP || location->type != GEN_URI ||
		    !san_is_plain(evp_octets(location->d.uniformResourceIdentifier)))
			continue;
		return span_dup(evp_octets(location->d.uniformResourceIdentifier));
	}
	return NULL;
}

static enum key_kind key_kind_of(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	switch (OBJ_obj2nid(object)) {
	case NID_rsaEncryption:
		return KEY_RSA;
	case NID_X9_62_id_ecPublicKey:
		return KEY_EC;
	}
	return KEY_KIND__COUNT;
}

int cert_der_read(struct cert *cert, struct error *err)
{
	AUTO(cert_decoded) struct cert_decoded decoded = CERT_DECODED_INIT;
	const struct cert_fields *fields;

	if (cert_der_decode(cert, &decoded, err) < 0)
		return err->code;
	fields = decoded.fields;
	if (!cert_der_time(fields->validity->notBefore, &cert->not_before) ||
	    !cert_der_time(fields->validity->notAfter, &cert->not_after))
		return error_set(err, ERR_PARSE, "cannot read certificate: malformed time");
	if (read_names(cert, &decoded, err) < 0)
		return error_wrap(err, "cannot read certificate");
	cert->serial_hex = serial_to_hex(evp_octets(fields->serial));
	cert->issuer_cn = cert_der_common_name(fields->issuer);
	cert->subject_cn = cert_der_common_name(fields->subject);
	cert->ocsp_url = find_ocsp_url(&decoded);
	cert->key_kind = key_kind_of(fields->spki->algorithm);
	return 0;
}

/* As bytes, since looking up an object makes OpenSSL read its configuration file first. */
static enum key_kind key_kind_of_oid(struct span oid)
{
	static const struct {
		const char *oid;
		enum key_kind kind;
	} kinds[] = {
		{"\x2a\x86\x48\xce\x3d\x02\x01", KEY_EC},          /* 1.2.840.10045.2.1 */
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", KEY_RSA}, /* 1.2.840.113549.1.1.1 */
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_eq(oid, kinds[i].oid))
			return kinds[i].kind;
	return KEY_KIND__COUNT;
}

static void take_names(struct cert *cert)
{
	struct span rest = cert->parts.names, name;
	enum cert_name_kind kind;

	while (cert_scan_take_name(&rest, &kind, &name))
		if (kind == CERT_NAME_ADDRESS)
			san_add_literal(name, &cert->addresses);
		else if (kind == CERT_NAME_DNS)
			strvec_give(&cert->dns_names, span_dup(name));
}

static char *printable(struct span text)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_add_printable(&out, text.ptr, text.len);
	return strbuf_detach(&out);
}

/* The spans of a scan point into cert->der, which lives as long as the certificate. */
bool cert_quick_read(struct cert *cert)
{
	const struct cert_parts *parts = &cert->parts;

	cert->is_plain = cert_scan(span_make(cert->der.text, cert->der.len), &cert->parts);
	if (!cert->is_plain)
		return false;
	take_names(cert);
	cert->not_before = parts->not_before;
	cert->not_after = parts->not_after;
	cert->serial_hex = serial_to_hex(parts->serial);
	cert->issuer_cn = printable(parts->issuer_cn);
	cert->subject_cn = printable(parts->subject_cn);
	cert->ocsp_url = parts->ocsp_url.len ? span_dup(parts->ocsp_url) : NULL;
	cert->key_kind = key_kind_of_oid(parts->key_algorithm);
	return true;
}
