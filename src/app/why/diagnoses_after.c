/*
 * Causes that show only in the record of past runs, and work that is still owed (see diagnoses.h).
 * The last rows repeat what failed and say that its cause was not found.
 */
#include <string.h>

#include "app/why/diagnoses.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/datetime.h"
#include "webserver/probe.h"

static bool record_was_not_found(const struct facts *facts, struct finding *finding)
{
	enum acme_challenge_type challenge = facts->lineage.challenge;
	bool is_about_record = failure_is(facts, "unauthorized") ||
			       (failure_is(facts, "dns") && failure_says(facts, "TXT"));

	if ((challenge != ACME_DNS_01 && challenge != ACME_DNS_ACCOUNT_01) || !is_about_record)
		return false;
	strbuf_addf(&finding->cause,
		    "the CA did not find the TXT record of the challenge, or found another value: "
		    "name servers that do not have it yet, or the wrong zone; it said: %s",
		    facts->failure.text);
	return true;
}

/* Comes after what can be observed now: the reason behind a limit on failed validations lies
 * there. */
static bool limit_is_reached(const struct facts *facts, struct finding *finding)
{
	if (!str_eq_or_null(facts->failure.code, "rate-limited") &&
	    !failure_is(facts, "rateLimited"))
		return false;
	strbuf_addf(&finding->cause, "a limit of %s is reached: %s", facts->ca.host,
		    facts->failure.text);
	return true;
}

/* The words with which failures of manual's hooks are reported; "hook" alone could be part of a
 * domain such as webhook.example. */
static bool hook_has_failed(const struct facts *facts, struct finding *finding)
{
	if (!str_eq_or_null(facts->failure.code, "plugin") ||
	    !(failure_says(facts, "manual-auth-hook") || failure_says(facts, "hook command")))
		return false;
	strbuf_addf(&finding->cause, "a hook failed: %s", facts->failure.text);
	return true;
}

/* For example, a credentials file that lacks a value: the program's own message is the cause. */
static bool options_were_refused(const struct facts *facts, struct finding *finding)
{
	if (!str_eq_or_null(facts->failure.code, "config") || !facts->failure.text)
		return false;
	strbuf_addf(&finding->cause, "its options, or a file that they name, cannot be used: %s",
		    facts->failure.text);
	return true;
}

/* The text names the provider or service and quotes its API. */
static bool plugin_has_failed(const struct facts *facts, struct finding *finding)
{
	if (!str_eq_or_null(facts->failure.code, "plugin") || !facts->failure.text)
		return false;
	strbuf_addf(&finding->cause, "the plugin %s failed: %s",
		    facts->lineage.authenticator ? facts->lineage.authenticator : "in use",
		    facts->failure.text);
	return true;
}

/* This is recorded before live/ changes (app/debts/debts.h), so it is true after a crash, too. */
static bool deploy_hook_is_owed(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.deploy_owed)
		return false;
	strbuf_adds(&finding->cause, "the certificate was renewed, and its deploy hook failed or "
				     "was not run to its end");
	return true;
}

static bool outputs_are_owed_still(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.outputs_owed)
		return false;
	strbuf_adds(&finding->cause, "the certificate was renewed, and the files of --output have "
				     "not been written from it");
	return true;
}

static bool reload_is_owed(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.reload_owed)
		return false;
	strbuf_adds(&finding->cause, "the certificate was renewed, and the server has not been "
				     "told of it");
	return true;
}

/* If nothing on record says that a server must be reloaded, as with a webroot and no hook, only
 * looking at the server shows that it was not. */
static bool old_leaf_is_shown(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.old_leaf)
		return false;
	strbuf_addf(&finding->cause,
		    "the server still shows a former certificate of this lineage: %s",
		    facts->lineage.old_leaf);
	strbuf_adds(&finding->object, facts->lineage.old_leaf);
	return true;
}

/* The first service in that state; the finding is about its place. */
static const struct fact_service *find_service(const struct facts *facts, struct finding *finding,
					       enum service_shows shows)
{
	for (size_t i = 0; i < facts->service_count; i++) {
		AUTO_FREE char *socket = NULL;

		if (facts->services[i].shows != shows)
			continue;
		socket = probe_socket(facts->services[i].address, facts->services[i].port);
		strbuf_adds(&finding->object, socket);
		return &facts->services[i];
	}
	return NULL;
}

static bool service_shows_former(const struct facts *facts, struct finding *finding)
{
	const struct fact_service *service = find_service(facts, finding, SERVICE_SHOWS_FORMER);
	AUTO_FREE char *since = NULL;

	if (!service)
		return false;
	since = service->since ? datetime_date(service->since) : xstrdup("a renewal");
	strbuf_addf(&finding->cause,
		    "the service at %s shows an old certificate (serial %s, out of date since %s)",
		    finding->object.text, service->serial ? service->serial : "unknown", since);
	return true;
}

static bool service_shows_another(const struct facts *facts, struct finding *finding)
{
	if (!find_service(facts, finding, SERVICE_SHOWS_ANOTHER))
		return false;
	strbuf_addf(&finding->cause,
		    "the service at %s, where --prove expects this certificate, shows another",
		    finding->object.text);
	return true;
}

/* Silence proves nothing: some mail servers keep strangers waiting for longer than `why` can
 * wait. */
