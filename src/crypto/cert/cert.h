/*
 * X.509 certificates as the store and the commands need them.
 */
#ifndef CRYPTO_CERT_CERT_H
#define CRYPTO_CERT_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/key/key.h"

struct cert;

/* Reads the first certificate of a PEM text, skipping other blocks before it; the caller frees it.
 * ERR_PARSE, also for DNS names with bytes that no name may contain. */
int cert_from_pem(const char *pem, size_t len, struct cert **ret_cert,
		  struct error *err) WARN_UNUSED;
/* Reads a DER certificate, as ACME v1 sends them; the caller frees it. ERR_PARSE. */
int cert_from_der(const void *der, size_t len, struct cert **ret_cert,
		  struct error *err) WARN_UNUSED;
void cert_free(struct cert *cert);
DEFINE_AUTO_PTR(cert, cert_free);

/* Returns the DNS names of the SAN in their order. This and the other getters return values
 * borrowed from the certificate. */
const struct strvec *cert_dns_names(const struct cert *cert);
/* Returns the IP addresses of the SAN as canonical literals. */
const struct strvec *cert_ip_addresses(const struct cert *cert);
/* Returns the serial number in lower-case hex without leading zeros. */
const char *cert_serial_hex(const struct cert *cert);
/* Returns the start of validity in Unix seconds. */
int64_t cert_not_before(const struct cert *cert);
/* Returns the end of validity in Unix seconds. */
int64_t cert_not_after(const struct cert *cert);
/* Returns the kind of the public key, or KEY_KIND__COUNT for a kind that we do not know. */
enum key_kind cert_key_kind(const struct cert *cert);
/* Returns the issuer's first common name with control characters escaped; "" when there is none. */
const char *cert_issuer_cn(const struct cert *cert);
/* The same for the subject. */
const char *cert_subject_cn(const struct cert *cert);
/* Returns the OCSP responder's URL, or NULL when there is none. */
const char *cert_ocsp_url(const struct cert *cert);
/* Appends the DER form. */
void cert_to_der(const struct cert *cert, struct strbuf *out);

/* True when the key belongs to the certificate. */
bool cert_matches_key(const struct cert *cert, const struct key *key);
/* The same for a key in PEM text, without decoding it into a struct key: ten times as fast, because
 * whole stores are checked. ERR_PARSE: no usable key. */
int cert_matches_key_pem(const struct cert *cert, const char *pem, size_t len, bool *ret_matches,
			 struct error *err) WARN_UNUSED;
/* Appends the digest of the certificate's public key, see key_public_digest(). ERR_PARSE: the key
 * cannot be read. It is not checked any further: where our own key has that digest, it is good. */
int cert_public_digest(const struct cert *cert, struct strbuf *out, struct error *err) WARN_UNUSED;
/* The issuers of the last chains with their keys. Most chains have the same, and decoding a key
 * takes half as long as verifying a signature. Zeroed before; one thread at a time. */
struct cert_issuers {
	struct cert_signer *items[4];
	size_t next; /* the one that is replaced next */
};
void cert_issuers_release(struct cert_issuers *issuers);
DEFINE_AUTO(cert_issuers, cert_issuers_release);

/* True when `issuer` signed `cert`. Checks signature and names, but neither validity nor trust. The
 * issuer's key is looked for in `issuers`, and kept there. */
bool cert_signed_by(const struct cert *cert, const struct cert *issuer,
		    struct cert_issuers *issuers);
/* An issuer whose key is decoded once, to check many certificates. One thread at a time. */
struct cert_signer;
/* Takes over own_issuer. The caller frees the signer. */
struct cert_signer *cert_signer_new(struct cert *own_issuer) WARN_UNUSED;
void cert_signer_free(struct cert_signer *signer);
DEFINE_AUTO_PTR(cert_signer, cert_signer_free);
/* Like cert_signed_by(); false when the issuer has no usable key. */
bool cert_signer_signed(const struct cert_signer *signer, const struct cert *cert);

/* Unusual properties of a downloaded chain. */
enum cert_chain_oddity {
	CERT_CHAIN_OUT_OF_ORDER = 1 << 0,
	/* Contained unrelated or duplicate certificates, or other PEM blocks. */
	CERT_CHAIN_HAD_OTHERS = 1 << 1,
};

