/*
 * Following aliases (see alias.h). A server that has a DNAME makes up the CNAME for the name asked
 * (RFC 6672), so one kind of question is enough.
 */
#include "dns/alias.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "dns/authoritative.h"
#include "dns/lookup.h"

enum {
	MAX_STEPS = 8,
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

	REPLACE(alias->zone, own_zone);
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

/* One step for all that are open: at the resolvers for those that are unsure, else at the name
 * servers for the others. Returns how many moved, or an error. */
static int step(const struct plugin_host *host, const struct settings *settings, bool is_unsure,
		struct dns_alias *aliases, size_t count, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(count + 1, sizeof(struct dns_lookup));
	AUTO_FREE struct dns_alias **asked = xcalloc(count + 1, sizeof(*asked));
	AUTO_FREE char **zones = xcalloc(count + 1, sizeof(*zones));
	size_t asked_count = 0;
	int moved = 0;

	for (size_t i = 0; i < count; i++) {
		struct dns_alias *alias = &aliases[i];

		if (!alias->is_open || alias->is_unsure != is_unsure)
			continue;
		lookups[asked_count] = (struct dns_lookup){.name = alias->name,
							   .type = DNS_TYPE_CNAME};
		asked[asked_count++] = alias;
	}
	if (asked_count && is_unsure)
		moved = dns_lookup_all(host, settings, lookups, asked_count, err);
	else if (asked_count)
		moved = dns_lookup_authoritative(host, settings, lookups, asked_count, zones, err);
	for (size_t i = 0; moved >= 0 && i < asked_count; i++)
		moved += take_step(asked[i], &lookups[i], zones[i]);
	dns_lookups_release(lookups, asked_count);
	return moved;
}

int dns_follow_aliases(const struct plugin_host *host, const struct settings *settings,
		       struct dns_alias *aliases, size_t count, struct error *err)
{
	int moved;

	do
		moved = step(host, settings, false, aliases, count, err);
	while (moved > 0);
	return moved;
}

int dns_follow_unsure_aliases(const struct plugin_host *host, const struct settings *settings,
			      struct dns_alias *aliases, size_t count, struct error *err)
{
	return step(host, settings, true, aliases, count, err);
}
