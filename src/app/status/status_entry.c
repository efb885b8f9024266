/*
 * Reads what is on record of a lineage (see status_entry.h).
 */
#include "app/status/status_entry.h"

#include <string.h>

#include "app/debts/debts.h"
#include "app/debts/outputs.h"
#include "store/renewal/renewal_state.h"
#include "store/renewal/due_moment.h"
#include "base/alloc.h"
#include "config/services.h"
#include "store/lineage/lineage.h"

const struct status_state_row status_states[] = {
	[STATUS_INVALID] = {"invalid", "files unusable", true, "✗", "31;1"},
	[STATUS_EXPIRED] = {"expired", "expired", true, "✗", "31;1"},
	[STATUS_REVOKED] = {"revoked", "revoked", true, "✗", "31;1"},
	[STATUS_FAILING] = {"failing", "renewals fail", true, "✗", "31"},
	[STATUS_OWED] = {"owed", "something is left to do", true, "!", "33"},
	[STATUS_DUE] = {"due", "due for renewal", false, "↻", "36"},
	[STATUS_OFF] = {"off", "not renewed by itself", false, "○", "2"},
	[STATUS_OK] = {"ok", "well", false, "✓", "32"},
};
STATIC_ASSERT(ARRAY_LEN(status_states) == STATUS_STATE__COUNT, "a row for each state");

const char *const status_debt_ids[] = {
	[STATUS_DEBT_OUTPUTS] = "outputs",
	[STATUS_DEBT_DEPLOY_HOOK] = "deploy-hook",
	[STATUS_DEBT_RELOAD] = "reload",
	[STATUS_DEBT_PROOF] = "proof",
	[STATUS_DEBT_SECOND_KEY] = "second-key",
};

/* These are the names of options and hooks that people know. */
const char *const status_debt_texts[] = {
	[STATUS_DEBT_OUTPUTS] = "its outputs are not up to date",
	[STATUS_DEBT_DEPLOY_HOOK] = "its deploy hooks have not succeeded yet",
	[STATUS_DEBT_RELOAD] = "its server has not taken it up yet",
	[STATUS_DEBT_PROOF] = "it was not seen yet where it should be served",
	[STATUS_DEBT_SECOND_KEY] = "its second key is not renewed any more (see certbot why)",
};

static const char *const rule_ids[] = {
	[DUE_REVOKED] = "revoked",
	[DUE_OTHER_NAMES] = "other-names",
	[DUE_RENEWAL_INFO] = "renewal-info",
	[DUE_INTERVAL] = "renew-before-expiry",
	[DUE_LIFETIME] = "lifetime",
};

static void status_failure_release(struct status_failure *failure)
{
	free(failure->class);
	free(failure->text);
	free(failure->problem);
	free(failure->name);
}

void status_entry_free(struct status_entry *entry)
{
	if (!entry)
		return;
	status_failure_release(&entry->failure);
	free(entry->name);
	free(entry->conf_path);
	free(entry->fault);
	free(entry->domains);
	free(entry->server);
	free(entry->issuer);
	free(entry->second_type);
	free(entry->left_type);
	free(entry);
}

static void read_failure(const struct ini *conf, struct status_failure *ret)
{
	struct renewal_failure last = renewal_state_failure(conf);

	ret->count = renewal_state_failures(conf);
	if (!ret->count) /* somebody has reset the number by hand, and this is left over */
		return;
	ret->at = last.at;
	ret->since = last.since;
	ret->class = xstrdup_or_null(last.code);
	ret->text = xstrdup_or_null(last.text);
	ret->problem = xstrdup_or_null(last.problem);
	ret->name = xstrdup_or_null(last.name);
}

static unsigned debts_on_record(struct lineage *lineage, const struct status_entry *entry)
{
	const struct ini *conf = lineage_conf(lineage);

	return (unsigned)outputs_are_owed(lineage) << STATUS_DEBT_OUTPUTS |
	       (unsigned)renewal_state_deploy_pending(conf) << STATUS_DEBT_DEPLOY_HOOK |
	       (unsigned)renewal_state_reload_pending(conf) << STATUS_DEBT_RELOAD |
	       (unsigned)renewal_state_proof_pending(conf) << STATUS_DEBT_PROOF |
	       (unsigned)(entry->left_type != NULL) << STATUS_DEBT_SECOND_KEY;
}

/* There is no record of a successful look: if this certificate is checked at all and nothing is
 * owed, it was seen. */
static enum status_seen seen_on_record(const struct plugin_registry *registry,
				       const struct ini *conf)
{
	AUTO(strvec) struct strvec installers = STRVEC_INIT;

	if (renewal_state_proof_pending(conf))
		return STATUS_SEEN_NOT;
	if (services_are_off(conf, "prove"))
		return STATUS_SEEN_UNKNOWN;
	if (services_in_conf(conf, "prove"))
		return STATUS_SEEN;
	installers_of_conf(conf, &installers);
	return debts_installers_prove(registry, &installers) ? STATUS_SEEN : STATUS_SEEN_UNKNOWN;
}

