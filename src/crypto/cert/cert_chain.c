/*
 * Downloaded certificate chains (see cert.h), RFC 8555 7.4.2 and 9.1. A CA may send the
 * certificates in any order, mixed with unrelated ones and with text. We keep the path from the
 * leaf, each certificate signed by the next, as far as the CA's certificates reach. The root may be
 * included or not.
 */
#include <string.h>

#include "codec/pem.h"
#include "crypto/cert/cert.h"

enum { MAX_CHAIN = 20 };

/* The certificates that were sent, each once. */
struct sent {
	struct sent_cert {
		struct cert *cert;
		struct strbuf der;
		bool used;
	} items[MAX_CHAIN];
	size_t count;
	struct cert_issuers *issuers; /* borrowed */
	bool has_others; /* there was something other than a certificate, or one of them twice */
};

static void sent_release(struct sent *sent)
{
	for (size_t i = 0; i < sent->count; i++) {
		cert_free(sent->items[i].cert);
		strbuf_release(&sent->items[i].der);
	}
}
DEFINE_AUTO(sent, sent_release);

void cert_chain_init(struct cert_chain *chain)
{
	*chain = (struct cert_chain)CERT_CHAIN_INIT;
}

void cert_chain_release(struct cert_chain *chain)
{
	strbuf_release(&chain->leaf_pem);
	strbuf_release(&chain->rest_pem);
	strbuf_release(&chain->top_issuer_cn);
	strbuf_release(&chain->soonest_cn);
	strvec_release(&chain->leaf_names);
	strbuf_release(&chain->leaf_key);
}

static void copy_text(struct strbuf *to, const struct strbuf *from)
{
	strbuf_clear(to);
	strbuf_add(to, from->text, from->len);
}

void cert_chain_copy(struct cert_chain *to, const struct cert_chain *from)
{
	copy_text(&to->leaf_pem, &from->leaf_pem);
	copy_text(&to->rest_pem, &from->rest_pem);
	copy_text(&to->top_issuer_cn, &from->top_issuer_cn);
	to->soonest_not_after = from->soonest_not_after;
	copy_text(&to->soonest_cn, &from->soonest_cn);
	to->oddities = from->oddities;
	strvec_release(&to->leaf_names);
	strvec_extend(&to->leaf_names, &from->leaf_names);
	copy_text(&to->leaf_key, &from->leaf_key);
	to->leaf_not_before = from->leaf_not_before;
	to->leaf_not_after = from->leaf_not_after;
}

bool cert_chain_is_for(const struct cert_chain *chain, const struct strbuf *key_digest)
{
	return chain->leaf_key.len && chain->leaf_key.len == key_digest->len &&
	       memcmp(chain->leaf_key.text, key_digest->text, key_digest->len) == 0;
}

/* Linear: at most 20 are kept. */
static bool was_sent(const struct sent *sent, const struct strbuf *der)
{
	for (size_t i = 0; i < sent->count; i++)
		if (sent->items[i].der.len == der->len &&
		    memcmp(sent->items[i].der.text, der->text, der->len) == 0)
			return true;
	return false;
}

/* Adds the certificate of a PEM block; ERR_PARSE for a block without one. */
static int add_box(struct sent *sent, struct span label, const struct strbuf *der,
		   struct error *err)
{
	struct sent_cert *item = &sent->items[sent->count];

	if (!span_eq(label, "CERTIFICATE"))
		return error_set(err, ERR_PARSE, "expected a PEM certificate");
	if (was_sent(sent, der)) {
		sent->has_others = true;
		return 0;
	}
	*item = (struct sent_cert){.der = STRBUF_INIT};
	if (cert_from_der(der->text, der->len, &item->cert, err) < 0)
		return err->code;
	strbuf_add(&item->der, der->text, der->len);
	sent->count++;
	return 0;
}

/* Reads what can be read. The first fault is the error if nothing else is there. */
static int read_sent(struct span rest, struct sent *sent, struct error *err)
{
	AUTO(error) struct error first = ERROR_INIT;

	for (int number = 1;; number++) {
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;
		AUTO(error) struct error fault = ERROR_INIT;
		struct span label;
		int rc = pem_next(&rest, &label, &der, &fault);

		if (rc == 0)
			break;
		if (number > MAX_CHAIN) {
			sent->has_others = true;
			break;
		}
		if (rc > 0 && add_box(sent, label, &der, &fault) == 0)
			continue;
		error_wrap(&fault, "certificate %d", number);
		sent->has_others = true;
		if (!error_is_set(&first))
			error_move(&first, &fault);
	}
	if (sent->count)
		return 0;
	return error_is_set(&first) ? error_move(err, &first)
				    : error_set(err, ERR_PARSE, "it is empty");
}

