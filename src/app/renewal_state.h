/*
 * What this program remembers about a lineage between runs, beyond Certbot: the [renewal_state]
 * section of its renewal conf, which Certbot keeps and ignores.
 *
 *	wanted = a.test, b.test        names asked for, when the certificate has fewer
 *	unasked = www.a.test           names that the CA added to those asked for
 *	deploy_hook_pending = True     a deploy hook failed or did not run: run it again
 *	reload_pending = True          the server has not been reloaded since the renewal
 *	failures = 3                   renewals that failed in a row
 *	failure_class = rate-limited   kind of the last failure
 *	next_try = 2026-01-02T03:04:05Z
 *
 *	ari_window = 1767225600-1767312000   the CA's suggested window (Unix seconds)
 *	ari_time = 2026-01-01T05:00:00Z      the moment drawn within it
 *	ocsp_next_check = 2026-01-02T03:04:05Z
 *	revoked = 3a0f6d0c2b              serial of a certificate that was revoked from here
 *
 * Also [acme_renewal_info] ari_retry_after, which is Certbot's own (state.md 6.6).
 */
#ifndef APP_RENEWAL_STATE_H
#define APP_RENEWAL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strvec.h"
#include "codec/ini.h"
#include "crypto/cert.h"

/* Changes are made in the conf's tree; saving it is the caller's. */
void renewal_state_wanted(const struct ini *conf, struct strvec *ret_names); /* none: all is well */
void renewal_state_set_wanted(struct ini *conf, const struct strvec *names); /* empty: removes */
void renewal_state_unasked(const struct ini *conf, struct strvec *ret_names);
void renewal_state_set_unasked(struct ini *conf, const struct strvec *names);

bool renewal_state_deploy_pending(const struct ini *conf);
void renewal_state_set_deploy_pending(struct ini *conf, bool pending);
bool renewal_state_reload_pending(const struct ini *conf);
void renewal_state_set_reload_pending(struct ini *conf, bool pending);

/* When the next automatic try may be made (Unix seconds); 0: at once. */
int64_t renewal_state_next_try(const struct ini *conf);
int renewal_state_failures(const struct ini *conf);
/* Notes a failed renewal: the pause grows 1 min, 10 min, 100 min, then a day; the CA's own time
 * wins when it is later. */
void renewal_state_note_failure(struct ini *conf, const struct error *failure, int64_t now_seconds);
void renewal_state_note_success(struct ini *conf);

/* Time before which the CA wants no renewal-information request; 0: ask. */
int64_t renewal_state_ari_retry_after(const struct ini *conf);
void renewal_state_set_ari_retry_after(struct ini *conf, int64_t seconds);

/* The moment drawn from the CA's window; 0: none. Setting a window draws anew only when it changed:
 * `draw` is uniform in [start, end]. */
int64_t renewal_state_ari_time(const struct ini *conf);
void renewal_state_set_ari_window(struct ini *conf, int64_t start, int64_t end, int64_t draw);
/* Forgets the window: the certificate it was about has been replaced, or the CA has none. */
void renewal_state_clear_ari(struct ini *conf);

/* `revoke` of a certificate is known at once. It is about that certificate alone, so it needs not
 * be taken back when another is shown. */
void renewal_state_note_revocation(struct ini *conf, const struct cert *cert);
bool renewal_state_is_revoked(const struct ini *conf, const struct cert *cert);

int64_t renewal_state_ocsp_next_check(const struct ini *conf);
void renewal_state_set_ocsp_next_check(struct ini *conf, int64_t seconds);

#endif
