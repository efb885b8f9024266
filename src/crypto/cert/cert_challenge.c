/*
 * Certificates that answer challenges (see cert.h). For tls-alpn-01 (RFC 8737 and, for addresses,
 * RFC 8738) the CA looks only at the names and the digest, so the rest is as plain as possible. The
 * validity period is fixed instead of taken from the clock, which may be wrong; nobody trusts this
 * certificate anyway. For tls-sni-01 everything is as Certbot made it while the type was in use:
 * CAs of that time expect no other form.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/span.h"
#include "codec/pem.h"
#include "crypto/cert/cert.h"
#include "crypto/digest.h"
#include "crypto/key/key_parts.h"
#include "crypto/cert/san.h"

#define ACME_IDENTIFIER_OID "1.3.6.1.5.5.7.1.31"
#define ALPN_SUBJECT "ACME challenge"
#define SNI_SUBJECT "dummy"
#define NOT_BEFORE "20200101000000Z"
#define NOT_AFTER "99991231235959Z" /* RFC 5280 4.1.2.5: no end */

enum {
	SNI_KEY_BITS = 2048,
	SNI_DAYS = 7,
};

DEFINE_AUTO_EVP(ASN1_OBJECT, ASN1_OBJECT_free);
DEFINE_AUTO_EVP(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free);
DEFINE_AUTO_EVP(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free);
DEFINE_AUTO_EVP(X509_EXTENSION, X509_EXTENSION_free);

/* Critical; its value is the SHA-256 digest of the key authorization, as an OCTET STRING. */
static void add_acme_identifier(X509 *x509, const char *key_authorization)
{
	AUTO(ASN1_OBJECT) ASN1_OBJECT *type = EVP_MADE(OBJ_txt2obj(ACME_IDENTIFIER_OID, 1));
	AUTO(ASN1_OCTET_STRING) ASN1_OCTET_STRING *inner = EVP_MADE(ASN1_OCTET_STRING_new());
	AUTO(ASN1_OCTET_STRING) ASN1_OCTET_STRING *outer = EVP_MADE(ASN1_OCTET_STRING_new());
	AUTO(X509_EXTENSION) X509_EXTENSION *extension = NULL;
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	digest(DIGEST_SHA256, key_authorization, strlen(key_authorization), &hash);
	evp_must(ASN1_OCTET_STRING_set(inner, (const unsigned char *)hash.text, (int)hash.len));
	evp_add_der(&der, inner, ASN1_ITEM_rptr(ASN1_OCTET_STRING));
	evp_must(ASN1_OCTET_STRING_set(outer, (const unsigned char *)der.text, (int)der.len));
	extension = EVP_MADE(X509_EXTENSION_create_by_OBJ(NULL, type, 1, outer));
	evp_must(X509_add_ext(x509, extension, -1));
}

static void add_alternative_names(X509 *x509, GENERAL_NAMES *names)
{
	evp_must(X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1);
}

static int add_identifier(X509 *x509, const struct cert_alpn_request *request, struct error *err)
{
	AUTO(GENERAL_NAMES) GENERAL_NAMES *names = EVP_MADE(GENERAL_NAMES_new());
	int rc = request->is_ip ? san_add_address(names, request->identifier, err)
				: san_add_dns_name(names, request->identifier, err);

	if (rc == 0)
		add_alternative_names(x509, names);
	return rc;
}

static int add_sni_names(X509 *x509, const char *sni_name, struct error *err)
{
	AUTO(GENERAL_NAMES) GENERAL_NAMES *names = EVP_MADE(GENERAL_NAMES_new());

	if (san_add_dns_name(names, SNI_SUBJECT, err) < 0 ||
	    san_add_dns_name(names, sni_name, err) < 0)
		return err->code;
	add_alternative_names(x509, names);
	return 0;
}

/* Critical, CA:TRUE, pathlen:0. */
static void add_basic_constraints(X509 *x509)
{
	AUTO(BASIC_CONSTRAINTS) BASIC_CONSTRAINTS *ca = EVP_MADE(BASIC_CONSTRAINTS_new());

	ca->ca = 0xff; /* as DER spells "true" */
	ca->pathlen = EVP_MADE(ASN1_INTEGER_new());
	evp_must(ASN1_INTEGER_set(ca->pathlen, 0) &&
		 X509_add1_ext_i2d(x509, NID_basic_constraints, ca, 1, X509V3_ADD_APPEND) == 1);
}

/* All fields but the validity. */
static void fill_in_fields(X509 *x509, const struct key *key, const char *subject)
{
	AUTO(BIGNUM) BIGNUM *serial = EVP_MADE(BN_new());
	X509_NAME *name = X509_get_subject_name(x509);

	evp_must(X509_set_version(x509, X509_VERSION_3) &&
		 BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		 BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509)) &&
		 X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
					    (const unsigned char *)subject, -1, -1, 0) &&
		 X509_set_issuer_name(x509, name));
	key_fill_spki(key, X509_get_X509_PUBKEY(x509));
}

static int sign_to_pem(X509 *x509, const struct key *key, const char *name,
		       struct strbuf *ret_cert_pem, struct error *err)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	if (!X509_sign(x509, key->pkey, EVP_sha256()))
		return evp_error(err, "cannot sign certificate for '%s'", name);
	evp_add_der(&der, x509, ASN1_ITEM_rptr(X509));
	pem_encode(ret_cert_pem, "CERTIFICATE", der.text, der.len);
	return 0;
}

int cert_make_alpn(const struct cert_alpn_request *request, struct strbuf *ret_cert_pem,
		   struct secret *ret_key_pem, struct error *err)
{
	static const struct key_spec spec = {.kind = KEY_EC, .curve = "secp256r1"};
	AUTO(key) struct key *key = NULL;
	AUTO(X509) X509 *x509 = EVP_MADE(X509_new());

	if (key_generate(&spec, &key, err) < 0)
		return err->code;
	fill_in_fields(x509, key, ALPN_SUBJECT);
	evp_must(ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), NOT_BEFORE) &&
		 ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), NOT_AFTER));
	if (add_identifier(x509, request, err) < 0)
		return err->code;
	add_acme_identifier(x509, request->key_authorization);
	if (sign_to_pem(x509, key, request->identifier, ret_cert_pem, err) < 0)
		return err->code;
	key_to_pem(key, ret_key_pem);
	return 0;
}

int cert_make_sni(const struct cert_sni_request *request, struct key **key,
		  struct strbuf *ret_cert_pem, struct secret *ret_key_pem, struct error *err)
{
	static const struct key_spec spec = {.kind = KEY_RSA, .rsa_bits = SNI_KEY_BITS};
	AUTO(X509) X509 *x509 = EVP_MADE(X509_new());

	if (!*key && key_generate(&spec, key, err) < 0)
		return err->code;
	fill_in_fields(x509, *key, SNI_SUBJECT);
	evp_must(ASN1_TIME_adj(X509_getm_notBefore(x509), request->now, 0, 0) &&
		 ASN1_TIME_adj(X509_getm_notAfter(x509), request->now, SNI_DAYS, 0));
	add_basic_constraints(x509);
	if (add_sni_names(x509, request->sni_name, err) < 0 ||
	    sign_to_pem(x509, *key, request->sni_name, ret_cert_pem, err) < 0)
		return err->code;
	key_to_pem(*key, ret_key_pem);
	return 0;
}
