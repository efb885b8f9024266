/*
 * Compares the certificate that a CA sent with the request. It refuses what would do harm: another
 * key, missing names, a certificate that is not usable now while the present one is. Everything
 * else is accepted with a warning, because the CA counts the certificate as issued in any case.
 */
#ifndef APP_ISSUE_ACCEPTANCE_H
#define APP_ISSUE_ACCEPTANCE_H

#include "app/issue/issue_request.h"

/* The clocks by which a certificate's validity is judged, in Unix seconds: ours may be wrong. */
struct acceptance_clock {
	int64_t now;
	int64_t server_time; /* 0: not known */
};

/* Checks request->chain, and completes it with the present intermediates if the CA sent only the
 * certificate. ERR_PROTOCOL: it must not be stored; the text says why. */
int acceptance_check(struct network *network, struct issue_request *request,
		     const struct acceptance_clock *clock, struct error *err) WARN_UNUSED;

#endif
