/*
 * Walking down to the servers of a name (see authoritative.h). The resolver says which servers the
 * zone of the last two labels has; these are asked, and either answer or refer to a zone further
 * down, whose servers the resolver is asked for in turn. So every name that a resolver sees is one
 * that exists, and where it has a view of its own (split horizon), that view is taken.
 */
#include "dns/query/authoritative.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/map.h"
#include "dns/directory.h"
#include "dns/query/authority.h"
#include "net/dns/dns_client.h"
#include "plugin/plugin.h"

enum {
	MAX_DEPTH = 16,    /* zones below each other */
	TIMEOUT_MS = 2000, /* of one round */
};

/* A zone whose servers were looked for. */
struct cut {
	struct dns_authority authority;
	size_t preferred; /* index of a server that answers */
};

/* The state of the search for one name. */
struct trail {
	struct dns_lookup *lookup;
	char *zone; /* its servers are asked next; when answered, the one of the name, or NULL */
	bool is_open, is_answered;
};

struct walk {
	const struct plugin_host *host;
	const struct settings *settings;
	struct trail *trails;
	size_t count;
	struct map cuts; /* zone → struct cut */
};

static void cut_free(void *value)
{
	struct cut *cut = value;

	dns_authority_release(&cut->authority);
	free(cut);
}

static void walk_release(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->trails[i].zone);
	free(walk->trails);
	map_release(&walk->cuts);
}
DEFINE_AUTO(walk, walk_release);

/* The last two labels of a name, or all of it. */
static const char *start_of(const char *name)
{
	const char *last = strrchr(name, '.');

	while (last && last > name && last[-1] != '.')
		last--;
	return last ? last : name;
}

static struct cut *cut_of(const struct walk *walk, const struct trail *trail)
{
	return map_get(&walk->cuts, trail->zone);
}

/* Ends a search without an answer. The first reason is kept. */
static void give_up(struct trail *trail)
{
	trail->is_open = false;
	if (!error_is_set(&trail->lookup->error))
		error_set(&trail->lookup->error, ERR_NETWORK,
			  "no name server of zone '%s' was found", trail->zone);
	log_debug("cannot ask the name servers of '%s': %s", trail->lookup->name,
		  trail->lookup->error.text);
}

/* Finds the servers of the zones that open trails have come to. Returns how many were new. */
static int load_cuts(struct walk *walk, struct error *err)
{
	AUTO_FREE struct dns_authority *wanted = xcalloc(walk->count, sizeof(*wanted));
	size_t count = 0;
	int rc;

	for (size_t i = 0; i < walk->count; i++) {
		struct trail *trail = &walk->trails[i];

		if (!trail->is_open || cut_of(walk, trail))
			continue;
		map_set(&walk->cuts, trail->zone, XNEW(struct cut));
		wanted[count++].zone = xstrdup(trail->zone);
	}
	rc = dns_find_authorities(walk->host, walk->settings, wanted, count, err);
	for (size_t i = 0; i < count; i++) {
		struct cut *cut = map_get(&walk->cuts, wanted[i].zone);

		cut->authority = wanted[i];
	}
	return rc < 0 ? rc : (int)count;
}

/* A trail whose first zone has no servers starts at its top-level domain instead: private ones may
 * be zones that hold the name itself. */
static void leave_empty_cuts(const struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++) {
		struct trail *trail = &walk->trails[i];
		const char *dot = trail->is_open ? strchr(trail->zone, '.') : NULL;

		if (!trail->is_open || cut_of(walk, trail)->authority.count)
			continue;
		if (dot && strcmp(trail->zone, start_of(trail->lookup->name)) == 0)
			REPLACE(trail->zone, xstrdup(dot + 1));
		else
			give_up(trail);
	}
}

/* The zone below `zone` that an answer refers to, or NULL. Borrowed. */
static const char *referral_in(const struct dns_answer *answer, const char *name, const char *zone)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_answer_record *record = &answer->records[i];

		if (!record->in_answer && record->type == DNS_TYPE_NS &&
		    dns_is_in_zone(name, record->name) && dns_is_in_zone(record->name, zone) &&
		    !str_eq_nocase(record->name, zone))
			return record->name;
	}
	return NULL;
}

/* Notes which zone an answer comes from. Servers may have one below the zone that they were asked
 * for; an answer without the record has the SOA of its zone (RFC 2308). */
static void note_zone(struct trail *trail, const struct dns_answer *answer)
{
	bool has_answer = false;

	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_answer_record *record = &answer->records[i];

		has_answer |= record->in_answer;
		if (record->type != DNS_TYPE_SOA || record->in_answer ||
		    !dns_is_in_zone(trail->lookup->name, record->name))
			continue;
		REPLACE(trail->zone, xstrdup(record->name));
		return;
	}
	if (!has_answer)
		REPLACE(trail->zone, NULL);
}

