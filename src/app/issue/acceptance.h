/*
 * What a CA sent, held against what was asked for. Refused is what would do harm: another key,
 * missing names, a certificate that is of no use now where the present one is. Everything else is
 * taken with a warning, because the CA counts the certificate as issued either way.
 */
#ifndef APP_ACCEPTANCE_H
#define APP_ACCEPTANCE_H

#include "app/issue/issue_request.h"

/* The clocks that a certificate's validity is seen by, Unix seconds: ours may be wrong. */
struct acceptance_clock {
	int64_t now;
	int64_t server_time; /* 0: not known */
};

/* Judges request->chain, and completes it by the present one where the CA sent the certificate
 * alone. ERR_PROTOCOL says what is wrong; it may not be stored then. */
int acceptance_check(struct app *app, struct issue_request *request,
		     const struct acceptance_clock *clock, struct error *err) WARN_UNUSED;

#endif
