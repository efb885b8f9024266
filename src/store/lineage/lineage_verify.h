/*
 * Checks that the files of a lineage belong together.
 */
#ifndef STORE_LINEAGE_LINEAGE_VERIFY_H
#define STORE_LINEAGE_LINEAGE_VERIFY_H

#include <stddef.h>

#include "base/strbuf.h"
#include "store/lineage/lineage.h"

/* Issuers that a walk over lineages has seen: a CA has only a few, each with one chain. */
struct lineage_verifier {
	struct lineage_issuer {
		struct strbuf chain;
		struct cert_signer *signer; /* its first certificate */
	} known[8];
	size_t count; /* all seen so far; a new one replaces the oldest */
};

/* Frees the signers. A verifier begins as all zeroes. */
void lineage_verifier_release(struct lineage_verifier *verifier);
DEFINE_AUTO(lineage_verifier, lineage_verifier_release);
/* Records in the conf's tree that the first certificate of the chain has signed this one, if there
 * is a chain: while fullchain.pem has the same contents, lineage_verify() need not verify it. */
void lineage_note_signed(struct ini *conf, const struct strbuf *cert, const struct strbuf *chain);
/* Checks that fullchain is cert + chain, that the first certificate of the chain signed cert, and
 * that the key matches. Each fault adds a line to `ret_faults`. */
void lineage_verify(struct lineage_verifier *verifier, struct lineage *lineage,
		    struct strvec *ret_faults);

#endif
