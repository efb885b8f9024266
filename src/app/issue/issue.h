/*
 * Obtains certificates: any number of issue requests in one run of the driver. A single `certonly`
 * is a batch of one.
 *
 * Each request gets its key, its CSR and its order. The result is checked (key, names, chain)
 * before `issued` may store it. A failure is stored in its request.
 */
#ifndef APP_ISSUE_ISSUE_H
#define APP_ISSUE_ISSUE_H

#include "app/issue/issue_request.h"

/* Checks, before the CA is contacted, that the authenticator can validate the names (see
 * challenge_choice.h) and has the settings it needs. It asks the user for missing ones. */
int issue_configure(struct issue_request *request, struct error *err) WARN_UNUSED;

/* Runs all requests. An error here means that the run was stopped (ERR_CANCELLED); unfinished
 * requests carry it too. */
int issue_batch(struct plugins *plugins, struct issue_request *const *requests, size_t count,
		struct error *err) WARN_UNUSED;

/* Prints which names the CA could not validate and why, in Certbot's layout. Prints nothing if
 * there are no failures. */
void issue_report_failures(const struct ui *ui, const struct issue_request *request);

#endif
