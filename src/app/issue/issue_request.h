/*
 * A request for a certificate: what is wanted and what came of it. issue.h runs them.
 */
#ifndef APP_ISSUE_ISSUE_REQUEST_H
#define APP_ISSUE_ISSUE_REQUEST_H

#include <sys/types.h>
#include "acme/problem.h"
#include "acme/types.h"
#include "app/app.h"
#include "app/debts.h"
#include "app/issue/ca.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "store/lineage.h"

struct issue_request {
	/* To be filled in; all borrowed but the identifiers. */
	struct settings *settings;
	struct acme_identifiers
		identifiers;            /* what is wanted; shrinks under --allow-subset-of-names */
	struct lineage *lineage;        /* to be renewed; NULL: a new certificate */
	const char *new_name;           /* of a lineage that is to be made for it; else NULL */
	const struct csr_contents *csr; /* --csr: no key of ours; else NULL */
	struct plugin_instance *authenticator;
	struct ca *ca;
	/* Called with a checked certificate; its error becomes the request's. */
	int (*issued)(struct issue_request *request, struct error *err);
	/* What is slow about it, after that, or NULL. Requests of a batch do this in several
	 * threads at once: it may use only this request's lineage, key and chain. */
	int (*store)(struct issue_request *request, struct error *err);
	void *context;

	/* Results. Before the order: */
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT]; /* to be used, best first */
	size_t type_count;
	struct lineage *unborn; /* the one of new_name, until it is stored */
	bool is_reserved;       /* what storing needs is there (lineage_reserve()) */
	bool is_unready;        /* the error came before the CA was asked for anything */
	struct key *key;        /* NULL with a CSR */
	/* After it: */
	struct cert_chain chain;
	struct acme_failures failures; /* of the last attempt: which names failed and why */
	struct strvec dropped;         /* names left out to get the rest */
	struct strvec unasked;         /* names that the certificate has beside those */
	struct debts debts;            /* of a change of live/ to what was issued */
	mode_t file_mode;              /* of the files to be stored; set before the order */
	struct error error;            /* code 0: issued and stored */
};

void issue_request_init(struct issue_request *request);
void issue_request_release(struct issue_request *request);
DEFINE_AUTO(issue_request, issue_request_release);

#endif
