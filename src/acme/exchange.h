/*
 * What the machines of account.h have in common: fetch the directory, make a request from it, judge
 * the answer. Each operation is a row and one .c file; used by acme/ only.
 */
#ifndef ACME_EXCHANGE_H
#define ACME_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/account.h"
#include "acme/call.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct acme_exchange_kind {
	const char *doing; /* for errors: "cannot <doing>: ..." */
	/* Called once the directory is there: starts the first call. NULL: that was all. */
	int (*begin)(struct acme_exchange *exchange, struct error *err);
	/* Judges an answer: END when the operation is done, AGAIN when it started another call,
	 * or a code. */
	int (*finish)(struct acme_exchange *exchange, struct acme_answer *answer,
		      struct error *err);
};

struct acme_exchange {
	const struct acme_exchange_kind *kind;
	struct acme_server *server;
	struct acme_calls calls;
	bool begun;
	int64_t give_up_ms; /* 0: not stepped yet */

	/* What the operation was asked to do; each uses its own. */
	struct strvec contacts;
	bool agree_terms;
	const struct jws_binding *binding;
	const struct key *key;
	struct strbuf cert_der;
	int reason;
	char *cert_id;
	unsigned tries; /* of an operation that asks what became of its request */

	/* The result. */
	struct strbuf body;
	int status;
	struct acme_window window;
};

struct acme_exchange *acme_exchange_new(struct acme_server *server,
					const struct acme_exchange_kind *kind);
/* Starts a call with the exchange's time limit. */
void acme_exchange_call(struct acme_exchange *exchange, const struct acme_call_spec *spec);
/* Keeps status and body of an OK answer as the result; returns ACME_PROGRESS_END. */
int acme_exchange_keep(struct acme_exchange *exchange, const struct acme_answer *answer);
/* The finish of operations that ask for nothing but success. */
int acme_exchange_finish_plain(struct acme_exchange *exchange, struct acme_answer *answer,
			       struct error *err);

#endif