static bool service_is_closed(const struct facts *facts, struct finding *finding)
{
	for (size_t i = 0; i < facts->service_count; i++) {
		const struct fact_service *service = &facts->services[i];
		AUTO_FREE char *socket = probe_socket(service->address, service->port);

		if (!service->is_named ||
		    (service->outcome != PROBE_REFUSED && service->outcome != PROBE_BROKEN))
			continue;
		strbuf_adds(&finding->object, socket);
		strbuf_addf(&finding->cause,
			    "the service at %s, where --prove expects this certificate, shows "
			    "none: %s",
			    socket, service->error ? service->error : "it refuses connections");
		return true;
	}
	return false;
}

/* Looking at the service says more, so this row comes later. */
static bool proof_is_owed(const struct facts *facts, struct finding *finding)
{
	if (!facts->lineage.proof_owed)
		return false;
	strbuf_adds(&finding->cause, "the certificate was renewed, and was not seen yet where it "
				     "should be shown");
	return true;
}

static bool second_is_left(const struct facts *facts, struct finding *finding)
{
	const struct fact_second *second = &facts->lineage.second;

	if (!second->left)
		return false;
	strbuf_addf(&finding->cause,
		    "its second key (%s) is not renewed any more, because Certbot was told to make "
		    "the first of that type; servers may still have cert-%s.pem",
		    second->left, second->left);
	strbuf_adds(&finding->object, second->remedy);
	return true;
}

/* The answer of last resort: it repeats the message and says that no cause was found. */
static bool reason_is_unknown(const struct facts *facts, struct finding *finding)
{
	if (!facts->failure.text)
		return false;
	strbuf_addf(&finding->cause,
		    facts->is_unlooked
			    ? "unknown; there was no time to look from outside. The last error: %s"
			    : "unknown; nothing was seen that explains the last error: %s",
		    facts->failure.text);
	return true;
}

/* A timer exists but has not done its work. Its journal, which is not read here, may tell why. */
static bool is_overdue_unexplained(const struct facts *facts, struct finding *finding)
{
	if (!facts_is_overdue(facts))
		return false;
	strbuf_adds(&finding->cause, "unknown; it is overdue, no attempt to renew it is on record, "
				     "and nothing was seen that would stop one");
	return true;
}

const struct diagnosis diagnoses_after[] = {
	{"txt-not-found", DIAGNOSIS_OF_CHALLENGE, record_was_not_found,
	 "see whether the plugin writes to the zone that the name servers of {name} serve, and give "
	 "it more time (--dns-PLUGIN-propagation-seconds); then test: certbot renew --cert-name "
	 "{lineage} --dry-run"},
	{"rate-limited", DIAGNOSIS_IN_TROUBLE, limit_is_reached,
	 "wait; test with certbot renew --cert-name {lineage} --dry-run, which has other limits"},
	{"hook-failed", DIAGNOSIS_IN_TROUBLE, hook_has_failed,
	 "correct it, and run: certbot renew --cert-name {lineage}"},
	{"options-refused", DIAGNOSIS_IN_TROUBLE, options_were_refused,
	 "correct what it names, then test: certbot renew --cert-name {lineage} --dry-run"},
	{"plugin-failed", DIAGNOSIS_IN_TROUBLE, plugin_has_failed,
	 "correct what it names, then test: certbot renew --cert-name {lineage} --dry-run"},
	{"deploy-hook-owed", DIAGNOSIS_ALWAYS, deploy_hook_is_owed,
	 "correct the hook; each certbot renew runs it again"},
	{"outputs-owed", DIAGNOSIS_ALWAYS, outputs_are_owed_still,
	 "certbot renew --cert-name {lineage}, which writes them and says what is in the way"},
	{"reload-owed", DIAGNOSIS_ALWAYS, reload_is_owed,
	 "certbot renew --cert-name {lineage}, which tells the server and says what is in the way"},
	{"old-certificate-shown", DIAGNOSIS_ALWAYS, old_leaf_is_shown,
	 "reload the server, and have it done after each renewal: certbot reconfigure --cert-name "
	 "{lineage} --deploy-hook COMMAND"},
	{"service-old-certificate", DIAGNOSIS_ALWAYS, service_shows_former,
	 "reload the service, and have it done after each renewal: certbot reconfigure --cert-name "
	 "{lineage} --deploy-hook COMMAND"},
	{"service-another-certificate", DIAGNOSIS_ALWAYS, service_shows_another,
	 "have the service at {object} use the files of this certificate: certbot certificates "
	 "--cert-name {lineage} has their paths"},
	{"service-closed", DIAGNOSIS_ALWAYS, service_is_closed,
	 "start the service, or name its places again: certbot reconfigure --cert-name {lineage} "
	 "--prove HOST:PORT[/PROTOCOL]"},
	{"proof-owed", DIAGNOSIS_ALWAYS, proof_is_owed,
	 "certbot certificates --served shows what is served instead"},
	{"second-key-left", DIAGNOSIS_ALWAYS, second_is_left, "{object}"},
	{"unknown", DIAGNOSIS_IN_TROUBLE, reason_is_unknown,
	 "try, and read all messages: certbot renew --cert-name {lineage} --dry-run -v"},
	{"unknown-overdue", DIAGNOSIS_IN_TROUBLE, is_overdue_unexplained,
	 "certbot renew --cert-name {lineage}"},
	{.id = NULL},
};
