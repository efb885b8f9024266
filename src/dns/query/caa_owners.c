/*
 * Finds CAA records (see caa_owners.h). Resolvers follow aliases for us, as RFC 8659 wants it. The
 * ancestors are asked for together with the names and not one after the other: many names share
 * them, and one round takes the time of one answer.
 */
#include "dns/query/caa_owners.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "dns/query/lookup.h"

/* Questions at a time: fewer than the resolver process takes at once. */
enum { MAX_QUESTIONS = 200 };

void caa_owners_free_records(void *records)
{
	strvec_release(records);
	free(records);
}

static const char *without_wildcard(const char *name)
{
	return str_starts(name, "*.") ? name + 2 : name;
}

/* NULL above a top-level domain. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}

static void note_answer(const struct dns_lookup *lookup, struct map *owners)
{
	struct strvec *records;

	/* A CA that gets no answer either refuses; whether it gets one is not known here. */
	if (error_is_set(&lookup->error)) {
		log_debug("cannot look up the CAA records of '%s': %s", lookup->name,
			  lookup->error.text);
		return;
	}
	records = XNEW(struct strvec);
	strvec_init(records);
	for (size_t i = 0; i < lookup->answer.count; i++) {
		const struct dns_answer_record *record = &lookup->answer.records[i];

		if (record->in_answer && record->type == DNS_TYPE_CAA)
			strvec_push(records, record->value);
	}
	map_set(owners, lookup->name, records);
}

static int ask_owners(const struct plugin_host *host, const struct settings *settings,
		      const struct strvec *missing, struct map *owners, struct error *err)
{
	for (size_t at = 0; at < missing->count; at += MAX_QUESTIONS) {
		size_t left = missing->count - at;
		size_t count = left < MAX_QUESTIONS ? left : MAX_QUESTIONS;
		struct dns_lookup *lookups = xcalloc(count, sizeof(*lookups));
		int rc;

		for (size_t i = 0; i < count; i++) {
			lookups[i].name = missing->items[at + i];
			lookups[i].type = DNS_TYPE_CAA;
		}
		rc = dns_lookup_all(host, settings, lookups, count, err);
		for (size_t i = 0; rc == 0 && i < count; i++)
			note_answer(&lookups[i], owners);
		dns_lookups_release(lookups, count);
		free(lookups);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int caa_owners_find(const struct plugin_host *host, const struct settings *settings,
		    const struct strvec *names, struct map *owners, struct error *err)
{
	AUTO(strvec) struct strvec missing = STRVEC_INIT;
	AUTO(map) struct map seen = MAP_INIT(NULL);

	for (size_t i = 0; i < names->count; i++) {
		const char *owner = without_wildcard(names->items[i]);

		for (; owner; owner = parent_of(owner))
			if (!map_contains(owners, owner) && map_add(&seen, owner, NULL))
				strvec_push(&missing, owner);
	}
	return ask_owners(host, settings, &missing, owners, err);
}

const struct strvec *caa_owners_records(const struct map *owners, const char *name)
{
	for (const char *owner = without_wildcard(name); owner; owner = parent_of(owner)) {
		const struct strvec *records = map_get(owners, owner);

		if (!records)
			return NULL;
		if (records->count)
			return records;
	}
	return NULL;
}
