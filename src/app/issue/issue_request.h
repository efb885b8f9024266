/*
 * A request for a certificate: its parameters and its results. issue.h runs it.
 */
#ifndef APP_ISSUE_ISSUE_REQUEST_H
#define APP_ISSUE_ISSUE_REQUEST_H

#include <sys/types.h>
#include "acme/problem.h"
#include "acme/types.h"
#include "app/debts/debts.h"
#include "app/issue/ca.h"
#include "app/issue/issue_fence.h"
#include "crypto/cert/cert.h"
#include "crypto/cert/csr.h"
#include "crypto/key/key.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage.h"

/* CAs of --fallback-server that a request can have. */
#define FALLBACK_MAX 8

struct issue_request {
	/* Filled in by the caller; all borrowed except the identifiers. */
	struct settings *settings;
	struct acme_identifiers
		identifiers;            /* what is wanted; shrinks under --allow-subset-of-names */
	struct lineage *lineage;        /* to be renewed; NULL: a new certificate */
	const char *new_name;           /* name of the lineage to make; else NULL */
	const struct csr_contents *csr; /* the user's: no key of ours; else NULL */
	struct plugin_instance *authenticator;
	struct ca *ca; /* becomes the one that is asked in its place (fallback.h) */
	struct ca *fallbacks[FALLBACK_MAX];
	size_t fallback_count, fallback_next;
	struct acme_identifiers wanted; /* `identifiers` before the present CA refused some */
	/* Called with a checked certificate; its error becomes the request's. */
	int (*issued)(struct issue_request *request, struct error *err);
	/* The slow part of storing, called after `issued`, or NULL. It runs in a thread for each of
	 * several requests, so it may use only this request's lineage, key and chain. */
	int (*store)(struct issue_request *request, struct error *err);
	void *context;
	bool installs; /* the caller has the certificate installed, which is owed from the start */
	struct issue_fence *fence; /* NULL: no other machine has it */
	bool second_only;          /* only the certificate of the second key is wanted */

	/* The request of the second key, made by the pre-flight; NULL: the settings name one type.
	 * It is ordered once this one's certificate is there, and both are stored together. Its
	 * `error` does not keep that one from being stored, nor is it that of this request. */
	struct issue_request *second;
	struct issue_request *first; /* whose second this is; NULL: it is none */
	int64_t ended_at;            /* of a second: Unix seconds */

	/* Results. Before the order: */
	struct csr_contents own_csr;                                /* of --renew-csr, for `csr` */
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT]; /* types to use, best first */
	size_t type_count;
	struct lineage *unborn; /* the one of new_name, until it is stored */
	bool is_reserved;       /* storing was prepared (lineage_reserve()) */
	bool is_drafted;        /* its files are written, and the second is waited for */
	bool is_elsewhere;      /* `error` says what another machine does or has done: no failure */
	bool is_cas_fault;      /* the order failed for a reason of the CA's own */
	bool is_unready;        /* the error came before the CA was contacted */
	struct key *key;        /* NULL with a CSR */
	/* After it: */
	struct cert_chain chain;
	struct acme_failures failures; /* of the last attempt: which names failed and why */
	struct strvec dropped;         /* names left out to get the rest */
	struct strvec unasked;         /* extra names in the certificate */
	struct lineage_change change;  /* its record; the caller may set the reason */
	struct debts debts;            /* the debts of changing live/ to the new certificate */
	uint64_t generation;           /* its number in the fleet; 0: of none */
	mode_t file_mode;              /* of the files to be stored; set before the order */
	struct error outage;           /* why the first CA was left, and those asked since */
	struct error error;            /* code 0: issued and stored */
};

/* Makes an empty request for the caller to fill in. */
void issue_request_init(struct issue_request *request);
/* Makes `second`, if the settings name two types. It has no key yet. */
void issue_request_add_second(struct issue_request *request);
/* Gives `second` what is known of the first by now: the CA that has issued, and the names. */
void issue_request_brief_second(struct issue_request *request);
/* Why the second certificate is not there although the first is, borrowed; NULL: it is, or there is
 * none to be. */
const struct error *issue_request_second_error(const struct issue_request *request);

/* Frees what the request owns: identifiers and results. */
void issue_request_release(struct issue_request *request);
DEFINE_AUTO(issue_request, issue_request_release);

#endif
