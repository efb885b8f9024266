/*
 * DER certificates, read the quick way and the long one: whatever the scanner takes, OpenSSL takes
 * too, and finds the same in it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "crypto/cert/cert.h"
#include "crypto/cert/cert_der.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct cert *new_cert(const uint8_t *bytes, size_t len)
{
	struct cert *cert = XNEW(struct cert);

	strbuf_init(&cert->der);
	strvec_init(&cert->dns_names);
	strvec_init(&cert->addresses);
	strbuf_add(&cert->der, bytes, len);
	return cert;
}

static void expect(bool is_same)
{
	if (!is_same)
		abort();
}

static void expect_same_list(const struct strvec *a, const struct strvec *b)
{
	expect(a->count == b->count);
	for (size_t i = 0; i < a->count; i++)
		expect(strcmp(a->items[i], b->items[i]) == 0);
}

static void expect_same_parts(const struct cert *cert)
{
	const struct cert_parts *parts = &cert->parts;
	AUTO(cert_decoded) struct cert_decoded decoded = CERT_DECODED_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span tbs, signature;

	expect(cert_der_decode(cert, &decoded, &err) == 0);
	tbs = evp_octets(decoded.envelope->tbs);
	signature = evp_octets(decoded.envelope->signature);
	expect(tbs.len == parts->tbs.len && memcmp(tbs.ptr, parts->tbs.ptr, tbs.len) == 0);
	expect(signature.len == parts->signature.len &&
	       memcmp(signature.ptr, parts->signature.ptr, signature.len) == 0);
	expect(X509_ALGOR_cmp(decoded.envelope->algorithm, decoded.fields->algorithm) == 0);
	expect(cert_der_has_key_bits(cert, parts->key_bits));
}

/* A key that OpenSSL can use has the digest that the scanner finds without it. */
static void expect_same_digest(struct cert *cert)
{
	AUTO(strbuf) struct strbuf quick = STRBUF_INIT, slow = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (!cert_scan_key_is_canonical(&cert->parts))
		return;
	expect(cert_public_digest(cert, &quick, &err) == 0);
	cert->is_plain = false;
	if (cert_public_digest(cert, &slow, &err) == 0)
		expect(quick.len == slow.len && memcmp(quick.text, slow.text, slow.len) == 0);
	cert->is_plain = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(cert) struct cert *quick = new_cert(bytes, len), *slow = new_cert(bytes, len);
	AUTO(error) struct error err = ERROR_INIT;

	if (!cert_quick_read(quick))
		return 0;
	expect(cert_der_read(slow, &err) == 0);
	expect_same_list(&quick->dns_names, &slow->dns_names);
	expect_same_list(&quick->addresses, &slow->addresses);
	expect(strcmp(quick->serial_hex, slow->serial_hex) == 0);
	expect(strcmp(quick->issuer_cn, slow->issuer_cn) == 0);
	expect(strcmp(quick->subject_cn, slow->subject_cn) == 0);
	expect(str_eq_or_null(quick->ocsp_url, slow->ocsp_url));
	expect(quick->not_before == slow->not_before && quick->not_after == slow->not_after);
	expect(quick->key_kind == slow->key_kind);
	expect_same_parts(quick);
	expect_same_digest(quick);
	return 0;
}
