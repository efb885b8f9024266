/*
 * Checks that the files in live/ belong together (see lineage_verify.h). `certificates` does this
 * for every lineage, so each file is read only once.
 */
#include "store/lineage/lineage_verify.h"

#include <string.h>

#include "base/alloc.h"
#include "crypto/digest.h"
#include "os/file/file.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"

struct shown {
	struct strbuf texts[STORE_KIND__COUNT]; /* the key's stays empty */
	struct strvec *faults;
};

static void shown_release(struct shown *shown)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		strbuf_release(&shown->texts[kind]);
}
DEFINE_AUTO(shown, shown_release);

static bool read_texts(const struct lineage *lineage, struct shown *shown)
{
	static const enum store_kind kinds[] = {STORE_CERT, STORE_CHAIN, STORE_FULLCHAIN};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		if (lineage_read(lineage, kinds[i], &shown->texts[kinds[i]], &err) < 0) {
			strvec_push(shown->faults, err.text);
			return false;
		}
	}
	return true;
}

static bool starts_with(const struct strbuf *text, const struct strbuf *head)
{
	return text->len >= head->len && memcmp(text->text, head->text, head->len) == 0;
}

/* fullchain is cert and chain, with nothing in between. The wording of these faults is
 * Certbot's. */
static void check_fullchain(const struct lineage *lineage, struct shown *shown)
{
	const struct strbuf *cert = &shown->texts[STORE_CERT], *chain = &shown->texts[STORE_CHAIN],
			    *fullchain = &shown->texts[STORE_FULLCHAIN];

	if (fullchain->len != cert->len + chain->len || !starts_with(fullchain, cert) ||
	    memcmp(fullchain->text + cert->len, chain->text, chain->len) != 0)
		strvec_pushf(shown->faults, "fullchain does not match cert + chain for %s!",
			     lineage->name);
}

static void issuer_release(struct lineage_issuer *issuer)
{
	cert_signer_free(STEAL(issuer->signer));
	strbuf_release(&issuer->chain);
}

/* Ten thousand lineages have a handful of intermediates: parsing each chain again would be most of
 * the time. */
static const struct cert_signer *known_issuer(const struct lineage_verifier *verifier,
					      const struct strbuf *chain)
{
	for (size_t i = 0; i < verifier->count && i < ARRAY_LEN(verifier->known); i++) {
		const struct lineage_issuer *known = &verifier->known[i];

		if (chain->len == known->chain.len && starts_with(chain, &known->chain))
			return known->signer;
	}
	return NULL;
}

/* The first certificate of the chain; NULL with an error when there is none. */
static const struct cert_signer *issuer_of(struct lineage_verifier *verifier,
					   const struct strbuf *chain, struct error *err)
{
	const struct cert_signer *signer = known_issuer(verifier, chain);
	struct lineage_issuer *issuer;
	struct cert *cert = NULL;

	if (signer)
		return signer;
	if (cert_from_pem(chain->text, chain->len, &cert, err) < 0)
		return NULL;
	issuer = &verifier->known[verifier->count++ % ARRAY_LEN(verifier->known)];
	issuer_release(issuer);
	*issuer = (struct lineage_issuer){.chain = STRBUF_INIT, .signer = cert_signer_new(cert)};
	strbuf_add(&issuer->chain, chain->text, chain->len);
	return issuer->signer;
}

/* The digest of the fullchain.pem whose signature was verified, in hex. */
#define SIGNED_SECTION "renewal_state"
#define SIGNED_KEY "signed"

void lineage_note_signed(struct ini *conf, const struct strbuf *cert, const struct strbuf *chain)
{
	AUTO(strbuf) struct strbuf fullchain = STRBUF_INIT, hex = STRBUF_INIT;

	if (!chain->len) {
		ini_drop(conf, SIGNED_SECTION, SIGNED_KEY);
		return;
	}
	strbuf_add(&fullchain, cert->text, cert->len);
	strbuf_add(&fullchain, chain->text, chain->len);
	digest_hex(DIGEST_SHA256, fullchain.text, fullchain.len, &hex);
	ini_set(ini_add_section(ini_root(conf), SIGNED_SECTION), SIGNED_KEY, hex.text);
}

/* Signatures are verified before certificates are stored. While the file has the same contents,
 * verifying it again would prove no more, and would take as long as all the rest. */
static bool is_known_to_be_signed(const struct lineage *lineage, const struct strbuf *fullchain)
{
	const struct ini_section *state = ini_find_section(ini_root(lineage->conf), SIGNED_SECTION);
	const char *known = state ? ini_peek(state, SIGNED_KEY) : NULL;
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;

	if (!known)
		return false;
	digest_hex(DIGEST_SHA256, fullchain->text, fullchain->len, &hex);
	return strcmp(known, hex.text) == 0;
}

static void check_issuer(struct lineage_verifier *verifier, const struct lineage *lineage,
			 const struct cert *cert, struct shown *shown)
{
	const struct strbuf *chain = &shown->texts[STORE_CHAIN];
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert_signer *issuer;

	if (!chain->len) /* the CA signs with a root and sends no chain */
		return;
	/* If fullchain.pem differs from the other two, that is a fault already. */
	if (is_known_to_be_signed(lineage, &shown->texts[STORE_FULLCHAIN]))
		return;
	issuer = issuer_of(verifier, chain, &err);
	if (!issuer)
		strvec_pushf(shown->faults, "cannot use '%s': %s", lineage->paths[STORE_CHAIN],
			     err.text);
	else if (!cert_signer_signed(issuer, cert))
		strvec_pushf(shown->faults,
			     "verifying the signature of the certificate located at %s has failed: "
			     "it was not made by the first certificate of %s",
			     lineage->paths[STORE_CERT], lineage->paths[STORE_CHAIN]);
}

/* By a comparison of the public halves. Signing and verifying would be slower and would prove no
 * more. */
static void check_key(const struct lineage *lineage, const struct cert *cert, struct shown *shown)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	bool matches = false;

	if (lineage_read(lineage, STORE_PRIVKEY, &pem, &err) < 0 ||
	    cert_matches_key_pem(cert, pem.text, pem.len, &matches, &err) < 0)
		strvec_pushf(shown->faults, "cannot use '%s': %s", lineage->paths[STORE_PRIVKEY],
			     err.text);
	else if (!matches)
		strvec_pushf(shown->faults,
			     "verifying the certificate located at %s matches the private key "
			     "located at %s has failed",
			     lineage->paths[STORE_CERT], lineage->paths[STORE_PRIVKEY]);
	secret_wipe(pem.text, pem.len);
}

void lineage_verifier_release(struct lineage_verifier *verifier)
{
	for (size_t i = 0; i < verifier->count && i < ARRAY_LEN(verifier->known); i++)
		issuer_release(&verifier->known[i]);
	verifier->count = 0;
}

void lineage_verify(struct lineage_verifier *verifier, struct lineage *lineage,
		    struct strvec *ret_faults)
{
	AUTO(shown) struct shown shown = {.faults = ret_faults};
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		strbuf_init(&shown.texts[kind]);
	if (!read_texts(lineage, &shown))
		return;
	check_fullchain(lineage, &shown);
	if (lineage_cert_of(lineage, &shown.texts[STORE_CERT], &cert, &err) < 0) {
		strvec_push(ret_faults, err.text);
		return;
	}
	check_issuer(verifier, lineage, cert, &shown);
	check_key(lineage, cert, &shown);
	if (lineage->second && lineage->second->current)
		lineage_verify(verifier, lineage->second, ret_faults);
}
