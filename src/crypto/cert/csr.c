/*
 * Certificate signing requests (see csr.h), RFC 2986: made as Certbot makes them, and read when the
 * user supplies one.
 */
#include "crypto/cert/csr.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/pem.h"
#include "crypto/cert/cert_der.h"
#include "crypto/evp.h"
#include "crypto/key/key_parts.h"
#include "crypto/cert/san.h"

#define PEM_LABEL "CERTIFICATE REQUEST"

static void extensions_free(STACK_OF(X509_EXTENSION) *extensions)
{
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
DEFINE_AUTO_PTR(stack_st_X509_EXTENSION, extensions_free);

/* In the order of the request: CAs keep it, and people see the first name most. */
static int make_names(const struct csr_request *request, GENERAL_NAMES *names, struct error *err)
{
	const struct strvec *dns_names = request->dns_names, *addresses = request->ip_addresses;

	for (size_t i = 0; dns_names && i < dns_names->count; i++)
		if (san_add_dns_name(names, dns_names->items[i], err) < 0)
			return err->code;
	for (size_t i = 0; addresses && i < addresses->count; i++)
		if (san_add_address(names, addresses->items[i], err) < 0)
			return err->code;
	if (sk_GENERAL_NAME_num(names) == 0)
		return error_set(err, ERR_CONFIG, "cannot create a request without names");
	return 0;
}

/* RFC 7633: SEQUENCE { INTEGER 5 }, status_request. */
static void add_must_staple(STACK_OF(X509_EXTENSION) **extensions)
{
	enum { STATUS_REQUEST = 5 };
	ASN1_INTEGER *feature = EVP_MADE(ASN1_INTEGER_new());
	TLS_FEATURE *features = EVP_MADE(sk_ASN1_INTEGER_new_null());

	evp_must(ASN1_INTEGER_set(feature, STATUS_REQUEST) &&
		 sk_ASN1_INTEGER_push(features, feature) > 0 &&
		 X509V3_add1_i2d(extensions, NID_tlsfeature, features, 0, X509V3_ADD_APPEND) == 1);
	TLS_FEATURE_free(features);
}

int csr_make(const struct key *key, const struct csr_request *request, struct strbuf *ret_der,
	     struct error *err)
{
	AUTO(GENERAL_NAMES) GENERAL_NAMES *names = EVP_MADE(GENERAL_NAMES_new());
	AUTO(stack_st_X509_EXTENSION) STACK_OF(X509_EXTENSION) *extensions = NULL;
	AUTO(X509_REQ) X509_REQ *csr = EVP_MADE(X509_REQ_new());
	EVP_MD_CTX *context = NULL;
	bool is_signed;

	if (make_names(request, names, err) < 0)
		return err->code;
	san_add_extension(&extensions, names);
	if (request->must_staple)
		add_must_staple(&extensions);
	key_fill_spki(key, X509_REQ_get_X509_PUBKEY(csr));
	/* The subject stays empty: CAs ignore it, and names belong in the SAN. */
	evp_must(X509_REQ_set_version(csr, X509_REQ_VERSION_1) &&
		 X509_REQ_add_extensions(csr, extensions));
	if (key_begin_signature(key, "SHA256", &context, err) < 0)
		return err->code;
	is_signed = X509_REQ_sign_ctx(csr, context) != 0;
	key_end_signature(key, context);
	if (!is_signed)
		return evp_error(err, "cannot sign certificate request");
	evp_add_der(ret_der, csr, ASN1_ITEM_rptr(X509_REQ));
	return 0;
}

void csr_contents_init(struct csr_contents *contents)
{
	*contents = (struct csr_contents)CSR_CONTENTS_INIT;
}

void csr_contents_release(struct csr_contents *contents)
{
	strbuf_release(&contents->der);
	strvec_release(&contents->dns_names);
	strvec_release(&contents->ip_addresses);
}

/* The DER form of the first request in PEM text, or of the bytes as they are. */
static int find_der(struct span bytes, struct strbuf *ret_der, struct error *err)
{
	struct span label;
	int rc;

	/* A DER request is a SEQUENCE. */
	if (bytes.len && bytes.ptr[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
		strbuf_add(ret_der, bytes.ptr, bytes.len);
		return 0;
	}
	while ((rc = pem_next(&bytes, &label, ret_der, err)) > 0) {
		if (span_eq(label, PEM_LABEL) || span_eq(label, "NEW CERTIFICATE REQUEST"))
			return 0;
		/* The file may have the key as well. */
		secret_wipe(ret_der->text, ret_der->len);
		strbuf_clear(ret_der);
	}
	return rc < 0 ? rc : error_set(err, ERR_PARSE, "no CERTIFICATE REQUEST found in PEM data");
}

/* Lower case, because names are compared with those of lineages. */
static int read_san(X509_REQ *csr, struct csr_contents *contents, struct error *err)
{
	AUTO(stack_st_X509_EXTENSION)
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(csr);
	int critical = -1;
	AUTO(GENERAL_NAMES) GENERAL_NAMES *names = X509V3_get_d2i(extensions, NID_subject_alt_name,
								  &critical, NULL);

	if (!names && critical != -1)
		return evp_reject(err, ERR_PARSE, "its subjectAltName is malformed");
	if (san_read(names, &contents->dns_names, &contents->ip_addresses, err) < 0)
		return err->code;
	for (size_t i = 0; i < contents->dns_names.count; i++)
		ascii_lower_string(contents->dns_names.items[i]);
	return 0;
}

/* Letters, digits and the other characters of host names and wildcards. */
static bool is_host_name(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!ascii_is_alnum(*c) && !strchr("-._*", *c))
			return false;
	return *text != '\0';
}

/* Adds the literal in canonical form; false when it is not an address. */
static bool add_address(struct strvec *addresses, const char *literal)
{
	static const int families[] = {AF_INET, AF_INET6};
	unsigned char octets[sizeof(struct in6_addr)];
	char canonical[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		if (inet_pton(families[i], literal, octets) != 1)
			continue;
		inet_ntop(families[i], octets, canonical, sizeof(canonical));
		strvec_push_unique(addresses, canonical);
		return true;
	}
	return false;
}

/* Puts the common name before the DNS names, once. */
static int add_common_name(X509_REQ *csr, struct csr_contents *contents, struct error *err)
{
	AUTO_FREE char *name = cert_der_common_name(X509_REQ_get_subject_name(csr));
	struct strvec names = STRVEC_INIT;

	if (!*name || add_address(&contents->ip_addresses, name))
		return 0;
	if (!is_host_name(name))
		return error_set(err, ERR_CONFIG, "its common name '%s' is not a host name", name);
	ascii_lower_string(name);
	strvec_push(&names, name);
	for (size_t i = 0; i < contents->dns_names.count; i++)
		strvec_push_unique(&names, contents->dns_names.items[i]);
	strvec_release(&contents->dns_names);
	contents->dns_names = names;
	return 0;
}

/* The CA would refuse it too, but only after an order has been made. */
static int check_signature(X509_REQ *csr, struct error *err)
{
	EVP_PKEY *pkey = X509_REQ_get0_pubkey(csr);

	if (!pkey)
		return evp_reject(err, ERR_PARSE, "its public key cannot be read");
	if (X509_REQ_verify(csr, pkey) != 1)
		return evp_reject(err, ERR_REFUSED, "its signature is wrong");
	return 0;
}

/* Reads the request in `contents->der`, and cuts off the bytes after it. */
static int read_contents(struct csr_contents *contents, struct error *err)
{
	const unsigned char *start = (const unsigned char *)contents->der.text, *next = start;
	AUTO(X509_REQ) X509_REQ *csr = d2i_X509_REQ(NULL, &next, (long)contents->der.len);

	if (!csr)
		return evp_reject(err, ERR_PARSE, "malformed");
	strbuf_truncate(&contents->der, (size_t)(next - start));
	if (check_signature(csr, err) < 0 || read_san(csr, contents, err) < 0 ||
	    add_common_name(csr, contents, err) < 0)
		return err->code;
	if (contents->dns_names.count + contents->ip_addresses.count == 0)
		return error_set(err, ERR_CONFIG,
				 "it names nothing: there is neither a common name nor a "
				 "subjectAltName with names or addresses");
	return 0;
}

int csr_read(const char *bytes, size_t len, struct csr_contents *ret_contents, struct error *err)
{
	AUTO(csr_contents) struct csr_contents contents = CSR_CONTENTS_INIT;

	if (find_der(span_make(bytes, len), &contents.der, err) < 0 ||
	    read_contents(&contents, err) < 0)
		return error_wrap(err, "cannot read certificate request");
	csr_contents_release(ret_contents);
	*ret_contents = contents;
	csr_contents_init(&contents);
	return 0;
}

void csr_public_digest(const struct csr_contents *contents, struct strbuf *out)
{
	const unsigned char *next = (const unsigned char *)contents->der.text;
	AUTO(X509_REQ) X509_REQ *request = d2i_X509_REQ(NULL, &next, (long)contents->der.len);

	/* It was read before. */
	evp_must(request && X509_REQ_get0_pubkey(request));
	pkey_add_public_digest(out, X509_REQ_get0_pubkey(request));
}

void csr_to_pem(const struct csr_contents *contents, struct strbuf *out)
{
	pem_encode(out, PEM_LABEL, contents->der.text, contents->der.len);
}

bool csr_is_pem(const char *text, size_t len)
{
	static const char begin[] = "-----BEGIN " PEM_LABEL "-----";

	return len >= strlen(begin) && memcmp(text, begin, strlen(begin)) == 0;
}
