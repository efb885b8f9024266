/*
 * Zone search (see directory.h). The answers, also "no such zone", are kept: a run over a hundred
 * names of one zone asks once.
 */
#include "dns/directory.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "dns/provider.h"

struct dns_directory {
	struct map zones; /* name -> struct dns_zone; its name is NULL when there is no such zone */
	bool listed;      /* list_zones() has been asked: what is not in the map does not exist */
};

static void zone_free(void *value)
{
	struct dns_zone *zone = value;

	free(zone->name);
	free(zone->id);
	free(zone);
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

	directory->zones = (struct map)MAP_INIT(zone_free);
	return directory;
}

void dns_directory_free(struct dns_directory *directory)
{
	if (!directory)
		return;
	map_release(&directory->zones);
	free(directory);
}

/* Keeps an answer. `own_id` is taken over. */
static struct dns_zone *remember(struct dns_directory *directory, const char *guess, bool exists,
				 char *own_id)
{
	struct dns_zone *zone = XNEW(struct dns_zone);

	zone->name = exists ? xstrdup(guess) : NULL;
	zone->id = own_id;
	map_set(&directory->zones, guess, zone);
	return zone;
}

/* Fetches the list of zones once. Of zones with the same name the first counts. */
static int load_list(struct dns_session *session, struct error *err)
{
	struct dns_directory *directory = session->directory;
	struct dns_zones zones = {.items = NULL};
	int rc;

	if (directory->listed)
		return 0;
	rc = session->provider->list_zones(session, &zones, err);
	for (size_t i = 0; rc == 0 && i < zones.count; i++)
		if (!map_contains(&directory->zones, zones.items[i].name))
			remember(directory, zones.items[i].name, true, STEAL(zones.items[i].id));
	directory->listed = rc == 0;
	zones_release(&zones);
	return rc;
}

/* Asks about one name; `hint` collects why a name was not accepted. */
static int try_guess(struct dns_session *session, const char *guess,
		     const struct dns_zone **ret_zone, struct error *hint, struct error *err)
{
	const struct dns_zone *known = map_get(&session->directory->zones, guess);
	AUTO(error) struct error failure = ERROR_INIT;
	char *id = NULL;

	if (!known && !session->provider->list_zones) {
		int rc = session->provider->find_zone(session, guess, &id, &failure);

		if (rc < 0 && rc != ERR_NOT_FOUND)
			return error_move(err, &failure);
		if (failure.hint) {
			error_release(hint);
			error_move(hint, &failure);
		}
		known = remember(session->directory, guess, rc == 0, id);
	}
	*ret_zone = known && known->name ? known : NULL;
	return 0;
}

static int search(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err)
{
	AUTO(strvec) struct strvec tried = STRVEC_INIT;
	AUTO(error) struct error hint = ERROR_INIT;
	AUTO_FREE char *list = NULL;

	for (const char *guess = name; guess; guess = strchr(guess, '.')) {
		guess += *guess == '.';
		session->zone = guess;
		if (try_guess(session, guess, ret_zone, &hint, err) < 0)
			return err->code;
		if (*ret_zone)
			return 0;
		strvec_push(&tried, guess);
	}
	list = strvec_join(&tried, ", ");
	error_set(err, ERR_CONFIG, "cannot find the zone of '%s' at %s: it has none of %s", name,
		  session->provider->title, list);
	if (hint.hint)
		error_hint(err, "%s", hint.hint);
	return err->code;
}

int dns_find_zone(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err)
{
	int rc = session->provider->list_zones ? load_list(session, err) : 0;

	if (rc == 0)
		rc = search(session, name, ret_zone, err);
	session->zone = NULL;
	return rc;
}
