/*
 * Causes on this machine, or between it and the CA (see diagnoses.h). Causes that files prove come
 * first, since they would stop a renewal even if all else were well.
 */
#include <stdlib.h>
#include <string.h>

#include "app/why/diagnoses.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/datetime.h"

enum {
	/* Signed requests contain no time, but certificates do, and CAs make theirs valid from an
	 * hour ago. */
	CLOCK_TOLERANCE = 15 * 60,
	HOUR = 60 * 60,
	DAY = 24 * HOUR,
};

/* This comes first because a full disk makes each other step fail in a way of its own. */
static bool disk_is_full(const struct facts *facts, struct finding *finding)
{
	const char *dir = facts->machine->full;

	if (!dir)
		return false;
	strbuf_addf(&finding->cause, "there is no room left on the file system of %s", dir);
	strbuf_adds(&finding->object, dir);
	return true;
}

/* Normal on a machine that only uses certificates. */
static bool disk_is_read_only(const struct facts *facts, struct finding *finding)
{
	const char *dir = facts->machine->read_only;

	if (!dir || !(facts_are_trouble(facts) || facts_is_due(facts)))
		return false;
	strbuf_addf(&finding->cause, "%s is on a file system that is mounted read-only", dir);
	strbuf_adds(&finding->object, dir);
	return true;
}

/* Without the conf, nothing else is known about the lineage. */
static bool conf_is_broken(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.error)
		return false;
	strbuf_addf(&finding->cause, "its files cannot be used: %s", facts->lineage.error);
	return true;
}

/* Matches whole phrases of lineage_verify.c: each fault names the lineage, whose name may contain
 * "key". */
static bool is_of_key(const char *fault, const char *key_path)
{
	return strstr(fault, "private key") || (key_path && strstr(fault, key_path));
}

/* Servers do not start with such a pair, so this comes before what merely prevents renewals. */
static bool key_is_unusable(const struct facts *facts, struct finding *finding)
{
	const struct strvec *faults = &facts->lineage.faults;

	for (size_t i = 0; i < faults->count; i++)
		if (is_of_key(faults->items[i], facts->lineage.key_path)) {
			strbuf_addf(&finding->cause, "the private key cannot be used: %s",
				    faults->items[i]);
			return true;
		}
	return false;
}

static bool files_are_wrong(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.faults.count)
		return false;
	strbuf_addf(&finding->cause, "its files do not belong together: %s",
		    facts->lineage.faults.items[0]);
	return true;
}

/* Uses the Date field of the CA's answer, so it works only while the clock is good enough for TLS;
 * otherwise the error in ca_is_away() mentions the clock. */
static bool clock_is_wrong(const struct facts *facts, struct finding *finding)
{
	int64_t ahead = facts->ca.here - facts->ca.date;
	int64_t size = ahead < 0 ? -ahead : ahead;
	AUTO_FREE char *here = NULL, *there = NULL;

	if (!facts->ca.date || size <= CLOCK_TOLERANCE)
		return false;
	here = datetime_rfc3339(facts->ca.here);
	there = datetime_rfc3339(facts->ca.date);
	strbuf_addf(&finding->cause,
		    "the clock of this machine is %lld %s %s: it says %s when that of %s says %s",
		    (long long)(size > 2 * DAY    ? size / DAY
				: size > 2 * HOUR ? size / HOUR
						  : size / 60),
		    size > 2 * DAY    ? "days"
		    : size > 2 * HOUR ? "hours"
				      : "minutes",
		    ahead > 0 ? "fast" : "slow", here, facts->ca.host, there);
	return true;
}

/* For example, after moving from a Certbot that had plugins of its own. */
static bool plugin_is_missing(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.plugin_error)
		return false;
	strbuf_addf(&finding->cause, "a plugin that it is renewed with is not there: %s",
		    facts->lineage.plugin_error);
	return true;
}

static bool credentials_are_missing(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.credentials)
		return false;
	strbuf_addf(&finding->cause, "the file of credentials '%s' is not there",
		    facts->lineage.credentials);
	strbuf_adds(&finding->object, facts->lineage.credentials);
	return true;
}

/* Only its owner can make another: the key is elsewhere. */
static bool csr_is_missing(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.csr)
		return false;
	strbuf_addf(&finding->cause, "the CSR '%s', which it is renewed from, is not there",
		    facts->lineage.csr);
	strbuf_adds(&finding->object, facts->lineage.csr);
	return true;
}

/* The plugin would create the missing directory, and the server would go on serving another one. */
static bool webroot_is_missing(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.webroot_error)
		return false;
	strbuf_addf(&finding->cause, "the webroot is not there: %s", facts->lineage.webroot_error);
	return true;
}

