/*
 * The keys of a batch, made before its CAs are asked for anything: an RSA key takes longer than an
 * order, and every processor can make some.
 */
#ifndef APP_ISSUE_KEY_MAKER_H
#define APP_ISSUE_KEY_MAKER_H

#include "app/issue/issue_request.h"

/* Gives each request that has neither key nor CSR its key (keys_for_lineage()); what goes wrong
 * becomes the request's error. ERR_CANCELLED by a signal: some have none yet. */
int key_maker_run(struct app *app, struct issue_request *const *requests, size_t count,
		  struct error *err) WARN_UNUSED;

#endif
