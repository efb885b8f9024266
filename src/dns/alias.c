/*
 * Following aliases (see alias.h). A server that has a DNAME makes up the CNAME for the name asked
 * (RFC 6672), so one kind of question is enough.
 */
#include "dns/alias.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
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

/* One step for all names that moved in the step before. Returns how many moved now, or an error. */
static int step(const struct plugin_host *host, const struct settings *settings, char **names,
		bool *moving, size_t count, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(count, sizeof(struct dns_lookup));
	AUTO_FREE size_t *indexes = xcalloc(count, sizeof(size_t));
	size_t asked = 0;
	int moved = 0;

	for (size_t i = 0; i < count; i++) {
		if (!moving[i])
			continue;
		indexes[asked] = i;
		lookups[asked++] = (struct dns_lookup){.name = names[i], .type = DNS_TYPE_CNAME};
	}
	if (dns_lookup_all(host, settings, lookups, asked, err) < 0)
		moved = err->code;
	for (size_t i = 0; moved >= 0 && i < asked; i++) {
		const char *target = target_of(&lookups[i]);

		moving[indexes[i]] = target != NULL;
		if (!target)
			continue;
		log_debug("'%s' is an alias for '%s'", lookups[i].name, target);
		REPLACE(names[indexes[i]], xstrdup(target));
		moved++;
	}
	dns_lookups_release(lookups, asked);
	return moved;
}

int dns_follow_aliases(const struct plugin_host *host, const struct settings *settings,
		       char **names, size_t count, struct error *err)
{
	AUTO_FREE bool *moving = xcalloc(count ? count : 1, sizeof(bool));
	int moved = count ? 1 : 0;

	for (size_t i = 0; i < count; i++)
		moving[i] = true;
	for (int steps = 0; moved > 0 && steps <= MAX_STEPS; steps++)
		moved = step(host, settings, names, moving, count, err);
	if (moved <= 0)
		return moved;
	for (size_t i = 0; i < count; i++)
		if (moving[i])
			return error_set(err, ERR_CONFIG,
					 "aliases lead on and on: '%s' is the last that was "
					 "followed; --no-dns-follow-cname leaves them alone",
					 names[i]);
	return 0;
}
