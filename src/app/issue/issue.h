/*
 * Getting certificates: any number of issue requests in one run of the driver. A single `certonly`
 * is a batch of one.
 *
 * Each request gets its key, its CSR and its order; what comes back is checked (key, names, chain)
 * before `issued` may store it. Failures stay in their request.
 */
#ifndef APP_ISSUE_ISSUE_H
#define APP_ISSUE_ISSUE_H

#include "app/issue/issue_request.h"

/* Before anything is asked of the CA: can the authenticator validate the names (see
 * challenge_choice.h), and has it what it needs? It asks the person for what is missing. */
int issue_configure(struct issue_request *request, struct error *err) WARN_UNUSED;

/* Runs all requests. An error here means that the run was stopped (ERR_CANCELLED); requests that
 * had not ended carry it too. */
int issue_batch(struct app *app, struct issue_request *const *requests, size_t count,
		struct error *err) WARN_UNUSED;

/* Prints which names the CA could not validate and why (flows.md 6). Nothing without failures. */
void issue_report_failures(struct app *app, const struct issue_request *request);

#endif
