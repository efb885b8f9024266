/*
 * Following aliases (see alias.h). A server that has a DNAME makes up the CNAME for the name asked
 * (RFC 6672), so one kind of question is enough.
 *
 * A CNAME that comes from a wildcard is not followed: "*.example.com CNAME lb.hoster.example" is
 * meant for web servers, and the record of the challenge takes precedence over it (RFC 4592).
 */
#include "dns/challenge/alias.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/strvec.h"
#include "dns/query/authoritative.h"
#include "dns/query/lookup.h"

#define PROBE_LABEL "_certbot-wildcard-test"

enum {
	MAX_STEPS = 8,
};

/* Where aliases are looked up. */
struct source {
	const struct plugin_host *host;
	const struct settings *settings;
	bool is_resolvers; /* else the name servers of each zone */
};

static const char *target_of(const struct dns_lookup *lookup)
{
	const struct dns_answer *answer = &lookup->answer;

	for (size_t i = 0; i < answer->count; i++)
		if (answer->records[i].in_answer && answer->records[i].type == DNS_TYPE_CNAME &&
		    str_eq_nocase(answer->records[i].name, lookup->name))
			return answer->records[i].value;
	return NULL;
}

/* Takes what was found out. Returns whether the name has moved. */
static bool take_step(struct dns_alias *alias, const struct dns_lookup *lookup, char *own_zone)
{
	const char *target = target_of(lookup);

	/* The answer of a wildcard does not tell the zone. */
	REPLACE(alias->zone, lookup->answer.count ? xstrdup_or_null(own_zone) : NULL);
	free(own_zone);
	alias->is_unsure = error_is_set(&lookup->error);
	alias->is_open = alias->is_unsure || target;
	if (!target)
		return false;
	log_debug("'%s' is an alias for '%s'", lookup->name, target);
	REPLACE(alias->name, xstrdup(target));
	if (++alias->steps <= MAX_STEPS)
		return true;
	alias->is_open = false;
	error_set(&alias->error, ERR_CONFIG,
		  "too many aliases: stopped at '%s'; --no-dns-follow-cname does not follow them",
		  alias->name);
	return false;
}

static int look_up(const struct source *source, struct dns_lookup *lookups, size_t count,
		   char **ret_zones, struct error *err)
{
	if (source->is_resolvers)
		return dns_lookup_all(source->host, source->settings, lookups, count, err);
	return dns_lookup_authoritative(source->host, source->settings, lookups, count, ret_zones,
					err);
}

/* A neighbour of this name that surely does not exist. Heap. */
static char *sibling_of(const char *name)
{
	return xasprintf("%s%s", PROBE_LABEL, strchr(name, '.') ?: "");
}

/* True when both are aliases for the same name. The CNAMEs that a DNAME makes up differ. */
static bool is_same_alias(const struct dns_lookup *a, const struct dns_lookup *b)
{
	const char *one = target_of(a), *other = target_of(b);

	return one && other && str_eq_nocase(one, other);
}

/* Forgets answers that a wildcard has given: a neighbour of the name asked for is an alias too. */
static int drop_wildcards(const struct source *source, struct dns_lookup *lookups, size_t count,
			  struct error *err)
{
	AUTO_FREE struct dns_lookup *probes = xcalloc(count, sizeof(*probes));
	AUTO_FREE struct dns_lookup **probed = xcalloc(count, sizeof(*probed));
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	size_t probe_count = 0;
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		if (!target_of(&lookups[i]))
			continue;
		strvec_give(&names, sibling_of(lookups[i].name));
		probed[probe_count++] = &lookups[i];
	}
	for (size_t i = 0; i < probe_count; i++)
		probes[i] = (struct dns_lookup){.name = names.items[i], .type = DNS_TYPE_CNAME};
	if (probe_count)
		rc = look_up(source, probes, probe_count, NULL, err);
	for (size_t i = 0; rc == 0 && i < probe_count; i++)
		if (is_same_alias(probed[i], &probes[i]))
			dns_answer_release(&probed[i]->answer);
	dns_lookups_release(probes, probe_count);
	return rc;
}

/* One step for all open ones: asks the resolvers about those that are unsure, and the name servers
 * about the others. Returns how many moved, or an error. */
static int step_aliases(const struct source *source, struct dns_alias *aliases, size_t count,
			struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(count + 1, sizeof(struct dns_lookup));
	AUTO_FREE struct dns_alias **asked = xcalloc(count + 1, sizeof(*asked));
	AUTO_FREE char **zones = xcalloc(count + 1, sizeof(*zones));
	size_t asked_count = 0;
	int moved = 0;

	for (size_t i = 0; i < count; i++) {
		struct dns_alias *alias = &aliases[i];

		if (!alias->is_open || alias->is_unsure != source->is_resolvers)
			continue;
		lookups[asked_count] = (struct dns_lookup){.name = alias->name,
							   .type = DNS_TYPE_CNAME};
		asked[asked_count++] = alias;
	}
	if (asked_count && (look_up(source, lookups, asked_count, zones, err) < 0 ||
			    drop_wildcards(source, lookups, asked_count, err) < 0))
		moved = err->code;
	for (size_t i = 0; i < asked_count; i++) {
		if (moved >= 0)
			moved += take_step(asked[i], &lookups[i], STEAL(zones[i]));
		free(zones[i]);
	}
	dns_lookups_release(lookups, asked_count);
	return moved;
}

int dns_follow_aliases(const struct plugin_host *host, const struct settings *settings,
		       struct dns_alias *aliases, size_t count, struct error *err)
{
	const struct source source = {host, settings, false};
	int moved;

	do
		moved = step_aliases(&source, aliases, count, err);
	while (moved > 0);
	return moved;
}

int dns_follow_unsure_aliases(const struct plugin_host *host, const struct settings *settings,
			      struct dns_alias *aliases, size_t count, struct error *err)
{
	const struct source source = {host, settings, true};

	return step_aliases(&source, aliases, count, err);
}
