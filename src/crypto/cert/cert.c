/*
 * X.509 certificates (see cert.h). Nothing here judges trust or validity: it describes certificates
 * from the store or a CA, and compares them with keys, requests and issuers.
 */
#include "crypto/cert/cert.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "crypto/cert/cert_der.h"
#include "crypto/cert/csr.h"
#include "crypto/digest.h"
#include "crypto/key/key_parts.h"
#include "crypto/key/key_scan.h"
#include "crypto/cert/san.h"

DEFINE_AUTO_EVP(AUTHORITY_KEYID, AUTHORITY_KEYID_free);

static struct cert *cert_new(void)
{
	struct cert *cert = XNEW(struct cert);

	strbuf_init(&cert->der);
	strvec_init(&cert->dns_names);
	strvec_init(&cert->addresses);
	return cert;
}

void cert_free(struct cert *cert)
{
	if (!cert)
		return;
	strbuf_release(&cert->der);
	strvec_release(&cert->dns_names);
	strvec_release(&cert->addresses);
	free(cert->serial_hex);
	free(cert->issuer_cn);
	free(cert->subject_cn);
	free(cert->ocsp_url);
	free(cert);
}

/* The quick reader knows the usual form only; what it does not know goes to OpenSSL, which is slow
 * in a loop over thousands of files. */
int cert_from_der(const void *der, size_t len, struct cert **ret_cert, struct error *err)
{
	AUTO(cert) struct cert *cert = cert_new();

	strbuf_add(&cert->der, der, len);
	if (!cert_quick_read(cert) && cert_der_read(cert, err) < 0)
		return err->code;
	*ret_cert = STEAL(cert);
	return 0;
}

/* Other blocks are passed over: files of servers may have the key first. */
int cert_from_pem(const char *pem, size_t len, struct cert **ret_cert, struct error *err)
{
	struct span rest = span_make(pem, len), label;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	int rc;

	while ((rc = pem_next(&rest, &label, &der, err)) > 0) {
		if (span_eq(label, "CERTIFICATE"))
			return cert_from_der(der.text, der.len, ret_cert, err);
		secret_wipe(der.text, der.len); /* perhaps the key before it */
		strbuf_clear(&der);
	}
	return rc < 0 ? rc : error_set(err, ERR_PARSE, "no certificate found in PEM data");
}

const struct strvec *cert_dns_names(const struct cert *cert)
{
	return &cert->dns_names;
}

const struct strvec *cert_ip_addresses(const struct cert *cert)
{
	return &cert->addresses;
}

const char *cert_serial_hex(const struct cert *cert)
{
	return cert->serial_hex;
}

int64_t cert_not_before(const struct cert *cert)
{
	return cert->not_before;
}

int64_t cert_not_after(const struct cert *cert)
{
	return cert->not_after;
}

enum key_kind cert_key_kind(const struct cert *cert)
{
	return cert->key_kind;
}

const char *cert_issuer_cn(const struct cert *cert)
{
	return cert->issuer_cn;
}

const char *cert_subject_cn(const struct cert *cert)
{
	return cert->subject_cn;
}

const char *cert_ocsp_url(const struct cert *cert)
{
	return cert->ocsp_url;
}

void cert_to_der(const struct cert *cert, struct strbuf *out)
{
	strbuf_add(out, cert->der.text, cert->der.len);
}

/* The public key, or NULL when it cannot be read; it then matches no other key. */
static EVP_PKEY *public_key(const struct cert *cert)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	EVP_PKEY *pkey = NULL;

	return cert_der_public_key(cert, &pkey, &ignored) < 0 ? NULL : pkey;
}

/* A failed comparison counts as "no", and must not stay in OpenSSL's queue for the next caller. */
static bool has_public_key(const struct cert *cert, const EVP_PKEY *other)
{
	AUTO(EVP_PKEY) EVP_PKEY *pkey = public_key(cert);
	bool is_equal = pkey && EVP_PKEY_eq(pkey, other) == 1;

	ERR_clear_error();
	return is_equal;
}

bool cert_matches_key(const struct cert *cert, const struct key *key)
{
	return has_public_key(cert, key->pkey);
}

