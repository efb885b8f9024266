/*
 * What this program records about a lineage between runs in addition to Certbot: the
 * [renewal_state] section of its renewal conf, which Certbot keeps and ignores.
 *
 *	wanted = a.test, b.test        names asked for, when the certificate has fewer
 *	unasked = www.a.test           names that the CA added to those asked for
 *	deploy_hook_pending = True     a deploy hook failed or did not run: run it again
 *	reload_pending = True          the installer has not taken up the new certificate, or its
 *	                               server has not been reloaded since
 *	installation_pending = True    with that: the service's configuration does not name the
 *	                               certificate yet
 *	installation_port = 8443       the --https-port of that installation
 *	outputs_pending = True         the outputs have not been written since the renewal
 *	outputs_written = DIGEST PATH, ...   SHA-256 of each output that was written, or that is
 *	                               being written for the first time
 *	outputs_former = DIGEST PATH, ...   the same of outputs that were dropped, for `delete`
 *	outputs_of = 3a0f6d0c2b        serial of the certificate that they were last written from
 *	proof_pending = True           the certificate was not seen yet where it should be
 *	failures = 3                   renewals that failed in a row
 *	failure_class = rate-limited   kind of the last failure
 *	failure = TEXT                 what it was; the CA's problem type, and its name
 *	failure_problem = unauthorized
 *	failure_name = www.a.test
 *	failed_at = 2026-01-02T03:03:05Z
 *	failing_since = 2026-01-01T03:03:05Z   the first of those in a row
 *	next_try = 2026-01-02T03:04:05Z
 *
 *	issuer = https://ca.example/directory   the CA of the present certificate, if not `server`;
 *	issuer_account = 0a1b2c       the account there, and
 *	issuer_of = 3a0f6d0c2b        the serial of that certificate
 *	past_issuers = "1b2c https://ca.example/directory,account=0a1b2c",   the same of those that
 *	                              were replaced, which may have to be revoked; the latest
 *
 *	generation = 7                number of the certificate in the fleet that the lineage is in
 *	ari_window = 1767225600-1767312000   the CA's suggested window (Unix seconds)
 *	ari_time = 2026-01-01T05:00:00Z      the moment drawn within it
 *	ari_window-rsa, ari_time-rsa         the same for the certificate of the second key
 *	ocsp_next_check = 2026-01-02T03:04:05Z
 *	revoked = 3a0f6d0c2b, 1b2c, asked    serials of certificates that were revoked from here;
 *	                              of the second the CA was asked to, and its reply is not known
 *
 *	shown_version = 1             generation that `undo` went back to (store/lineage), and
 *	shown_over = 2                the newest that is passed over for it
 *
 * It also reads and writes ari_retry_after in [acme_renewal_info], which is Certbot's own.
 */
#ifndef STORE_RENEWAL_RENEWAL_STATE_H
#define STORE_RENEWAL_RENEWAL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strvec.h"
#include "codec/ini.h"
#include "crypto/cert/cert.h"

/* Appends the names that were requested and that the certificate lacks; none if it has them all. */
void renewal_state_wanted(const struct ini *conf, struct strvec *ret_names);
/* Records those names; an empty list removes the record. Like all functions here, it changes only
 * the conf's tree; the caller saves it. */
void renewal_state_set_wanted(struct ini *conf, const struct strvec *names);

/* Returns the URL of the CA that issued a certificate in the place of the conf's `server`,
 * borrowed; NULL: there is none. Of which certificate it is: see renewal_state_issuer_is_of(). */
const char *renewal_state_issuer(const struct ini *conf);
/* Returns true when that CA issued this one, which Certbot may have replaced since, and the id of
 * the account there, borrowed. */
bool renewal_state_issuer_is_of(const struct ini *conf, const struct cert *cert,
				const char **ret_account);
/* Finds the same among certificates that were replaced. The caller frees both texts; those of an
 * account that is not known, or when false is returned, are NULL. */
bool renewal_state_past_issuer(const struct ini *conf, const struct cert *cert, char **ret_url,
			       char **ret_account);
/* Adds one to those: that of a second key is found there from the start. */
void renewal_state_add_past_issuer(struct ini *conf, const struct cert *cert, const char *url,
				   const char *account);
/* Records the CA of a new certificate; `cert` NULL: it is the one in `server`. That of the present
 * one becomes a past issuer. */
void renewal_state_set_issuer(struct ini *conf, const struct cert *cert, const char *url,
			      const char *account);
/* Appends the names that the CA added to those requested. */
void renewal_state_unasked(const struct ini *conf, struct strvec *ret_names);
/* Records those names; an empty list removes the record. */
void renewal_state_set_unasked(struct ini *conf, const struct strvec *names);

/* Returns true when the deploy hooks must still be run. */
bool renewal_state_deploy_pending(const struct ini *conf);

/* Records whether the deploy hooks must still be run. */
void renewal_state_set_deploy_pending(struct ini *conf, bool pending);

/* Returns true when the installer must still take up the certificate and reload its server. */
bool renewal_state_reload_pending(const struct ini *conf);

/* Records whether it must. If not, nothing is to be installed either. */
void renewal_state_set_reload_pending(struct ini *conf, bool pending);

