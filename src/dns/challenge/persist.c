/*
 * dns-persist-01 (see persist.h). The records are made once, by hand or by `dns-persist write`; at
 * issuance there is nothing to do but to warn of those that have gone or are about to expire.
 */
#include "dns/challenge/persist.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "codec/datetime.h"
#include "dns/query/authoritative.h"
#include "dns/query/lookup.h"
#include "os/clock.h"

enum {
	WARN_SECONDS = 30 * 24 * 3600,
};

/* The parts of a value that matter. Spans point into it. */
struct persist_value {
	struct span issuer, account_uri, policy, until;
};

/* The form is that of CAA's issue property (RFC 8659 section 4.2): issuer, then tags in any
 * order. */
static struct persist_value parse_record(const char *value)
{
	struct persist_value parts = {.issuer = {"", 0}};
	struct span rest = span_of(value), part;
	struct {
		const char *tag;
		struct span *target;
	} tags[] = {
		{"accounturi", &parts.account_uri},
		{"policy", &parts.policy},
		{"persistUntil", &parts.until},
	};

	if (span_take_until(&rest, ';', &part))
		parts.issuer = span_trim(part);
	while (span_take_until(&rest, ';', &part)) {
		struct span tag = {"", 0};

		if (!span_take_until(&part, '=', &tag))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(tags); i++)
			if (span_eq_nocase(span_trim(tag), tags[i].tag))
				*tags[i].target = span_trim(part);
	}
	return parts;
}

static bool same(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct dns_persist_status dns_persist_compare(const char *value, const char *wanted,
					      int64_t now_seconds)
{
	const struct persist_value have = parse_record(value), want = parse_record(wanted);
	struct dns_persist_status status = {.state = PERSIST_MISSING};
	AUTO_FREE char *issuer = span_dup(want.issuer);
	AUTO_FREE char *until = have.until.ptr ? span_dup(have.until) : NULL;

	if (!span_eq_nocase(have.issuer, issuer) || !same(have.account_uri, want.account_uri) ||
	    (until && !str_to_int64(until, 1, INT64_MAX, &status.until)))
		return status;
	if (status.until && status.until <= now_seconds)
		status.state = PERSIST_EXPIRED;
	else if (span_eq_nocase(want.policy, "wildcard") &&
		 !span_eq_nocase(have.policy, "wildcard"))
		status.state = PERSIST_NOT_BELOW;
	else
		status.state = PERSIST_IN_PLACE;
	return status;
}

/* True when one status is better news than another. */
static bool is_better(const struct dns_persist_status *a, const struct dns_persist_status *b)
{
	static const int ranks[] = {
		[PERSIST_IN_PLACE] = 0, [PERSIST_NOT_BELOW] = 1, [PERSIST_EXPIRED] = 2,
		[PERSIST_MISSING] = 3,  [PERSIST_UNKNOWN] = 4,
	};

	if (a->state != b->state)
		return ranks[a->state] < ranks[b->state];
	return b->until && (!a->until || a->until > b->until);
}

/* The zone's own servers first: a resolver may still have the answer from before the record was
 * added. */
int dns_persist_look(const struct plugin_host *host, const struct settings *settings,
		     const char *name, const char *wanted, struct dns_persist_status *ret_status,
		     struct error *err)
{
	struct dns_lookup lookup = {.name = name, .type = DNS_TYPE_TXT};
	int rc = dns_lookup_authoritative(host, settings, &lookup, 1, NULL, err);

	if (rc == 0 && error_is_set(&lookup.error))
		rc = dns_lookup_all(host, settings, &lookup, 1, err);
	*ret_status = (struct dns_persist_status){
		.state = error_is_set(&lookup.error) ? PERSIST_UNKNOWN : PERSIST_MISSING};
	for (size_t i = 0; i < lookup.answer.count; i++) {
		const struct dns_answer_record *record = &lookup.answer.records[i];
		struct dns_persist_status status;

		if (!record->in_answer || record->type != DNS_TYPE_TXT)
			continue;
		status = dns_persist_compare(record->value, wanted, clock_now_seconds(host->clock));
		if (is_better(&status, ret_status))
			*ret_status = status;
	}
	dns_lookups_release(&lookup, 1);
	return rc;
}

char *dns_persist_complaint(const struct dns_persist_status *status, const char *name,
			    int64_t now_seconds)
{
	AUTO_FREE char *day = status->until ? datetime_date(status->until) : NULL;

	switch (status->state) {
	case PERSIST_IN_PLACE:
		if (status->until && status->until - now_seconds < WARN_SECONDS)
			return xasprintf("the record at %s expires on %s", name, day);
		return NULL;
	case PERSIST_MISSING:
		return xasprintf("no record at %s names this CA and account", name);
	case PERSIST_NOT_BELOW:
		return xasprintf("the record at %s does not have policy=wildcard", name);
	case PERSIST_EXPIRED:
		return xasprintf("the record at %s has expired on %s", name, day);
	case PERSIST_UNKNOWN:
		return xasprintf("cannot look up %s", name);
	}
	return NULL;
}

/* --- the plugin --- */

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_DNS_PERSIST_01;
	return identifier->kind == ACME_IDENTIFIER_IP ? 0 : 1;
}

/* The CA decides; what we see is a hint to the person. */
static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	const struct plugin_host *host = instance->host;

	for (size_t i = 0; i < count; i++) {
		const struct acme_challenge *challenge = tasks[i].challenge;
		struct dns_persist_status status;
		AUTO_FREE char *complaint = NULL;

		if (dns_persist_look(host, tasks[i].settings, challenge->dns_name,
				     challenge->dns_value, &status, err) < 0)
			return err->code;
		complaint = dns_persist_complaint(&status, challenge->dns_name,
						  clock_now_seconds(host->clock));
		if (complaint && status.state == PERSIST_UNKNOWN)
			log_debug("%s", complaint);
		else if (complaint)
			log_warning("%s", complaint);
	}
	return 0;
}

/* Nothing was added, and the record is meant to stay. */
static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	return 0;
}

static const struct authenticator persist_authenticator = {
	.preference = preference,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The Certificate Authority did not find a persistent TXT record that authorizes "
		"this account. 'certbot dns-persist show' prints the record that is needed, and "
		"'certbot dns-persist check' looks for it.",
};

static const struct option selector = {
	.dest = "dns_persist",
	.names = "--dns-persist",
	.type = OPTION_FLAG,
	.topics = "plugins certonly",
	.flags = OPTION_SELECTS_AUTHENTICATOR,
	.help = "Prove control over names with persistent DNS records, which never change: see "
		"the subcommand dns-persist.",
};

static const struct plugin_manual manual_page = {
	.paragraphs = {"Proves control by a lasting TXT record, where the CA offers "
		       "dns-persist-01: the record is added once, and renewals need no access to "
		       "DNS. `certbot dns-persist show` prints the record for this account and CA, "
		       "`certbot dns-persist write` adds it by another plugin, and `certbot "
		       "dns-persist check` tells whether it is in place."},
	.example = "certbot dns-persist show -d example.com\n"
		   "certbot dns-persist check -d example.com\n"
		   "certbot certonly --dns-persist -d example.com",
};

const struct plugin dns_persist_plugin = {
	.name = "dns-persist",
	.manual = &manual_page,
	.selector = &selector,
	.title = "Any provider: a record that stays",
	.description =
		"Obtain certificates using a persistent DNS TXT record, without changing DNS again",
	.authenticator = &persist_authenticator,
};
