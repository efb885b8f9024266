/*
 * X.509 certificates (see cert.h). Nothing here judges trust or validity: files of the store and
 * answers of a CA are described, and compared with keys, requests and issuers.
 */
#include "crypto/cert.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "crypto/cert_der.h"
#include "crypto/csr.h"
#include "crypto/key_parts.h"
#include "crypto/san.h"

DEFINE_AUTO_EVP(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free);
DEFINE_AUTO_EVP(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free);
DEFINE_AUTO_EVP(AUTHORITY_KEYID, AUTHORITY_KEYID_free);

static char *serial_to_hex(const ASN1_INTEGER *serial)
{
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;
	struct span octets = evp_octets(serial);
	size_t zeros = 0;

	strbuf_add_hex(&hex, octets.ptr, octets.len);
	while (zeros + 1 < hex.len && hex.text[zeros] == '0')
		zeros++;
	strbuf_splice(&hex, 0, zeros, "", 0);
	return strbuf_detach(&hex);
}

static int read_names(struct cert *cert, struct error *err)
{
	bool is_broken;
	AUTO(GENERAL_NAMES) GENERAL_NAMES *names = cert_der_extension(cert, NID_subject_alt_name,
								      &is_broken);

	if (is_broken)
		return error_set(err, ERR_PARSE, "its subjectAltName is malformed");
	return san_read(names, &cert->dns_names, &cert->addresses, err);
}

/* The first OCSP responder that is given by a URL; what is malformed is as good as absent. */
static char *find_ocsp_url(const struct cert *cert)
{
	bool is_broken;
	AUTO(AUTHORITY_INFO_ACCESS) AUTHORITY_INFO_ACCESS *services =
		cert_der_extension(cert, NID_info_access, &is_broken);

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

static int read_fields(struct cert *cert, struct error *err)
{
	const struct cert_fields *fields = cert->fields;

	if (!cert_der_time(fields->validity->notBefore, &cert->not_before) ||
	    !cert_der_time(fields->validity->notAfter, &cert->not_after))
		return error_set(err, ERR_PARSE, "cannot read certificate: malformed time");
	if (read_names(cert, err) < 0)
		return error_wrap(err, "cannot read certificate");
	cert->serial_hex = serial_to_hex(fields->serial);
	cert->issuer_cn = cert_der_common_name(fields->issuer);
	cert->subject_cn = cert_der_common_name(fields->subject);
	cert->ocsp_url = find_ocsp_url(cert);
	return 0;
}

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
	cert_der_release(cert);
	strbuf_release(&cert->der);
	strvec_release(&cert->dns_names);
	strvec_release(&cert->addresses);
	free(cert->serial_hex);
	free(cert->issuer_cn);
	free(cert->subject_cn);
	free(cert->ocsp_url);
	free(cert);
}

int cert_from_der(const void *der, size_t len, struct cert **ret_cert, struct error *err)
{
	AUTO(cert) struct cert *cert = cert_new();

	strbuf_add(&cert->der, der, len);
	if (cert_der_decode(cert, err) < 0 || read_fields(cert, err) < 0)
		return err->code;
	*ret_cert = STEAL(cert);
	return 0;
}

int cert_from_pem(const char *pem, size_t len, struct cert **ret_cert, struct error *err)
{
	struct span rest = span_make(pem, len), label;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	int status;

	while ((status = pem_next(&rest, &label, &der, err)) > 0) {
		if (span_eq(label, "CERTIFICATE"))
			return cert_from_der(der.text, der.len, ret_cert, err);
		secret_wipe(der.text, der.len); /* perhaps the key in front of it */
		strbuf_clear(&der);
	}
	return status < 0 ? status
			  : error_set(err, ERR_PARSE, "cannot find a certificate in PEM text");
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
	const ASN1_OBJECT *object;

	X509_ALGOR_get0(&object, NULL, NULL, cert->fields->spki->algorithm);
	switch (OBJ_obj2nid(object)) {
	case NID_rsaEncryption:
		return KEY_RSA;
	case NID_X9_62_id_ecPublicKey:
		return KEY_EC;
	}
	return KEY_KIND__COUNT;
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

/* The public key, or NULL when it cannot be read: then it is nobody's. */
static EVP_PKEY *public_key(const struct cert *cert)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	EVP_PKEY *pkey = NULL;

	return cert_der_public_key(cert, &pkey, &ignored) < 0 ? NULL : pkey;
}

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

int cert_matches_key_pem(const struct cert *cert, const char *pem, size_t len, bool *ret_matches,
			 struct error *err)
{
	struct span mine = evp_octets(cert->fields->spki->bits);
	AUTO(strbuf) struct strbuf bits = STRBUF_INIT;
	AUTO(key) struct key *key = NULL;
	int rc = key_pem_public_bits(pem, len, &bits, err);

	if (rc == 0)
		*ret_matches = mine.len == bits.len && memcmp(mine.ptr, bits.text, bits.len) == 0;
	if (rc != ERR_NOT_FOUND)
		return rc;
	error_release(err);
	if (key_from_pem(pem, len, &key, err) < 0)
		return err->code;
	*ret_matches = cert_matches_key(cert, key);
	return 0;
}

bool cert_matches_csr(const struct cert *cert, const struct csr_contents *csr)
{
	const unsigned char *next = (const unsigned char *)csr->der.text;
	AUTO(X509_REQ) X509_REQ *request = d2i_X509_REQ(NULL, &next, (long)csr->der.len);

	return request && has_public_key(cert, X509_REQ_get0_pubkey(request));
}

bool cert_signed_by(const struct cert *cert, const struct cert *issuer)
{
	AUTO(EVP_PKEY) EVP_PKEY *signer = NULL;

	if (X509_NAME_cmp(cert->fields->issuer, issuer->fields->subject) != 0)
		return false;
	signer = public_key(issuer);
	return signer && cert_der_verifies(cert, signer);
}

bool cert_names_issuer(const struct cert *cert, const struct cert *issuer)
{
	bool is_broken;
	AUTO(AUTHORITY_KEYID) AUTHORITY_KEYID *wanted =
		cert_der_extension(cert, NID_authority_key_identifier, &is_broken);
	AUTO(ASN1_OCTET_STRING) ASN1_OCTET_STRING *id =
		cert_der_extension(issuer, NID_subject_key_identifier, &is_broken);

	if (!wanted || !wanted->keyid || !id)
		return cert_signed_by(cert, issuer);
	return X509_NAME_cmp(cert->fields->issuer, issuer->fields->subject) == 0 &&
	       ASN1_OCTET_STRING_cmp(wanted->keyid, id) == 0;
}

/* The octets of a DER INTEGER: two's complement, a zero in front where the first bit is set. */
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

int cert_ari_id(const struct cert *cert, char **ret_id, struct error *err)
{
	bool is_broken;
	AUTO(AUTHORITY_KEYID) AUTHORITY_KEYID *authority =
		cert_der_extension(cert, NID_authority_key_identifier, &is_broken);
	AUTO(strbuf) struct strbuf serial = STRBUF_INIT;
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;

	if (!authority || !authority->keyid)
		return error_set(err, ERR_NOT_FOUND, "certificate has no authority key identifier");
	base64url_encode(&id, authority->keyid->data, (size_t)authority->keyid->length);
	strbuf_addc(&id, '.');
	add_serial_octets(&serial, cert->fields->serial);
	base64url_encode(&id, serial.text, serial.len);
	*ret_id = strbuf_detach(&id);
	return 0;
}
