/*
 * Checks an issued certificate before it is stored (see acceptance.h). A certificate that
 * servers could not use is an error. One with unlikely dates is an error only if it would replace a
 * certificate that is valid: the reason may be this machine's clock.
 */
#include "app/issue/acceptance.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "net/http/http.h"

/* A CA behind a cache could send the certificate of an earlier order; with a key that does not
 * match, no server would start again. */
static int check_key(const struct issue_request *request, struct error *err)
{
	AUTO(strbuf) struct strbuf key = STRBUF_INIT;

	if (request->key)
		key_public_digest(request->key, &key);
	else
		csr_public_digest(request->csr, &key);
	if (cert_chain_is_for(&request->chain, &key))
		return 0;
	return error_set(err, ERR_PROTOCOL,
			 "the CA sent a certificate for another key; it was not stored");
}

/* CAs may return names in another case, which makes no difference to DNS (RFC 4343). */
static void names_of(const struct cert_chain *chain, struct strvec *ret_names)
{
	strvec_extend(ret_names, &chain->leaf_names);
	for (size_t i = 0; i < ret_names->count; i++)
		ascii_lower_string(ret_names->items[i]);
}

/* Names that nobody asked for are recorded, so that the next renewal does not ask for them. */
static int check_names(struct issue_request *request, struct error *err)
{
	AUTO(strvec) struct strvec got = STRVEC_INIT;
	AUTO_FREE char *names = NULL;

	names_of(&request->chain, &got);
	names = strvec_join(&got, ", ");
	for (size_t i = 0; i < request->identifiers.count; i++)
		if (!strvec_contains(&got, request->identifiers.items[i].value))
			return error_set(err, ERR_PROTOCOL,
					 "the CA sent a certificate for other names (%s); it was "
					 "not stored",
					 names);
	/* Some CAs add a name of their own accord, "www." for instance. That is harmless now, but
	 * the names of the certificate become those of the next order. */
	for (size_t i = 0; i < got.count; i++)
		if (!acme_identifiers_contain(&request->identifiers, got.items[i]))
			strvec_push_unique(&request->unasked, got.items[i]);
	if (request->unasked.count) {
		AUTO_FREE char *unasked = strvec_join(&request->unasked, ", ");

		log_warning("The certificate has names that were not asked for: %s.", unasked);
	}
	return 0;
}

/* Expired by our clock and by the CA's. Both must agree, because a machine with an empty battery
 * starts in 1970 and would otherwise refuse every certificate. */
static bool is_expired(const struct cert_chain *chain, const struct acceptance_clock *clock)
{
	return chain->leaf_not_after <= clock->now &&
	       (!clock->server_time || chain->leaf_not_after <= clock->server_time);
}

static bool is_early(const struct cert_chain *chain, const struct acceptance_clock *clock)
{
	return chain->leaf_not_before > clock->now &&
	       (!clock->server_time || chain->leaf_not_before > clock->server_time);
}

/* Returns the certificate in live/ if it is valid now, else NULL. If there is a valid one, there is
 * something to lose; if not, an odd certificate is better than none. */
static const struct cert *present_cert(const struct issue_request *request, int64_t now)
{
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	if (!request->lineage || lineage_cert(request->lineage, &cert, &unreadable) < 0 ||
	    cert_not_before(cert) > now || cert_not_after(cert) <= now)
		return NULL;
	return cert;
}

/* Ends in an error or a warning, never silently: a certificate that is stored is put into live/. */
static int check_validity(const struct issue_request *request, const struct acceptance_clock *clock,
			  struct error *err)
{
	const struct cert_chain *chain = &request->chain;
	bool expired = is_expired(chain, clock);
	const struct cert *present = present_cert(request, clock->now);
	AUTO_FREE char *date = NULL, *present_date = NULL;

	if (!expired && !is_early(chain, clock))
		return 0;
	date = datetime_rfc3339(expired ? chain->leaf_not_after : chain->leaf_not_before);
	if (!present) {
		log_warning(expired ? "The certificate expired at %s."
				    : "The certificate is not valid before %s.",
			    date);
		return 0;
	}
	present_date = datetime_rfc3339(cert_not_after(present));
	return error_set(err, ERR_PROTOCOL,
			 expired ? "the CA sent a certificate that expired at %s; the present one, "
				   "valid until %s, stays in use"
				 : "the CA sent a certificate that is not valid before %s; the "
				   "present one, valid until %s, stays in use",
			 date, present_date);
}

/* Completes the chain with the intermediates of the present certificate. The present chain fits if
 * its first certificate has signed the new one, which the parser verifies; otherwise nothing is
 * borrowed. */
static void borrow_chain(struct network *network, struct issue_request *request)
{
	AUTO(content) struct content content = CONTENT_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct http_client *http;

	strbuf_add(&pem, request->chain.leaf_pem.text, request->chain.leaf_pem.len);
	if (!request->lineage || lineage_read(request->lineage, STORE_CHAIN, &pem, &ignored) < 0 ||
	    network_http(network, &http, &ignored) < 0)
		return;
	http_parse(http, CONTENT_CHAIN, span_make(pem.text, pem.len), &content);
	if (content.chain.rest_pem.len)
		cert_chain_copy(&request->chain, &content.chain);
}

/* An empty chain.pem is stored all the same, as Certbot would do: the certificate has been issued
 * and counts against the CA's limits. */
static void complete_chain(struct network *network, struct issue_request *request)
{
	if (request->chain.rest_pem.len)
		return;
	borrow_chain(network, request);
	if (request->chain.rest_pem.len)
		log_warning("The CA sent the certificate without its chain. The chain of the "
			    "present certificate is used: its first certificate has signed both.");
	else
		log_warning("The CA sent the certificate without a chain: chain.pem is empty. "
			    "Clients need to know the CA itself, and a web server that is told to "
			    "read chain.pem (for OCSP stapling, say) may not start.");
}

static void warn_of_chain(const struct issue_request *request, const struct acceptance_clock *clock)
{
	const struct cert_chain *chain = &request->chain;
	AUTO_FREE char *date = NULL;

	if (chain->oddities & CERT_CHAIN_HAD_OTHERS)
		log_warning("Not everything that the CA sent belongs to the certificate's chain; "
			    "the rest was left out.");
	if (chain->oddities & CERT_CHAIN_OUT_OF_ORDER)
		log_warning("The CA's certificates were not in the order of the chain; they were "
			    "sorted.");
	if (chain->soonest_not_after > clock->now)
		return;
	date = datetime_rfc3339(chain->soonest_not_after);
	log_warning("A certificate of the chain, '%s', expired at %s.", chain->soonest_cn.text,
		    date);
}

/* The checks that can refuse come first, so that no warning is printed about a certificate that is
 * not stored. */
int acceptance_check(struct network *network, struct issue_request *request,
		     const struct acceptance_clock *clock, struct error *err)
{
	strvec_release(&request->unasked);
	if (check_key(request, err) < 0 || check_names(request, err) < 0 ||
	    check_validity(request, clock, err) < 0)
		return err->code;
	warn_of_chain(request, clock);
	complete_chain(network, request);
	return 0;
}