/* Uses an answer. False: it does not help. */
static bool take_answer(struct trail *trail, struct dns_question *question)
{
	struct dns_lookup *lookup = trail->lookup;
	const struct dns_answer *answer = &question->answer;
	const char *referral = referral_in(answer, lookup->name, trail->zone);
	bool is_sound = answer->rcode == DNS_RCODE_NOERROR || answer->rcode == DNS_RCODE_NXDOMAIN;

	if (!error_is_set(&question->error) && is_sound && answer->authoritative) {
		trail->is_open = false;
		error_release(&lookup->error);
		lookup->answer = question->answer;
		question->answer = (struct dns_answer)DNS_ANSWER_INIT;
		note_zone(trail, &lookup->answer);
	} else if (!error_is_set(&question->error) && is_sound && referral) {
		REPLACE(trail->zone, xstrdup(referral));
	} else {
		if (error_is_set(&question->error) && !error_is_set(&lookup->error))
			error_move(&lookup->error, &question->error);
		return false;
	}
	trail->is_answered = true;
	return true;
}

/* A question and what it is about. */
struct asked {
	struct trail *trail;
	struct cut *cut;
	size_t server; /* index */
};

/* Fills in the questions of a round: each open trail asks the server that its zone's other names
 * got an answer from, or else all of the others. Returns how many there are. */
static size_t fill_round(const struct walk *walk, bool asks_others, struct dns_question *questions,
			 struct asked *asked)
{
	size_t count = 0;

	for (size_t i = 0; i < walk->count; i++) {
		struct trail *trail = &walk->trails[i];
		struct cut *cut = trail->is_open ? cut_of(walk, trail) : NULL;

		for (size_t j = 0; cut && !trail->is_answered && j < cut->authority.count; j++) {
			if ((j != cut->preferred) != asks_others)
				continue;
			questions[count].server = cut->authority.servers[j];
			questions[count].name = xstrdup(trail->lookup->name);
			questions[count].type = trail->lookup->type;
			asked[count++] = (struct asked){trail, cut, j};
		}
	}
	return count;
}

static int ask_round(const struct walk *walk, bool asks_others, struct error *err)
{
	size_t room = walk->count * DNS_AUTHORITY_MAX_SERVERS;
	struct dns_question *questions = dns_questions_new(room);
	AUTO_FREE struct asked *asked = xcalloc(room, sizeof(*asked));
	size_t count = fill_round(walk, asks_others, questions, asked);
	int rc = dns_client_ask(walk->host->dns, questions, count, TIMEOUT_MS, err);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (asked[i].trail->is_answered || !take_answer(asked[i].trail, &questions[i]))
			continue;
		asked[i].cut->preferred = asked[i].server;
	}
	dns_questions_free(questions, room);
	return rc;
}

/* Goes one zone further down with all open trails. Returns how many are open still. */
static int descend(struct walk *walk, struct error *err)
{
	int open = 0, added;

	do {
		added = load_cuts(walk, err);
		if (added >= 0)
			leave_empty_cuts(walk);
	} while (added > 0);
	for (size_t i = 0; i < walk->count; i++)
		walk->trails[i].is_answered = false;
	if (added < 0 || ask_round(walk, false, err) < 0 || ask_round(walk, true, err) < 0)
		return err->code;
	for (size_t i = 0; i < walk->count; i++) {
		struct trail *trail = &walk->trails[i];

		if (trail->is_open && !trail->is_answered)
			give_up(trail);
		open += trail->is_open;
	}
	return open;
}

int dns_lookup_authoritative(const struct plugin_host *host, const struct settings *settings,
			     struct dns_lookup *lookups, size_t count, char **ret_zones,
			     struct error *err)
{
	AUTO(walk)
	struct walk walk = {.host = host,
			    .settings = settings,
			    .trails = xcalloc(count + 1, sizeof(struct trail)),
			    .count = count,
			    .cuts = MAP_INIT(cut_free)};
	int open = count ? 1 : 0;

	for (size_t i = 0; i < count; i++)
		walk.trails[i] = (struct trail){.lookup = &lookups[i],
						.zone = xstrdup(start_of(lookups[i].name)),
						.is_open = true};
	for (int depth = 0; open > 0 && depth < MAX_DEPTH; depth++)
		open = descend(&walk, err);
	for (size_t i = 0; i < count; i++) {
		if (walk.trails[i].is_open && open >= 0)
			give_up(&walk.trails[i]);
		if (ret_zones && open >= 0 && !error_is_set(&lookups[i].error))
			ret_zones[i] = STEAL(walk.trails[i].zone);
	}
	return open < 0 ? open : 0;
}
