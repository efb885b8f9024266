/*
 * What is made before a CA is asked for anything: the keys, and what storing the certificates will
 * need (commit_reserve()), so that nothing that can be known is found out when they are issued. A
 * batch does this in threads: an RSA key takes longer than an order, and a draft waits for the
 * disk.
 */
#ifndef APP_PREFLIGHT_H
#define APP_PREFLIGHT_H

#include "app/issue/issue_request.h"

/* Gives each request that has neither key nor CSR its key (keys.h), and unless it is a dry run,
 * its lineage the drafts. What goes wrong becomes the request's error, with is_unready.
 * ERR_CANCELLED by a signal: some are not ready. */
int preflight_run(struct app *app, struct issue_request *const *requests, size_t count,
		  struct error *err) WARN_UNUSED;

#endif
