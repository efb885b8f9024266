/*
 * Zone search (see directory.h). The answers, also "no such zone", are kept: a run over a hundred
 * names of one zone asks once.
 */
#include "dns/directory.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "dns/crew.h"
#include "dns/provider.h"

enum {
	MANY_SIBLINGS = 8, /* names: with more of them their parent is asked for first */
};

/* A name and its state. */
struct entry {
	struct dns_zone zone; /* its name is NULL when there is none */
	struct error error;   /* why not, when that needs saying */
};

struct dns_directory {
	struct map entries; /* name -> struct entry */
	bool listed;        /* list_zones() has been asked: what is not in the map does not exist */
	bool cannot_list;   /* it was refused: zones are looked for one by one */
};

bool dns_is_in_zone(const char *name, const char *zone)
{
	size_t len = strlen(name), zone_len = strlen(zone);

	return len >= zone_len && str_eq_nocase(name + len - zone_len, zone) &&
	       (len == zone_len || name[len - zone_len - 1] == '.');
}

static void entry_free(void *value)
{
	struct entry *entry = value;

	free(entry->zone.name);
	free(entry->zone.id);
	error_release(&entry->error);
	free(entry);
}

static void zones_release(struct dns_zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		free(zones->items[i].name);
		free(zones->items[i].id);
	}
	free(zones->items);
}

void dns_zones_add(struct dns_zones *zones, const char *name, const char *id)
{
	char *copy = xstrdup(name);
	size_t len = strlen(copy);

	if (len && copy[len - 1] == '.')
		copy[len - 1] = '\0';
	ascii_lower_string(copy);
	ARRAY_GROW(zones->items, zones->count, zones->capacity);
	zones->items[zones->count++] = (struct dns_zone){copy, xstrdup_or_null(id)};
}

struct dns_directory *dns_directory_new(void)
{
	struct dns_directory *directory = XNEW(struct dns_directory);

	directory->entries = (struct map)MAP_INIT(entry_free);
	return directory;
}

void dns_directory_free(struct dns_directory *directory)
{
	if (!directory)
		return;
	map_release(&directory->entries);
	free(directory);
}

/* Keeps an answer. `own_id` is taken over. */
static struct entry *remember_guess(struct dns_directory *directory, const char *guess, bool exists,
				    char *own_id)
{
	struct entry *entry = XNEW(struct entry);

	entry->zone.name = exists ? xstrdup(guess) : NULL;
	entry->zone.id = own_id;
	map_set(&directory->entries, guess, entry);
	return entry;
}

/* Fetches the list of zones once. Of zones with the same name the first counts. */
static int load_list(struct dns_session *session, struct error *err)
{
	struct dns_directory *directory = session->directory;
	struct dns_zones zones = {.items = NULL};
	int rc;

	if (directory->listed || directory->cannot_list)
		return 0;
	rc = session->provider->list_zones(session, &zones, err);
	for (size_t i = 0; rc == 0 && i < zones.count; i++)
		if (!map_contains(&directory->entries, zones.items[i].name))
			remember_guess(directory, zones.items[i].name, true,
				       STEAL(zones.items[i].id));
	directory->listed = rc == 0;
	zones_release(&zones);
	if (rc != ERR_REFUSED || !session->provider->find_zone)
		return rc;
	directory->cannot_list = true;
	error_release(err);
	return 0;
}

/* A list answers all names in one call, so single questions are the second choice. */
static bool has_list(const struct dns_session *session)
{
	return session->provider->list_zones && !session->directory->cannot_list;
}

/* True when the search goes on after this answer. */
static bool is_passed_over(const struct error *error)
{
	return !error_is_set(error) || error->code == ERR_NOT_FOUND || error->code == ERR_REFUSED;
}

/* The context of all guesses. */
struct inquiry {
	struct dns_session *session;
	struct dns_guess *guesses;
	size_t count;
};

static void ask_one(void *context, size_t index, struct dns_worker *worker)
{
	const struct inquiry *inquiry = context;
	struct dns_guess *guess = &inquiry->guesses[index];
	/* A copy per thread: messages say what the session is working on. */
	struct dns_session copy = *inquiry->session;

	copy.worker = worker;
	guess->found = copy.provider->find_zone(&copy, guess->name, &guess->id, &guess->error) == 0;
}

