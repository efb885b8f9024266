/*
 * What the machines of account.h have in common: they fetch the directory, send a request to one of
 * its URLs and evaluate the answer. Each operation has one row. Used by acme/ only.
 */
#ifndef ACME_EXCHANGE_PARTS_H
#define ACME_EXCHANGE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/call.h"
#include "acme/exchange.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct acme_exchange_kind {
	const char *doing; /* for errors: "cannot <doing>: ..." */
	/* Called once the directory is known: starts the first call. NULL: the directory was all
	 * that was wanted. */
	int (*begin)(struct acme_exchange *exchange, struct error *err);
	/* Evaluates an answer: END when the operation is done, AGAIN when it started another call,
	 * or an error code. */
	int (*finish)(struct acme_exchange *exchange, struct acme_answer *answer,
		      struct error *err);
	/* The same operation in ACME v1; NULL: it is the same there. */
	const struct acme_exchange_kind *v1;
};

struct acme_exchange {
	const struct acme_exchange_kind *kind;
	struct acme_server *server;
	struct acme_calls calls;
	bool begun;
	bool maybe_done;    /* see acme_exchange_maybe_done() */
	int64_t give_up_ms; /* 0: not stepped yet */

	/* Inputs; each operation uses some of them. */
	struct strvec contacts;
	bool agree_terms;
	const struct jws_binding *binding;
	const struct key *key;
	struct strbuf cert_der;
	int reason;
	char *cert_id;
	char *agreement; /* URL of the terms to agree to */
	unsigned tries;  /* how often the CA was asked what became of the request */

	/* The result. */
	struct strbuf body;
	struct acme_window window;
	char *terms; /* see acme_exchange_terms() */
};

/* Makes an exchange of that kind with empty inputs; acme_exchange_free() releases it. The server is
 * borrowed and must outlive it. */
struct acme_exchange *acme_exchange_new(struct acme_server *server,
					const struct acme_exchange_kind *kind);
/* Starts a call that must end within the exchange's time limit. */
void acme_exchange_call(struct acme_exchange *exchange, const struct acme_call_spec *spec);
/* Keeps status and body of an OK answer as the result. Always returns ACME_PROGRESS_END. */
int acme_exchange_keep(struct acme_exchange *exchange, const struct acme_answer *answer);
/* The `finish` of operations that only need the request to succeed. */
int acme_exchange_finish_plain(struct acme_exchange *exchange, struct acme_answer *answer,
			       struct error *err);

#endif