static bool hook_is_missing(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.hook)
		return false;
	strbuf_addf(&finding->cause, "a hook cannot be run: %s", facts->lineage.hook);
	return true;
}

static bool account_is_unreadable(const struct facts *facts, struct finding *finding)
{
	if (!facts->ca.account_error || !facts->lineage.name)
		return false;
	strbuf_addf(&finding->cause, "the account that renews it cannot be used: %s",
		    facts->ca.account_error);
	return true;
}

/* Somebody chose this; it only matters once renewal is due. */
static bool renewal_is_off(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.is_off || !facts_is_due(facts))
		return false;
	strbuf_adds(&finding->cause, "it is due, and its automatic renewal is switched off "
				     "(autorenew = False)");
	return true;
}

static bool is_revoked(const struct facts *facts, struct finding *finding)
{
	const struct fact_second *second = &facts->lineage.second;

	if (!facts->lineage.is_revoked && !second->is_revoked)
		return false;
	strbuf_adds(&finding->cause, "the certificate ");
	if (!facts->lineage.is_revoked)
		strbuf_addf(&finding->cause, "for its %s key ", second->type);
	strbuf_adds(&finding->cause, "was revoked from here, and nothing has replaced it");
	return true;
}

/* ---- Who starts renewals: matters as long as none was tried ---- */

/* Packages bring the timer and enable it, so somebody has switched it off. */
static bool timer_is_off(const struct facts *facts, struct finding *finding)
{
	const struct fact_timers *timers = &facts->machine->timers;

	if (!timers->disabled || timers->ours || timers->other || facts->failure.text ||
	    !facts->lineage.name)
		return false;
	strbuf_addf(&finding->cause,
		    "nothing starts renewals here: %s is installed and not enabled, and no line "
		    "of cron does it",
		    timers->disabled);
	strbuf_adds(&finding->object, timers->disabled);
	return true;
}

/* Containers have no timers; something outside starts renewals there. So this is a cause only if a
 * renewal is overdue. */
static bool timer_is_missing(const struct facts *facts, struct finding *finding)
{
	const struct fact_timers *timers = &facts->machine->timers;

	if (!timers->is_known || timers->ours || timers->other || facts->failure.text ||
	    !facts_is_overdue(facts))
		return false;
	strbuf_adds(&finding->cause,
		    "it is overdue and no attempt is on record, and no timer of systemd and no "
		    "line of cron was found that starts certbot renew");
	return true;
}

/* Each of them renews what the other has just renewed, and both use up the CA's limits. */
static bool other_client_renews(const struct facts *facts, struct finding *finding)
{
	const struct fact_timers *timers = &facts->machine->timers;

	if (!timers->ours || !timers->other || facts->failure.text || !facts->lineage.name)
		return false;
	strbuf_addf(&finding->cause,
		    "two programs renew the certificates of this machine: besides this one (%s), "
		    "%s starts %s",
		    timers->ours, timers->other, timers->other_client);
	strbuf_adds(&finding->object, timers->other);
	return true;
}

/* ---- The CA and the account there ---- */

/* If no certificate is due, it does not matter that a CA cannot be reached for an hour. */
static bool ca_is_away(const struct facts *facts, struct finding *finding)
{
	if (!facts->ca.error || !(facts_are_trouble(facts) || facts_is_due(facts)))
		return false;
	strbuf_addf(&finding->cause, "%s cannot be used as a CA from here: %s", facts->ca.host,
		    facts->ca.error);
	strbuf_addf(&finding->object, "%s",
		    facts->ca.hint ? facts->ca.hint
				   : "see whether this machine reaches the network");
	return true;
}

/* RFC 8555 section 7.1.2: for some reasons a CA gives no more than its own words. */
static bool account_is_deactivated(const struct facts *facts, struct finding *finding)
{
	if (!facts->failure.problem || !failure_says(facts, "deactivated") ||
	    !failure_says(facts, "account"))
		return false;
	strbuf_addf(&finding->cause, "the account at %s was deactivated; the CA said: %s",
		    facts->ca.host, facts->failure.text);
	return true;
}

static bool account_is_unknown(const struct facts *facts, struct finding *finding)
{
	if (!failure_is(facts, "accountDoesNotExist"))
		return false;
	strbuf_addf(&finding->cause, "%s does not know the account; it said: %s", facts->ca.host,
		    facts->failure.text);
	return true;
}

/* RFC 8555 section 7.3.4 calls it external account binding; CAs use its words for what their
 * customers get from them. */
