/*
 * When a certificate becomes due for renewal, by what is on disk.
 */
#ifndef STORE_RENEWAL_DUE_MOMENT_H
#define STORE_RENEWAL_DUE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/ini.h"
#include "crypto/cert/cert.h"

/* Which rule says when. */
enum due_rule {
	DUE_REVOKED,
	DUE_OTHER_NAMES,  /* the fleet wants others */
	DUE_RENEWAL_INFO, /* the CA's window */
	DUE_INTERVAL,     /* renew_before_expiry */
	DUE_LIFETIME,
};
struct due_moment {
	int64_t at; /* due from then on; 0: at once */
	enum due_rule rule;
	const char *reason;   /* static; why it is due once the moment has come */
	bool is_bad_interval; /* renew_before_expiry is there, and cannot be read */
};
/* A lineage's place within --renew-window, which brings its moment forward. */
struct due_turn {
	const char *name;
	int64_t window;     /* --renew-window in seconds; 0: renewals are not spread */
	const char *suffix; /* of the key that the certificate is of (lineage_suffix()), or NULL */
};
/* Returns when a lineage becomes due by its conf, its certificate and its turn alone. Safe in
 * several threads at a time; autorenew is not looked at. */
struct due_moment due_moment(const struct ini *conf, const struct cert *cert,
			     const struct due_turn *turn, int64_t now);
/* Returns by how many seconds the lineage of that name is to be renewed earlier than its lifetime
 * says, so that many which were obtained together spread over `window` seconds: always the same for
 * a name, and at most a sixth of the lifetime, so that none is renewed before its half. A part of
 * due_moment(), which knows the lifetimes that this is not for. */
int64_t due_moment_lead(const char *name, const struct cert *cert, int64_t window);
/* Returns when `renew` tries next a certificate that is due from `due_at` on: then, or when the
 * pause after failures is over, if that is later. 0: at its next run. */
int64_t due_next_try(const struct ini *conf, int64_t due_at, int64_t now);
/* Returns true when the conf has autorenew = False. */
bool due_is_switched_off(const struct ini *conf);

#endif