/* A downloaded chain, split and re-encoded: leaf and rest as PEM with \n line ends, each signed by
 * the next; plus the facts about the leaf that callers need, so that only this module parses it. */
struct cert_chain {
	struct strbuf leaf_pem;
	struct strbuf rest_pem;      /* empty when the leaf's issuer is not among them */
	struct strbuf top_issuer_cn; /* issuer CN of the topmost certificate */
	/* The earliest expiry among the rest (Unix seconds; INT64_MAX when the rest is empty), and
	 * the subject CN of that certificate. */
	int64_t soonest_not_after;
	struct strbuf soonest_cn;
	unsigned oddities;        /* bits of enum cert_chain_oddity */
	struct strvec leaf_names; /* DNS names, then addresses */
	struct strbuf leaf_key;   /* digest of its public key; empty when it is unusable */
	int64_t leaf_not_before, leaf_not_after; /* Unix seconds */
};

#define CERT_CHAIN_INIT                                                                            \
	{                                                                                          \
		.leaf_pem = STRBUF_INIT, .rest_pem = STRBUF_INIT, .top_issuer_cn = STRBUF_INIT,    \
		.soonest_not_after = INT64_MAX, .soonest_cn = STRBUF_INIT,                         \
		.leaf_names = STRVEC_INIT, .leaf_key = STRBUF_INIT                                 \
	}
void cert_chain_init(struct cert_chain *chain);
void cert_chain_release(struct cert_chain *chain);
DEFINE_AUTO(cert_chain, cert_chain_release);
/* Replaces `to`, which must be initialised, with a copy of `from`. */
void cert_chain_copy(struct cert_chain *to, const struct cert_chain *from);
/* True when the leaf has that public key, given as a digest from key_public_digest(). */
bool cert_chain_is_for(const struct cert_chain *chain, const struct strbuf *key_digest);
/* Builds the path that starts at the leaf from the certificates in a PEM text, in whatever order
 * and whatever else the text contains; only the first 20 certificates are used. ERR_PARSE: no
 * certificate. */
int cert_chain_parse(const char *pem, size_t len, struct cert_chain *ret_chain,
		     struct error *err) WARN_UNUSED;
/* The same for chain after chain. `start` is what there is already of one that arrives piece by
 * piece (ACME v1), PEM or empty, and `addition` is PEM or one certificate as DER. */
int cert_chain_extend(struct cert_issuers *issuers, struct span start, struct span addition,
		      struct cert_chain *ret_chain, struct error *err) WARN_UNUSED;

/* Sets the ARI identifier (RFC 9773 4.1), which the caller frees: base64url(authority key
 * identifier) "." base64url(serial). ERR_NOT_FOUND when the certificate has no AKI. */
int cert_ari_id(const struct cert *cert, char **ret_id, struct error *err) WARN_UNUSED;

/* The certificate that a tls-alpn-01 challenge asks for. */
struct cert_alpn_request {
	const char *identifier; /* DNS name or IP literal */
	bool is_ip;
	const char *key_authorization;
};
/* Makes a self-signed certificate for tls-alpn-01 (RFC 8737), with the identifier as its only SAN
 * and the critical acmeIdentifier extension. Appends the certificate and stores the key, both as
 * PEM. ERR_CONFIG: bad identifier. */
int cert_make_alpn(const struct cert_alpn_request *request, struct strbuf *ret_cert_pem,
		   struct secret *ret_key_pem, struct error *err) WARN_UNUSED;

/* The certificate that a tls-sni-01 challenge asks for. */
struct cert_sni_request {
	const char *sni_name; /* the name that the CA asks for */
	int64_t now;          /* Unix seconds: it is valid for a week from then */
};
/* Makes a self-signed certificate for tls-sni-01 as Certbot did: RSA 2048, subject "dummy", with
 * "dummy" and the name as SANs. A key takes long to make, so all challenges of a run share one:
 * `key` is made when it is NULL, used otherwise, and freed by the caller. Appends the certificate
 * and stores the key, both as PEM. ERR_CONFIG: bad name. */
int cert_make_sni(const struct cert_sni_request *request, struct key **key,
		  struct strbuf *ret_cert_pem, struct secret *ret_key_pem,
		  struct error *err) WARN_UNUSED;

#endif