static bool binding_is_refused(const struct facts *facts, struct finding *finding)
{
	if (!failure_is(facts, "externalAccountRequired") &&
	    !failure_says(facts, "external account") && !failure_says(facts, "--eab-kid"))
		return false;
	strbuf_addf(&finding->cause,
		    "%s binds accounts to its customers, and refused this one; it said: %s",
		    facts->ca.host, facts->failure.text);
	return true;
}

#define RENEW_AGAIN "then: certbot renew --cert-name {lineage}"

const struct diagnosis diagnoses_here[] = {
	{"disk-full", DIAGNOSIS_ALWAYS, disk_is_full, "make room: df -h {object}; " RENEW_AGAIN},
	{"disk-read-only", DIAGNOSIS_ALWAYS, disk_is_read_only,
	 "mount it for writing: mount -o remount,rw, or let a machine that may write renew"},
	{"files-unusable", DIAGNOSIS_ALWAYS, conf_is_broken,
	 "correct what the message names, or restore the directory from a backup; what is there: "
	 "certbot certificates"},
	{"key-unusable", DIAGNOSIS_ALWAYS, key_is_unusable,
	 "restore the key from a backup, or get a new certificate with a new key: certbot renew "
	 "--cert-name {lineage} --force-renewal"},
	{"files-mismatched", DIAGNOSIS_ALWAYS, files_are_wrong,
	 "get a new certificate: certbot renew --cert-name {lineage} --force-renewal"},
	{"clock-wrong", DIAGNOSIS_ALWAYS, clock_is_wrong,
	 "set the clock: timedatectl set-ntp true; " RENEW_AGAIN},
	{"plugin-missing", DIAGNOSIS_ALWAYS, plugin_is_missing,
	 "install it, or choose another: certbot reconfigure --cert-name {lineage}"},
	{"credentials-missing", DIAGNOSIS_ALWAYS, credentials_are_missing,
	 "put it back at '{object}', or name the new place: certbot reconfigure --cert-name "
	 "{lineage}"},
	{"csr-missing", DIAGNOSIS_ALWAYS, csr_is_missing,
	 "put the file back; or name the one to renew from now on: certbot certonly --cert-name "
	 "{lineage} --renew-csr {object}"},
	{"webroot-missing", DIAGNOSIS_ALWAYS, webroot_is_missing,
	 "name the directory that the server serves: certbot reconfigure --cert-name {lineage} "
	 "--webroot -w DIRECTORY"},
	{"hook-missing", DIAGNOSIS_ALWAYS, hook_is_missing,
	 "install the program, or give another command: certbot reconfigure --cert-name {lineage}"},
	{"account-unusable", DIAGNOSIS_ALWAYS, account_is_unreadable,
	 "restore it from a backup, or use another: certbot renew --cert-name {lineage} "
	 "--force-renewal --account ID"},
	{"autorenew-off", DIAGNOSIS_ALWAYS, renewal_is_off,
	 "remove the line 'autorenew = False' from renewal/{lineage}.conf; " RENEW_AGAIN},
	{"revoked", DIAGNOSIS_ALWAYS, is_revoked,
	 "certbot renew --cert-name {lineage} --force-renewal"},
	{"timer-disabled", DIAGNOSIS_ALWAYS, timer_is_off, "systemctl enable --now {object}"},
	{"timer-missing", DIAGNOSIS_IN_TROUBLE, timer_is_missing,
	 "systemctl enable --now certbot.timer, or have cron run 'certbot -q renew' twice a day"},
	{"two-clients", DIAGNOSIS_ALWAYS, other_client_renews,
	 "let one of them renew: certbot handover stops the other's timers and cron lines "
	 "(with --dry-run, it says which)"},
	{"ca-unreachable", DIAGNOSIS_ALWAYS, ca_is_away, "{object}"},
	{"account-deactivated", DIAGNOSIS_IN_TROUBLE, account_is_deactivated,
	 "replace it, with the CA's --server if it is not the default: certbot unregister, certbot "
	 "register, then certbot renew --cert-name {lineage} --force-renewal --account ID"},
	{"account-unknown", DIAGNOSIS_IN_TROUBLE, account_is_unknown,
	 "replace it, with the CA's --server if it is not the default: certbot unregister, certbot "
	 "register, then certbot renew --cert-name {lineage} --force-renewal --account ID"},
	{"account-binding", DIAGNOSIS_IN_TROUBLE, binding_is_refused,
	 "get new credentials from the CA, as they may have expired or been used: certbot register "
	 "--eab-kid ID --eab-hmac-key KEY"},
	{.id = NULL},
};
