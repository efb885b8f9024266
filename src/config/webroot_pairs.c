/*
 * Pairs webroots with names (see webroot_pairs.h).
 */
#include "config/webroot_pairs.h"

#include "base/alloc.h"
#include "base/span.h"
#include "config/names.h"
#include "config/string_map.h"
#include "os/file/file.h"

/* Found at once, in Certbot's words: a typo would otherwise show as a failed challenge, and those
 * are limited. */
static int check_directory(const char *path, char **ret_path, struct error *err)
{
	if (!file_is_dir(path))
		return error_set(err, ERR_CONFIG, "%s does not exist or is not a directory", path);
	*ret_path = path_absolute(path);
	return 0;
}

/* Names without a directory so far get the latest one. */
static void map_earlier_names(struct settings *settings, const char *dest, const char *path,
			      enum origin origin)
{
	const struct strvec *names = settings_list(settings, dest);

	for (size_t i = 0; i < names->count; i++)
		if (!map_contains(settings_map(settings, "webroot_map"), names->items[i]))
			settings_map_set(settings, "webroot_map", names->items[i], path, origin);
}

int webroot_pairs_add_path(struct webroot_pairs *pairs, struct settings *settings, const char *path,
			   enum origin origin, struct error *err)
{
	const struct strvec *paths = settings_list(settings, "webroot_path");
	AUTO_FREE char *directory = NULL;

	if (pairs->names_came_first)
		return error_set(err, ERR_CONFIG,
				 "If you specify multiple webroot paths, one of them must precede "
				 "all domain flags");
	if (check_directory(path, &directory, err) < 0)
		return err->code;
	if (paths->count) {
		const char *latest = paths->items[paths->count - 1];

		map_earlier_names(settings, "domains", latest, origin);
		map_earlier_names(settings, "ip_addresses", latest, origin);
	} else {
		pairs->names_came_first = settings_list(settings, "domains")->count ||
					  settings_list(settings, "ip_addresses")->count;
	}
	settings_push(settings, "webroot_path", directory, origin);
	return 0;
}

/* The name of a key of the map, also added to what the certificate is asked for. A map may name
 * what no -d does; Certbot adds it to the certificate too. */
static int add_name(struct settings *settings, const char *text, enum origin origin,
		    char **ret_name, struct error *err)
{
	AUTO(error) struct error not_address = ERROR_INIT;

	if (names_check_ip(text, ret_name, &not_address) == 0) {
		settings_push_unique(settings, "ip_addresses", *ret_name, origin);
		return 0;
	}
	if (names_check_domain(text, ret_name, err) < 0)
		return err->code;
	settings_push_unique(settings, "domains", *ret_name, origin);
	return 0;
}

static int map_names(struct settings *settings, const char *names, const char *directory,
		     enum origin origin, struct error *err)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	strvec_split(&items, names, ",");
	for (size_t i = 0; i < items.count; i++) {
		AUTO_FREE char *name = NULL;

		if (add_name(settings, items.items[i], origin, &name, err) < 0)
			return err->code;
		settings_map_set(settings, "webroot_map", name, directory, origin);
	}
	return 0;
}

int webroot_pairs_add_map(struct settings *settings, const struct option *option, const char *json,
			  enum origin origin, struct error *err)
{
	AUTO(map) struct map given = MAP_INIT(free);

	if (string_map_parse(option, json, &given, err) < 0)
		return err->code;
	for (size_t i = 0; i < given.count; i++) {
		AUTO_FREE char *directory = NULL;

		if (check_directory(given.entries[i].value, &directory, err) < 0 ||
		    map_names(settings, given.entries[i].key, directory, origin, err) < 0)
			return err->code;
	}
	return 0;
}
