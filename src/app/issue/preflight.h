/*
 * Prepares what is needed before a CA is contacted: the keys, and what storing the certificates
 * will need (commit_reserve()), so that predictable problems are found before a certificate is
 * issued. A batch does this in threads: an RSA key takes longer than an order, and a draft waits
 * for the disk.
 */
#ifndef APP_ISSUE_PREFLIGHT_H
#define APP_ISSUE_PREFLIGHT_H

#include "app/issue/issue_request.h"

/* Gives each request that has neither key nor CSR its key (keys.h) and, except in a dry run,
 * prepares its lineage's drafts. A failure becomes the request's error, with is_unready set.
 * ERR_CANCELLED: a signal arrived, and some requests are not ready. */
int preflight_run(const struct plugins *plugins, struct issue_request *const *requests,
		  size_t count, struct error *err) WARN_UNUSED;

#endif
