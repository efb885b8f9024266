/*
 * OCSP requests for many lineages at once (see revocation_check.h). Responders answer over plain
 * http; the signature inside the response is what counts.
 */
#include "app/renewal/revocation_check.h"

#include "store/renewal/due_moment.h"
#include "store/renewal/renewal_state.h"
#include "base/alloc.h"
#include "base/log.h"
#include "crypto/cert/ocsp.h"
#include "net/http/http.h"
#include "store/lineage/lineage_conf.h"

/* As often as Certbot's timer asks. The answer of a responder is valid for days. */
#define PAUSE (12 * 3600)
#define TIMEOUT_MS 10000
#define MAX_RESPONSE 65536

/* Its address names the questions of this file to the client, which others use as well. */
static const char ocsp_asker;

/* A lineage, or what stands for its second key, whose revocation status is requested. */
struct inquiry {
	struct lineage *lineage;
	struct cert *issuer;
	const struct cert *cert;
	struct ocsp_question question;
	bool revoked;
};

/* A question that a signal left without its answer is taken back from the client, which would look
 * into the inquiry when the answer comes. */
static void inquiry_release(struct network *network, struct inquiry *inquiry)
{
	if (network->http)
		http_drop(network->http, inquiry);
	cert_free(inquiry->issuer);
}

/* The issuer is the first of the chain: its key signs the answer, or the certificate of the
 * responder that signs it (RFC 6960 section 4.2.2.2). */
static int load_chain(struct lineage *lineage, struct inquiry *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf chain = STRBUF_INIT;

	ret->lineage = lineage;
	if (lineage_cert(lineage, &ret->cert, err) < 0 ||
	    lineage_read(lineage, STORE_CHAIN, &chain, err) < 0)
		return err->code;
	return cert_from_pem(chain.text, chain.len, &ret->issuer, err);
}

static int send_question(struct network *network, struct inquiry *inquiry, struct error *err)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	struct http_request request = {
		.asker = &ocsp_asker,
		.method = HTTP_POST,
		.url = cert_ocsp_url(inquiry->cert),
		.headers = &headers,
		.max_body = MAX_RESPONSE,
		.timeout_ms = TIMEOUT_MS,
		.flags = HTTP_ALLOW_PLAIN,
		.form = CONTENT_OCSP,
		.question = &inquiry->question,
	};
	struct http_client *http = NULL;

	headers_add(&headers, "Content-Type", "application/ocsp-request");
	if (network_http(network, &http, err) < 0 ||
	    ocsp_request(inquiry->cert, inquiry->issuer, &der, err) < 0)
		return err->code;
	request.body = der.text;
	request.body_len = der.len;
	inquiry->question = (struct ocsp_question){
		.cert = inquiry->cert,
		.issuer = inquiry->issuer,
		.now_seconds = network_now(network),
	};
	http_start(http, &request, inquiry);
	return 0;
}

/* Signature, serial number and times were checked by the parser (net/parser); this gets its result
 * or an error. */
static int judge_response(struct inquiry *inquiry, const struct http_response *response,
			  struct error *err)
{
	if (error_is_set(&response->error))
		return error_copy(err, &response->error);
	if (response->status != 200)
		return error_set(err, ERR_PROTOCOL, "the responder answered with HTTP status %d",
				 response->status);
	if (response->content.form != CONTENT_OCSP)
		return error_set(err, ERR_PROTOCOL, "the responder answered with nothing");
	if (error_is_set(&response->content.fault))
		return error_copy(err, &response->content.fault);
	inquiry->revoked = response->content.revocation == OCSP_REVOKED;
	return 0;
}

/* Collects all answers that are under way. An answer that does not come is a warning: OCSP
 * responders are often down, and a renewal must not depend on one. */
static int collect_answers(struct network *network, struct error *err)
{
	while (network->http && http_pending(network->http, &ocsp_asker)) {
		AUTO(http_response) struct http_response response;
		AUTO(error) struct error trouble = ERROR_INIT;
		struct inquiry *inquiry;
		int rc;

		http_response_init(&response);
		rc = http_poll(network->http, &ocsp_asker, -1, &response, err);
		if (rc < 0)
			return rc;
		inquiry = response.tag;
		if (judge_response(inquiry, &response, &trouble) < 0)
			log_warning("cannot check whether %s was revoked: %s",
				    lineage_name(inquiry->lineage), trouble.text);
	}
	return 0;
}