static void read_left(const struct lineage *lineage, struct status_entry *entry)
{
	AUTO(lineage) struct lineage *left = lineage_left_new(lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	entry->left_type = xstrdup_or_null(lineage_second_type(left));
	if (!left || lineage_cert(left, &cert, &unreadable) < 0)
		return;
	entry->left_not_after = cert_not_after(cert);
	entry->is_left_revoked = renewal_state_is_revoked(lineage_conf(lineage), cert);
}

/* Returns the certificate of the second key; NULL: there is none yet, or it is unreadable. It is
 * read even when renewal is switched off, because that one expires, too. */
static const struct cert *read_second(const struct lineage *lineage, struct status_entry *entry)
{
	struct lineage *second = lineage_second(lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	if (!second)
		return NULL;
	entry->second_type = xstrdup(lineage_second_type(second));
	if (!lineage_current_version(second) || lineage_cert(second, &cert, &unreadable) < 0)
		return NULL;
	entry->second_not_before = cert_not_before(cert);
	entry->second_not_after = cert_not_after(cert);
	entry->is_second_revoked = renewal_state_is_revoked(lineage_conf(lineage), cert);
	return cert;
}

/* The sooner of the two counts: renewal goes by both. */
static void add_second_moment(const struct lineage *lineage, const struct cert *cert,
			      const struct status_clock *clock, struct due_moment *moment,
			      struct status_entry *entry)
{
	const struct due_turn turn = {entry->name, clock->window,
				      lineage_suffix(lineage_second(lineage))};
	struct due_moment other;

	if (!cert || lineage_second_is_behind(lineage)) {
		if (moment->at > clock->now)
			entry->next_why = "second-key";
		moment->at = 0;
		return;
	}
	other = due_moment(lineage_conf(lineage), cert, &turn, clock->now);
	if (other.at >= moment->at)
		return;
	*moment = other;
	entry->next_why = rule_ids[other.rule];
}

/* Even a certificate that is due has to wait until the pause after failures is over. */
static void read_next_try(const struct lineage *lineage, const struct cert *cert,
			  const struct status_clock *clock, struct status_entry *entry)
{
	const struct due_turn turn = {entry->name, clock->window};
	int64_t now = clock->now;
	const struct ini *conf = lineage_conf(lineage);
	const struct cert *second = read_second(lineage, entry);
	struct due_moment moment;

	if (due_is_switched_off(lineage_conf(lineage)))
		return;
	moment = due_moment(conf, cert, &turn, now);
	entry->next_why = rule_ids[moment.rule];
	if (entry->second_type)
		add_second_moment(lineage, second, clock, &moment, entry);
	entry->next_try = due_next_try(conf, moment.at, now);
	if (entry->next_try > moment.at)
		entry->next_why = "failures";
}

int64_t status_entry_end(const struct status_entry *entry)
{
	if (entry->second_not_after && entry->second_not_after < entry->not_after)
		return entry->second_not_after;
	return entry->not_after;
}

/* Clients choose between the two keys: one certificate that has expired or is revoked is an error
 * to some. */
static enum status_state judge_entry(const struct status_entry *entry, int64_t now)
{
	if (entry->fault)
		return STATUS_INVALID;
	if (status_entry_end(entry) <= now)
		return STATUS_EXPIRED;
	if (entry->is_revoked || entry->is_second_revoked)
		return STATUS_REVOKED;
	if (entry->failure.count)
		return STATUS_FAILING;
	if (entry->debts)
		return STATUS_OWED;
	if (!entry->next_why)
		return STATUS_OFF;
	return entry->next_try ? STATUS_OK : STATUS_DUE;
}

static void read_leaf(const struct cert *cert, struct status_entry *entry)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_extend(&names, cert_dns_names(cert));
	strvec_extend(&names, cert_ip_addresses(cert));
	entry->has_cert = true;
	entry->domains = strvec_join(&names, " ");
	entry->issuer = xstrdup_or_null(cert_issuer_cn(cert));
	entry->not_before = cert_not_before(cert);
	entry->not_after = cert_not_after(cert);
}

static void read_lineage(const struct plugin_registry *registry, struct lineage *lineage,
			 const struct status_clock *clock, struct status_entry *entry)
{
	const struct ini *conf = lineage_conf(lineage);
	const struct ini_section *params = lineage_params(lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	read_failure(conf, &entry->failure);
	entry->server = xstrdup_or_null(params ? ini_peek(params, "server") : NULL);
	entry->seen = seen_on_record(registry, conf);
	if (lineage_cert(lineage, &cert, &unreadable) < 0) {
		if (!entry->fault)
			entry->fault = xstrdup(unreadable.text);
		return;
	}
	read_leaf(cert, entry);
	entry->is_revoked = renewal_state_is_revoked(conf, cert);
	read_left(lineage, entry);
	entry->debts = debts_on_record(lineage, entry);
	read_next_try(lineage, cert, clock, entry);
	entry->state = judge_entry(entry, clock->now);
}

struct status_entry *status_entry_new(const struct plugin_registry *registry,
				      const char *config_dir, struct lineage_opened *opened,
				      const struct status_clock *clock)
{
	struct status_entry *entry = xcalloc(1, sizeof(*entry));

	entry->name = xstrdup(opened->name);
	entry->conf_path = store_renewal_path(config_dir, opened->name);
	entry->state = STATUS_INVALID;
	if (opened->faults.count)
		entry->fault = strvec_join(&opened->faults, "; ");
	if (opened->lineage)
		read_lineage(registry, opened->lineage, clock, entry);
	/* Prefer the error: faults are found only in a conf that could be read. */
	else
		REPLACE(entry->fault,
			xstrdup(opened->error.text ? opened->error.text : "unreadable"));
	return entry;
}