/* A check of signatures for each pair, which is affordable for a chain. */
static bool signed_another(const struct sent *sent, size_t index)
{
	for (size_t i = 0; i < sent->count; i++)
		if (i != index &&
		    cert_signed_by(sent->items[i].cert, sent->items[index].cert, sent->issuers))
			return true;
	return false;
}

/* The first that has names and signed none of the others: not that of a CA. Else the first. */
static size_t find_leaf(const struct sent *sent)
{
	for (size_t i = 0; i < sent->count; i++) {
		const struct cert *cert = sent->items[i].cert;

		if ((cert_dns_names(cert)->count || cert_ip_addresses(cert)->count) &&
		    !signed_another(sent, i))
			return i;
	}
	return 0;
}

/* The certificate that signed the one at `index`; the count when it is not there. */
static size_t find_issuer(const struct sent *sent, size_t index)
{
	size_t i = 0;

	while (i < sent->count &&
	       (sent->items[i].used ||
		!cert_signed_by(sent->items[index].cert, sent->items[i].cert, sent->issuers)))
		i++;
	return i;
}

/* A key that cannot be read gives an empty digest, which matches no request: the chain is then
 * refused with a better message. */
static void describe_leaf(const struct cert *leaf, struct cert_chain *chain)
{
	AUTO(error) struct error unusable = ERROR_INIT;

	strvec_extend(&chain->leaf_names, cert_dns_names(leaf));
	strvec_extend(&chain->leaf_names, cert_ip_addresses(leaf));
	chain->leaf_not_before = cert_not_before(leaf);
	chain->leaf_not_after = cert_not_after(leaf);
	(void)!cert_public_digest(leaf, &chain->leaf_key, &unusable);
}

/* Puts the topmost certificate in its place. */
static void append(struct cert_chain *chain, struct sent_cert *item)
{
	bool is_leaf = !chain->leaf_pem.len;
	int64_t not_after = cert_not_after(item->cert);

	item->used = true;
	pem_encode(is_leaf ? &chain->leaf_pem : &chain->rest_pem, "CERTIFICATE", item->der.text,
		   item->der.len);
	strbuf_clear(&chain->top_issuer_cn);
	strbuf_adds(&chain->top_issuer_cn, cert_issuer_cn(item->cert));
	if (is_leaf)
		describe_leaf(item->cert, chain);
	if (is_leaf || not_after >= chain->soonest_not_after)
		return;
	chain->soonest_not_after = not_after;
	strbuf_clear(&chain->soonest_cn);
	strbuf_adds(&chain->soonest_cn, cert_subject_cn(item->cert));
}

static void build_path(struct sent *sent, struct cert_chain *chain)
{
	size_t at = find_leaf(sent), length = 0;

	while (at < sent->count) {
		size_t issuer;

		append(chain, &sent->items[at]);
		length++;
		issuer = find_issuer(sent, at);
		if (issuer < at)
			chain->oddities |= CERT_CHAIN_OUT_OF_ORDER;
		at = issuer;
	}
	if (length < sent->count || sent->has_others)
		chain->oddities |= CERT_CHAIN_HAD_OTHERS;
}

static int parse_chain(struct cert_issuers *issuers, struct span pem, struct cert_chain *ret_chain,
		       struct error *err)
{
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	AUTO(sent) struct sent sent = {.issuers = issuers};

	if (read_sent(pem, &sent, err) < 0)
		return error_wrap(err, "cannot use certificate chain");
	build_path(&sent, &chain);
	cert_chain_release(ret_chain);
	*ret_chain = chain;
	cert_chain_init(&chain);
	return 0;
}

int cert_chain_parse(const char *pem, size_t len, struct cert_chain *ret_chain, struct error *err)
{
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};

	return parse_chain(&issuers, span_make(pem, len), ret_chain, err);
}

/* A SEQUENCE whose length takes more than one byte; no text has the second byte. */
static bool is_der(struct span text)
{
	return text.len > 2 && text.ptr[0] == 0x30 && ((unsigned char)text.ptr[1] & 0x80);
}

int cert_chain_extend(struct cert_issuers *issuers, struct span start, struct span addition,
		      struct cert_chain *ret_chain, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	if (!start.len && !is_der(addition))
		return parse_chain(issuers, addition, ret_chain, err);
	strbuf_add(&pem, start.ptr, start.len);
	if (is_der(addition))
		pem_encode(&pem, "CERTIFICATE", addition.ptr, addition.len);
	else
		strbuf_add(&pem, addition.ptr, addition.len);
	return parse_chain(issuers, span_make(pem.text, pem.len), ret_chain, err);
}