/* Returns true if the certificate names a responder and has not expired. Let's Encrypt's
 * certificates have had no OCSP URL since 2025, so nothing is asked about them. */
static bool can_ask(struct lineage *lineage, int64_t now)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	return lineage_cert(lineage, &cert, &err) == 0 && cert_ocsp_url(cert) &&
	       cert_not_after(cert) > now;
}

bool revocation_check_is_stale(struct lineage *lineage, int64_t now_seconds)
{
	struct lineage *second = lineage_second_shown(lineage);

	return renewal_state_ocsp_next_check(lineage_conf(lineage)) <= now_seconds &&
	       (can_ask(lineage, now_seconds) || (second && can_ask(second, now_seconds))) &&
	       !due_is_switched_off(lineage_conf(lineage));
}

/* Also after a failure: asking again at each run would only add warnings. */
static void remember_answer(int64_t now, struct lineage *lineage)
{
	AUTO(error) struct error err = ERROR_INIT;

	renewal_state_set_ocsp_next_check(lineage_conf(lineage), now + PAUSE);
	if (lineage_save_conf(lineage, &err) < 0)
		log_warning("cannot record the revocation check: %s", err.text);
}

static bool ask_responder(struct network *network, struct lineage *lineage, struct inquiry *inquiry)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (load_chain(lineage, inquiry, &err) == 0 && send_question(network, inquiry, &err) == 0)
		return true;
	log_warning("cannot check whether %s was revoked: %s", lineage_name(lineage), err.text);
	return false;
}

static void ask_for_keys(struct network *network, const struct due_item *item,
			 struct inquiry inquiries[static LINEAGE_MAX_KEYS])
{
	struct lineage *keys[LINEAGE_MAX_KEYS];
	int64_t now = network_now(network);

	if (item->due || error_is_set(&item->error) ||
	    !revocation_check_is_stale(item->lineage, now))
		return;
	lineage_shown_keys(item->lineage, keys);
	for (size_t i = 0; i < LINEAGE_MAX_KEYS && keys[i]; i++)
		if (can_ask(keys[i], now))
			ask_responder(network, keys[i], &inquiries[i]);
}

/* Returns true when one of the keys was asked about. */
static bool take_answers(struct due_item *item,
			 const struct inquiry inquiries[static LINEAGE_MAX_KEYS])
{
	if (inquiries[0].revoked)
		due_item_set(item, "the CA has revoked it");
	else if (inquiries[1].revoked)
		due_item_set(item, "the CA has revoked the certificate of its second key");
	return inquiries[0].lineage || inquiries[1].lineage;
}

int revocation_check_refresh(struct network *network, struct due_item *items, size_t count,
			     struct error *err)
{
	struct inquiry *inquiries = xcalloc(count * LINEAGE_MAX_KEYS, sizeof(*inquiries));
	int rc;

	for (size_t i = 0; i < count; i++)
		ask_for_keys(network, &items[i], &inquiries[i * LINEAGE_MAX_KEYS]);
	rc = collect_answers(network, err);
	for (size_t i = 0; i < count; i++)
		if (take_answers(&items[i], &inquiries[i * LINEAGE_MAX_KEYS]) && rc == 0)
			remember_answer(network_now(network), items[i].lineage);
	for (size_t i = 0; i < count * LINEAGE_MAX_KEYS; i++)
		inquiry_release(network, &inquiries[i]);
	free(inquiries);
	return rc;
}

/* For `certificates`, which shows it: asked each time, as nothing may be written there. */
bool revocation_check_now(struct network *network, struct lineage *lineage)
{
	struct inquiry inquiry = {.revoked = false};
	AUTO(error) struct error err = ERROR_INIT;

	if (can_ask(lineage, network_now(network)) && ask_responder(network, lineage, &inquiry) &&
	    collect_answers(network, &err) < 0)
		log_debug("revocation check stopped: %s", err.text);
	inquiry_release(network, &inquiry);
	return inquiry.revoked;
}
