/*
 * X.509 certificates as the store and the commands need them.
 */
#ifndef CRYPTO_CERT_H
#define CRYPTO_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/key.h"

struct cert;

/* The first certificate of a PEM text; other boxes in front of it are passed over. ERR_PARSE: also
 * for DNS names with bytes that no name has. */
int cert_from_pem(const char *pem, size_t len, struct cert **ret_cert,
		  struct error *err) WARN_UNUSED;
/* A DER certificate, as ACME v1 sends them. ERR_PARSE. */
int cert_from_der(const void *der, size_t len, struct cert **ret_cert,
		  struct error *err) WARN_UNUSED;
void cert_free(struct cert *cert);
DEFINE_AUTO_PTR(cert, cert_free);

/* All borrowed from the certificate. */
const struct strvec *cert_dns_names(const struct cert *cert);    /* as in the SAN, in order */
const struct strvec *cert_ip_addresses(const struct cert *cert); /* canonical literals */
const char *cert_serial_hex(const struct cert *cert);            /* lower case, no leading zeros */
int64_t cert_not_before(const struct cert *cert);                /* Unix seconds */
int64_t cert_not_after(const struct cert *cert);
enum key_kind cert_key_kind(const struct cert *cert); /* KEY_KIND__COUNT: another kind */
/* First common name, control characters escaped; "" when there is none. */
const char *cert_issuer_cn(const struct cert *cert);
const char *cert_subject_cn(const struct cert *cert);
const char *cert_ocsp_url(const struct cert *cert); /* NULL when it has none */
/* Appends the DER form. */
void cert_to_der(const struct cert *cert, struct strbuf *out);

/* True when the key is the certificate's. */
bool cert_matches_key(const struct cert *cert, const struct key *key);
/* The same for a key that stays PEM text, and in a tenth of the time: whole stores are looked at.
 * ERR_PARSE: no usable key. */
int cert_matches_key_pem(const struct cert *cert, const char *pem, size_t len, bool *ret_matches,
			 struct error *err) WARN_UNUSED;
/* Appends the digest of its public key, see key_public_digest(). ERR_PARSE: no usable key. */
int cert_public_digest(const struct cert *cert, struct strbuf *out, struct error *err) WARN_UNUSED;
/* True when `issuer` signed `cert` (signature and names; no validity, no trust). */
bool cert_signed_by(const struct cert *cert, const struct cert *issuer);
/* The same for an issuer of many: its key is decoded once. One thread at a time. */
struct cert_signer;
struct cert_signer *cert_signer_new(struct cert *own_issuer) WARN_UNUSED;
void cert_signer_free(struct cert_signer *signer);
DEFINE_AUTO_PTR(cert_signer, cert_signer_free);
bool cert_signer_signed(const struct cert_signer *signer, const struct cert *cert);

/* What was unusual about a downloaded chain. */
enum cert_chain_oddity {
	CERT_CHAIN_OUT_OF_ORDER = 1 << 0,
	/* Certificates that do not belong to the path, one twice, or something else in PEM. */
	CERT_CHAIN_HAD_OTHERS = 1 << 1,
};

/* A downloaded chain, taken apart and re-encoded: leaf and the rest as PEM with \n line ends, each
 * signed by the next; and what has to be known of the leaf, so that nobody else needs to look into
 * it. */
struct cert_chain {
	struct strbuf leaf_pem;
	struct strbuf rest_pem;      /* empty when there is no issuer of the leaf among them */
	struct strbuf top_issuer_cn; /* issuer CN of the topmost certificate */
	/* Of those in the rest, when the first expires (Unix seconds; INT64_MAX: there is none),
	 * and its subject CN. */
	int64_t soonest_not_after;
	struct strbuf soonest_cn;
	unsigned oddities;        /* bits of enum cert_chain_oddity */
	struct strvec leaf_names; /* DNS names, then addresses */
	struct strbuf leaf_key;   /* digest of its public key; empty for one that cannot be used */
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
void cert_chain_copy(struct cert_chain *to, const struct cert_chain *from);
/* True when the leaf is for that public key; a digest as key_public_digest() makes it. */
bool cert_chain_is_for(const struct cert_chain *chain, const struct strbuf *key_digest);
/* Builds the path from the leaf out of the certificates in a PEM text, whatever their order and
 * whatever else is there; the first 20 are looked at. ERR_PARSE: there is no certificate. */
int cert_chain_parse(const char *pem, size_t len, struct cert_chain *ret_chain,
		     struct error *err) WARN_UNUSED;

/* RFC 9773 4.1: base64url(authority key identifier) "." base64url(serial). Heap; ERR_NOT_FOUND when
 * the certificate has no AKI. */
int cert_ari_id(const struct cert *cert, char **ret_id, struct error *err) WARN_UNUSED;

/* A self-signed certificate for tls-alpn-01 (RFC 8737): SAN with the one identifier and the
 * critical acmeIdentifier extension. PEM of certificate and key. ERR_CONFIG: bad identifier. */
struct cert_alpn_request {
	const char *identifier; /* DNS name or IP literal */
	bool is_ip;
	const char *key_authorization;
};
int cert_make_alpn(const struct cert_alpn_request *request, struct strbuf *ret_cert_pem,
		   struct secret *ret_key_pem, struct error *err) WARN_UNUSED;

#endif
