/*
 * OCSP (see ocsp.h), RFC 6960: one certificate per request, with a SHA-1 CertID, which every
 * responder supports, and no nonce (RFC 5019). A response is trusted only when it is signed by the
 * issuer, or by a delegate with the OCSPSigning purpose that the issuer certified.
 */
#include "crypto/cert/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "crypto/cert/cert_der.h"

enum { ALLOWED_SKEW = 300 };

DEFINE_AUTO_EVP(OCSP_BASICRESP, OCSP_BASICRESP_free);
DEFINE_AUTO_EVP(OCSP_CERTID, OCSP_CERTID_free);
DEFINE_AUTO_EVP(OCSP_REQUEST, OCSP_REQUEST_free);
DEFINE_AUTO_EVP(OCSP_RESPONSE, OCSP_RESPONSE_free);
DEFINE_AUTO_EVP(X509_STORE, X509_STORE_free);

static int make_id(const struct cert *cert, const struct cert *issuer, OCSP_CERTID **ret_id,
		   struct error *err)
{
	AUTO(X509) X509 *subject_x509 = NULL;
	AUTO(X509) X509 *issuer_x509 = NULL;

	if (cert_der_to_x509(cert, &subject_x509, err) < 0 ||
	    cert_der_to_x509(issuer, &issuer_x509, err) < 0)
		return err->code;
	*ret_id = OCSP_cert_to_id(EVP_sha1(), subject_x509, issuer_x509);
	return *ret_id ? 0 : evp_error(err, "cannot identify the certificate for OCSP");
}

int ocsp_request(const struct cert *cert, const struct cert *issuer, struct strbuf *ret_der,
		 struct error *err)
{
	AUTO(OCSP_REQUEST) OCSP_REQUEST *request = EVP_MADE(OCSP_REQUEST_new());
	OCSP_CERTID *id;

	if (make_id(cert, issuer, &id, err) < 0)
		return err->code;
	evp_must(OCSP_request_add0_id(request, id) != NULL);
	evp_add_der(ret_der, request, ASN1_ITEM_rptr(OCSP_REQUEST));
	return 0;
}

static int decode_response(struct span der, OCSP_BASICRESP **ret_basic, struct error *err)
{
	const unsigned char *next = (const unsigned char *)der.ptr;
	AUTO(OCSP_RESPONSE) OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &next, (long)der.len);
	int status;

	if (!response)
		return evp_reject(err, ERR_PROTOCOL, "malformed");
	status = OCSP_response_status(response);
	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return error_set(err, ERR_PROTOCOL, "the responder answered: %s",
				 OCSP_response_status_str(status));
	*ret_basic = OCSP_response_get1_basic(response);
	return *ret_basic ? 0 : evp_reject(err, ERR_PROTOCOL, "malformed");
}

/* A store in which the issuer is the one thing trusted, at the time of the question. */
static X509_STORE *trust_in(X509 *issuer, int64_t now_seconds)
{
	X509_STORE *store = EVP_MADE(X509_STORE_new());
	X509_VERIFY_PARAM *how = X509_STORE_get0_param(store);

	X509_VERIFY_PARAM_set_time(how, (time_t)now_seconds);
	evp_must(X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN) &&
		 X509_STORE_add_cert(store, issuer));
	return store;
}

static int check_signature(OCSP_BASICRESP *basic, const struct ocsp_question *question,
			   struct error *err)
{
	AUTO(X509) X509 *issuer = NULL;
	AUTO(X509_STORE) X509_STORE *store = NULL;
	STACK_OF(X509) *trusted;
	int rc;

	if (cert_der_to_x509(question->issuer, &issuer, err) < 0)
		return err->code;
	store = trust_in(issuer, question->now_seconds);
	trusted = EVP_MADE(sk_X509_new_null());
	evp_must(sk_X509_push(trusted, issuer) > 0);
	rc = OCSP_basic_verify(basic, trusted, store, OCSP_TRUSTOTHER | OCSP_NOEXPLICIT);
	sk_X509_free(trusted);
	return rc == 1 ? 0
		       : evp_reject(err, ERR_PROTOCOL,
				    "it is not signed by the issuer or its "
				    "delegate");
}

static int check_times(const ASN1_GENERALIZEDTIME *this_update,
		       const ASN1_GENERALIZEDTIME *next_update, int64_t now_seconds,
		       struct error *err)
{
	int64_t from, until;

	if (!this_update || !cert_der_time(this_update, &from) || from > now_seconds + ALLOWED_SKEW)
		return error_set(err, ERR_PROTOCOL, "not valid yet");
	/* Without nextUpdate newer information is always available (RFC 6960 4.2.2.1). */
	if (next_update &&
	    (!cert_der_time(next_update, &until) || until < now_seconds - ALLOWED_SKEW))
		return error_set(err, ERR_PROTOCOL, "out of date");
	return 0;
}

static int find_answer(OCSP_BASICRESP *basic, const struct ocsp_question *question,
		       enum ocsp_status *ret_status, struct error *err)
{
	AUTO(OCSP_CERTID) OCSP_CERTID *id = NULL;
	ASN1_GENERALIZEDTIME *this_update, *next_update;
	int status;

	if (make_id(question->cert, question->issuer, &id, err) < 0)
		return err->code;
	if (!OCSP_resp_find_status(basic, id, &status, NULL, NULL, &this_update, &next_update))
		return error_set(err, ERR_PROTOCOL, "it is for a different certificate");
	if (check_times(this_update, next_update, question->now_seconds, err) < 0)
		return err->code;
	*ret_status = status == V_OCSP_CERTSTATUS_GOOD      ? OCSP_GOOD
		      : status == V_OCSP_CERTSTATUS_REVOKED ? OCSP_REVOKED
							    : OCSP_UNKNOWN;
	return 0;
}

int ocsp_response(const struct ocsp_question *question, enum ocsp_status *ret_status,
		  struct error *err)
{
	AUTO(OCSP_BASICRESP) OCSP_BASICRESP *basic = NULL;

	if (decode_response(question->response_der, &basic, err) < 0 ||
	    check_signature(basic, question, err) < 0 ||
	    find_answer(basic, question, ret_status, err) < 0)
		return error_wrap(err, "cannot use OCSP response");
	return 0;
}
