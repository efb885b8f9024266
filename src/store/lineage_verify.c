/*
 * Whether what live/ shows belongs together (see lineage.h). `certificates` asks this of every
 * lineage, so each file is read once.
 */
#include <string.h>

#include "base/alloc.h"
#include "os/file.h"
#include "store/lineage_parts.h"

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

/* fullchain is cert and chain, with nothing in between. */
static void check_fullchain(const struct lineage *lineage, struct shown *shown)
{
	const struct strbuf *cert = &shown->texts[STORE_CERT], *chain = &shown->texts[STORE_CHAIN],
			    *fullchain = &shown->texts[STORE_FULLCHAIN];

	if (fullchain->len != cert->len + chain->len || !starts_with(fullchain, cert) ||
	    memcmp(fullchain->text + cert->len, chain->text, chain->len) != 0)
		strvec_pushf(shown->faults, "fullchain does not match cert + chain for %s!",
			     lineage->name);
}

static void check_signature(const struct lineage *lineage, const struct cert *cert,
			    struct shown *shown)
{
	const struct strbuf *chain = &shown->texts[STORE_CHAIN];
	AUTO(cert) struct cert *issuer = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (!chain->len) /* the CA signs with a root and sends no chain */
		return;
	if (cert_from_pem(chain->text, chain->len, &issuer, &err) < 0)
		strvec_pushf(shown->faults, "cannot use '%s': %s", lineage->paths[STORE_CHAIN],
			     err.text);
	else if (!cert_signed_by(cert, issuer))
		strvec_pushf(shown->faults,
			     "verifying the signature of the certificate located at %s has failed: "
			     "it was not made by the first certificate of %s",
			     lineage->paths[STORE_CERT], lineage->paths[STORE_CHAIN]);
}

static void check_key(const struct lineage *lineage, const struct cert *cert, struct shown *shown)
{
	AUTO(key) struct key *key = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (lineage_read_key(lineage, &key, &err) < 0)
		strvec_push(shown->faults, err.text);
	else if (!cert_matches_key(cert, key))
		strvec_pushf(shown->faults,
			     "verifying the certificate located at %s matches the private key "
			     "located at %s has failed",
			     lineage->paths[STORE_CERT], lineage->paths[STORE_PRIVKEY]);
}

void lineage_verify(struct lineage *lineage, struct strvec *ret_faults)
{
	AUTO(shown) struct shown shown = {.faults = ret_faults};
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		strbuf_init(&shown.texts[kind]);
	if (!read_texts(lineage, &shown))
		return;
	check_fullchain(lineage, &shown);
	if (lineage_cert(lineage, &cert, &err) < 0) {
		strvec_push(ret_faults, err.text);
		return;
	}
	check_signature(lineage, cert, &shown);
	check_key(lineage, cert, &shown);
}