/* The encoded key is compared as bytes: this runs for every lineage, and decoding would take most
 * of the time. */
static bool has_key_bits(const struct cert *cert, struct span bits)
{
	return cert->is_plain ? span_same(cert->parts.key_bits, bits)
			      : cert_der_has_key_bits(cert, bits);
}

/* A request has the public half alone. In the lineage of a user's CSR it stands for the key. */
static int matches_request(const struct cert *cert, const char *pem, size_t len, bool *ret_matches,
			   struct error *err)
{
	AUTO(csr_contents) struct csr_contents csr = CSR_CONTENTS_INIT;
	AUTO(strbuf) struct strbuf own = STRBUF_INIT;
	AUTO(strbuf) struct strbuf other = STRBUF_INIT;

	if (csr_read(pem, len, &csr, err) < 0 || cert_public_digest(cert, &own, err) < 0)
		return err->code;
	csr_public_digest(&csr, &other);
	*ret_matches = own.len == other.len && memcmp(own.text, other.text, own.len) == 0;
	return 0;
}

int cert_matches_key_pem(const struct cert *cert, const char *pem, size_t len, bool *ret_matches,
			 struct error *err)
{
	AUTO(strbuf) struct strbuf bits = STRBUF_INIT;
	AUTO(key) struct key *key = NULL;
	int rc;

	if (csr_is_pem(pem, len))
		return matches_request(cert, pem, len, ret_matches, err);
	rc = key_scan_public_bits(span_make(pem, len), &bits)
		     ? 0
		     : key_pem_public_bits(pem, len, &bits, err);
	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	error_release(err);
	if (rc == 0) {
		*ret_matches = has_key_bits(cert, span_make(bits.text, bits.len));
		return 0;
	}
	/* The file lacks the public half, as SEC 1 allows: it is computed. */
	if (key_from_pem(pem, len, &key, err) < 0)
		return err->code;
	*ret_matches = cert_matches_key(cert, key);
	return 0;
}

int cert_public_digest(const struct cert *cert, struct strbuf *out, struct error *err)
{
	AUTO(EVP_PKEY) EVP_PKEY *pkey = NULL;

	/* Decoding and encoding it again, which takes 31 microseconds, would give the same. */
	if (cert->is_plain && cert_scan_key_is_canonical(&cert->parts)) {
		digest(DIGEST_SHA256, cert->parts.key.ptr, cert->parts.key.len, out);
		return 0;
	}
	if (cert_der_public_key(cert, &pkey, err) < 0)
		return err->code;
	pkey_add_public_digest(out, pkey);
	return 0;
}

/* The octets of a DER INTEGER: two's complement, with a leading zero if the first bit is set. */
static void add_serial_octets(struct strbuf *out, const ASN1_INTEGER *serial)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	const unsigned char *content;
	long len;
	int tag, class;

	evp_add_der(&der, serial, ASN1_ITEM_rptr(ASN1_INTEGER));
	content = (const unsigned char *)der.text;
	ASN1_get_object(&content, &len, &tag, &class, (long)der.len);
	strbuf_add(out, content, (size_t)len);
}

/* By the decoder of OpenSSL even for plain certificates: it is asked for those that are due, not
 * for all. */
int cert_ari_id(const struct cert *cert, char **ret_id, struct error *err)
{
	AUTO(cert_decoded) struct cert_decoded decoded = CERT_DECODED_INIT;
	AUTO(AUTHORITY_KEYID) AUTHORITY_KEYID *authority = NULL;
	bool is_broken;
	AUTO(strbuf) struct strbuf serial = STRBUF_INIT;
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;

	if (cert_der_decode(cert, &decoded, err) < 0)
		return err->code;
	authority = cert_der_extension(&decoded, NID_authority_key_identifier, &is_broken);
	if (!authority || !authority->keyid)
		return error_set(err, ERR_NOT_FOUND, "certificate has no authority key identifier");
	base64url_encode(&id, authority->keyid->data, (size_t)authority->keyid->length);
	strbuf_addc(&id, '.');
	add_serial_octets(&serial, decoded.fields->serial);
	base64url_encode(&id, serial.text, serial.len);
	*ret_id = strbuf_detach(&id);
	return 0;
}