static int ask_about(struct inquiry *inquiry, struct error *err)
{
	struct dns_session *session = inquiry->session;

	if (session->provider->find_zones)
		return session->provider->find_zones(session, inquiry->guesses, inquiry->count,
						     err);
	dns_crew_run(session->host, ask_one, inquiry, inquiry->count);
	for (size_t i = 0; i < inquiry->count; i++)
		if (inquiry->guesses[i].error.code == ERR_CANCELLED)
			return error_copy(err, &inquiry->guesses[i].error);
	return 0;
}

/* Asks about the names, none of which is known, and keeps the answers. */
static int ask_and_remember(struct dns_session *session, const struct strvec *names,
			    struct error *err)
{
	AUTO_FREE struct dns_guess *guesses = xcalloc(names->count + 1, sizeof(*guesses));
	struct inquiry inquiry = {session, guesses, names->count};
	int rc = 0;

	for (size_t i = 0; i < names->count; i++)
		guesses[i].name = names->items[i];
	if (names->count)
		rc = ask_about(&inquiry, err);
	for (size_t i = 0; i < names->count; i++) {
		if (rc == 0) {
			struct entry *entry = remember_guess(session->directory, guesses[i].name,
							     guesses[i].found,
							     STEAL(guesses[i].id));

			error_move(&entry->error, &guesses[i].error);
		}
		free(guesses[i].id);
		error_release(&guesses[i].error);
	}
	return rc;
}

/* Names here are lower case and without a final dot. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}

/* Asks about one name. *ret_known (borrowed) is what is known then; NULL: there is no such zone. */
static int try_guess(struct dns_session *session, const char *guess, const struct entry **ret_known,
		     struct error *err)
{
	const struct entry *known = map_get(&session->directory->entries, guess);

	if (!known && !has_list(session)) {
		AUTO(strvec) struct strvec names = STRVEC_INIT;

		strvec_push(&names, guess);
		if (ask_and_remember(session, &names, err) < 0)
			return err->code;
		known = map_get(&session->directory->entries, guess);
	}
	if (known && !is_passed_over(&known->error))
		return error_copy(err, &known->error);
	*ret_known = known;
	return 0;
}

/* The failures of a search without success. */
struct misses {
	struct strvec tried;
	const struct error
		*reason;    /* of a name that was skipped: a refusal, or an error with a hint */
	bool only_refusals; /* top-level domains after one do not count */
};

/* The answer about a top-level domain says little: nobody has it as a zone there. */
static void note_miss(struct misses *misses, const char *guess, const struct entry *known)
{
	const struct error *error = known ? &known->error : NULL;
	bool is_refusal = error && error->code == ERR_REFUSED;

	strvec_push(&misses->tried, guess);
	if (!strchr(guess, '.') && misses->reason)
		return;
	if (is_refusal || (error && error->hint))
		misses->reason = error;
	misses->only_refusals &= is_refusal;
}

static int report_misses(const struct dns_session *session, const char *name,
			 const struct misses *misses, struct error *err)
{
	const struct error *reason = misses->reason;
	AUTO_FREE char *list = strvec_join(&misses->tried, ", ");

	if (reason && reason->code == ERR_REFUSED && misses->only_refusals) {
		error_copy(err, reason);
		return error_recode(err, ERR_CONFIG);
	}
	error_set(err, ERR_CONFIG, "cannot find the zone of '%s' at %s: it has none of %s", name,
		  session->provider->title, list);
	if (reason)
		error_hint(err, "%s", reason->code == ERR_REFUSED ? reason->text : reason->hint);
	return err->code;
}

/* From the longest name: where a zone and its child are both at the provider, the record belongs in
 * the child. */
static int search(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err)
{
	struct misses misses = {.tried = STRVEC_INIT, .only_refusals = true};
	const struct entry *known = NULL;
	int rc = 0;

	for (const char *guess = name; rc == 0 && guess; guess = parent_of(guess)) {
		rc = try_guess(session, guess, &known, err);
		if (rc == 0 && known && known->zone.name)
			break;
		if (rc == 0)
			note_miss(&misses, guess, known);
		known = NULL;
	}
	if (rc == 0 && !known)
		rc = report_misses(session, name, &misses, err);
	if (rc == 0)
		*ret_zone = &known->zone;
	strvec_release(&misses.tried);
	return rc;
}

/* Adds the name unless it is known or already among the guesses. */
static void add_guess(const struct dns_directory *directory, const char *name, struct map *seen,
		      struct strvec *guesses)
{
	if (map_contains(&directory->entries, name) || map_contains(seen, name))
		return;
	map_set(seen, name, seen);
	strvec_push(guesses, name);
}

static bool is_zone(const struct dns_directory *directory, const char *name)
{
	const struct entry *known = map_get(&directory->entries, name);

	return known && known->zone.name;
}

