/*
 * What is made before a CA is asked for anything: the keys. A batch makes them on all processors,
 * for an RSA key takes longer than an order.
 */
#ifndef APP_PREFLIGHT_H
#define APP_PREFLIGHT_H

#include "app/issue/issue_request.h"

/* Gives each request that has neither key nor CSR its key (keys.h). What goes wrong becomes the
 * request's error. ERR_CANCELLED by a signal: some have none yet. */
int preflight_run(struct app *app, struct issue_request *const *requests, size_t count,
		  struct error *err) WARN_UNUSED;

#endif