/* Returns true when it must do so by an installation, which failed or was never made. */
bool renewal_state_installation_pending(const struct ini *conf);

/* Records that, with the port for HTTPS that was given for it; 0: none was. */
void renewal_state_set_installation_pending(struct ini *conf, int64_t https_port);
/* Returns that port, or 0. */
int64_t renewal_state_installation_port(const struct ini *conf);

/* Returns true when the outputs must still be written. */
bool renewal_state_outputs_pending(const struct ini *conf);
/* Records whether the outputs must still be written. */
void renewal_state_set_outputs_pending(struct ini *conf, bool pending);

/* Returns true when the outputs were last written from this certificate. */
bool renewal_state_outputs_are_of(const struct ini *conf, const struct cert *cert);
/* Records that they were. NULL: there are none. */
void renewal_state_set_outputs_of(struct ini *conf, const struct cert *cert);

/* Returns true when the certificate must still be seen where it is served. */
bool renewal_state_proof_pending(const struct ini *conf);
/* Records whether it must. */
void renewal_state_set_proof_pending(struct ini *conf, bool pending);
/* Appends the records of the outputs that were written (app/debts/output_files.h). */
void renewal_state_outputs(const struct ini *conf, struct strvec *ret_records);
/* Replaces those records; an empty list removes them. */
void renewal_state_set_outputs(struct ini *conf, const struct strvec *records);
/* The same of files that are outputs no longer, and are still there for all we know. */
void renewal_state_former_outputs(const struct ini *conf, struct strvec *ret_records);
/* Replaces those. */
void renewal_state_set_former_outputs(struct ini *conf, const struct strvec *records);

/* The number of the certificate in the fleet (app/fleet); 0: the lineage is in none. */
uint64_t renewal_state_generation(const struct ini *conf);
void renewal_state_set_generation(struct ini *conf, uint64_t generation);
/* Returns the time of the next automatic attempt (Unix seconds); 0: at once. */
int64_t renewal_state_next_try(const struct ini *conf);

/* Returns the number of failed renewals in a row. */
int renewal_state_failures(const struct ini *conf);
/* Records a failed renewal. The pause before the next attempt grows: 1 min, 10 min, 100 min, then a
 * day; a later time given by the CA takes precedence. */
void renewal_state_note_failure(struct ini *conf, const struct error *failure, int64_t now_seconds);
/* The same for one that failed before the CA was asked: it neither makes nor prolongs a pause. */
void renewal_state_note_local_failure(struct ini *conf, const struct error *failure, int64_t now);
/* To be called after that: records what the CA said of a name instead of the failure's text. */
void renewal_state_note_problem(struct ini *conf, const char *name, const char *type,
				const char *detail);

/* The last of the failures in a row. Texts are borrowed from the conf; what is not on record is
 * NULL or 0. */
struct renewal_failure {
	const char *text, *code, *problem, *name;
	int64_t at, since;
};
/* Reads the record of the last failure. */
struct renewal_failure renewal_state_failure(const struct ini *conf);
/* Removes the records of failures. */
void renewal_state_note_success(struct ini *conf);

/* Returns the time before which the CA wants no request for renewal information; 0: ask. */
int64_t renewal_state_ari_retry_after(const struct ini *conf);

/* Records that time, in Unix seconds. */
void renewal_state_set_ari_retry_after(struct ini *conf, int64_t seconds);
/* Returns the moment drawn from the CA's window; 0: none. `suffix`: of which of the lineage's keys
 * (lineage_suffix()); NULL: the first. */
int64_t renewal_state_ari_time(const struct ini *conf, const char *suffix);

/* A window that a CA suggests (Unix seconds), and the moment drawn uniformly from it. */
struct renewal_window {
	int64_t start, end, draw;
};
/* Records the window, and the moment if the window is not the one already recorded. */
void renewal_state_set_ari_window(struct ini *conf, const char *suffix,
				  const struct renewal_window *window);
/* Removes the windows of both keys: their certificates have been replaced. */
void renewal_state_clear_ari(struct ini *conf);

/* Records that `revoke` revoked this certificate. The record names the certificate, so it need not
 * be removed when another one takes its place; the latest few are kept. */
void renewal_state_note_revocation(struct ini *conf, const struct cert *cert);

/* Returns true when `revoke` revoked this certificate. */
bool renewal_state_is_revoked(const struct ini *conf, const struct cert *cert);

/* Records that the CA is about to be asked to revoke this certificate. */
void renewal_state_note_revocation_asked(struct ini *conf, const struct cert *cert);

/* Takes that record back, if it is there: the CA has said that it did not. */
void renewal_state_drop_revocation_asked(struct ini *conf, const struct cert *cert);

/* Returns true when `revoke` revoked this certificate, or asked and got no reply. */
bool renewal_state_may_be_revoked(const struct ini *conf, const struct cert *cert);

/* Returns the time of the next OCSP request (Unix seconds); 0: at once. */
int64_t renewal_state_ocsp_next_check(const struct ini *conf);

/* Records that time. */
void renewal_state_set_ocsp_next_check(struct ini *conf, int64_t seconds);

#endif