/* Adds the names to ask next: all that lead to an answer at once, or one level at a time if each of
 * them costs a call. */
static void add_guesses(const struct dns_session *session, const char *name, struct map *seen,
			struct strvec *guesses)
{
	const struct dns_directory *directory = session->directory;

	for (const char *guess = name; guess; guess = parent_of(guess)) {
		const struct entry *known = map_get(&directory->entries, guess);

		if (known && (known->zone.name ||
			      (error_is_set(&known->error) && known->error.code != ERR_NOT_FOUND)))
			return;
		add_guess(directory, guess, seen, guesses);
		if (!known && !session->provider->find_zones)
			return;
	}
}

static void find_guesses(const struct dns_session *session, const struct dns_wanted *wanted,
			 size_t count, struct strvec *ret_guesses)
{
	AUTO(map) struct map seen = MAP_INIT(NULL);

	for (size_t i = 0; i < count; i++)
		add_guesses(session, wanted[i].name, &seen, ret_guesses);
}

/* --- zones that the names are likely to be in --- */

/* Counts how many of the names are directly below each parent: parent → size_t. */
static void count_siblings(const struct dns_wanted *wanted, size_t count, struct map *ret_counts)
{
	for (size_t i = 0; i < count; i++) {
		const char *parent = parent_of(wanted[i].name);
		size_t *siblings = parent ? map_get(ret_counts, parent) : NULL;

		if (!parent)
			continue;
		if (!siblings) {
			siblings = XNEW(size_t);
			map_set(ret_counts, parent, siblings);
		}
		++*siblings;
	}
}

/* The zone that a name is likely to be in, or NULL. Borrowed. */
static const char *likely_zone(const struct dns_wanted *wanted, const struct map *siblings)
{
	const char *parent = parent_of(wanted->name);
	const size_t *count = parent ? map_get(siblings, parent) : NULL;

	if (wanted->hint)
		return dns_is_in_zone(wanted->name, wanted->hint) ? wanted->hint : NULL;
	/* Names that have others below them may well be zones, and top-level domains are not. */
	return count && *count > MANY_SIBLINGS && parent_of(parent) &&
			       !map_contains(siblings, wanted->name)
		       ? parent
		       : NULL;
}

/* Asks for the likely zones, and notes that nothing between them and the names is one. */
static int ask_likely(struct dns_session *session, const struct dns_wanted *wanted, size_t count,
		      struct error *err)
{
	struct dns_directory *directory = session->directory;
	AUTO(map) struct map siblings = MAP_INIT(free);
	AUTO(map) struct map seen = MAP_INIT(NULL);
	AUTO(strvec) struct strvec guesses = STRVEC_INIT;

	count_siblings(wanted, count, &siblings);
	for (size_t i = 0; i < count; i++) {
		const char *likely = likely_zone(&wanted[i], &siblings);

		if (likely)
			add_guess(directory, likely, &seen, &guesses);
	}
	if (ask_and_remember(session, &guesses, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const char *likely = likely_zone(&wanted[i], &siblings), *name = wanted[i].name;

		for (; likely && is_zone(directory, likely) && strcmp(name, likely) != 0;
		     name = parent_of(name))
			if (!map_contains(&directory->entries, name))
				remember_guess(directory, name, false, NULL);
	}
	return 0;
}

/* A question that failed before may be answered now. */
static void forget_failures(struct dns_directory *directory)
{
	for (size_t i = directory->entries.count; i-- > 0;) {
		const struct entry *entry = directory->entries.entries[i].value;
		AUTO_FREE char *name = xstrdup(directory->entries.entries[i].key);

		if (!is_passed_over(&entry->error))
			map_remove(&directory->entries, name);
	}
}

int dns_learn_zones(struct dns_session *session, const struct dns_wanted *wanted, size_t count,
		    struct error *err)
{
	if (session->provider->flags & DNS_NO_ZONES)
		return 0;
	if (has_list(session))
		return 0;
	forget_failures(session->directory);
	if (!session->provider->find_zones && ask_likely(session, wanted, count, err) < 0)
		return err->code;
	for (;;) {
		AUTO(strvec) struct strvec guesses = STRVEC_INIT;

		find_guesses(session, wanted, count, &guesses);
		if (!guesses.count)
			return 0;
		if (ask_and_remember(session, &guesses, err) < 0)
			return err->code;
	}
}

int dns_find_zone(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err)
{
	if (has_list(session) && load_list(session, err) < 0)
		return err->code;
	return search(session, name, ret_zone, err);
}
