/*
 * Typed values with their origins (see settings.h). Only values that differ from the defaults are
 * stored; a default is read from its row each time, so the cost of a clone depends on how many were
 * set. saved_options.c decides which values a renewal conf keeps.
 */
#include "config/settings.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

enum kind {
	KIND_FLAG,
	KIND_NUMBER,
	KIND_TEXT,
	KIND_LIST,
	KIND_MAP,
};

/* Several types share a kind once they are parsed, so functions for values need not know how a text
 * is written. */
static const enum kind kinds[] = {
	[OPTION_FLAG] = KIND_FLAG,       [OPTION_FLAG_FALSE] = KIND_FLAG,
	[OPTION_STRING] = KIND_TEXT,     [OPTION_INT] = KIND_NUMBER,
	[OPTION_UINT] = KIND_NUMBER,     [OPTION_PATH] = KIND_TEXT,
	[OPTION_LIST] = KIND_LIST,       [OPTION_COMMA_LIST] = KIND_LIST,
	[OPTION_COUNT] = KIND_NUMBER,    [OPTION_MAP] = KIND_MAP,
	[OPTION_CONST] = KIND_LIST,
};
STATIC_ASSERT(ARRAY_LEN(kinds) == OPTION_TYPE__COUNT, "every option type has a kind");

/* One value that was set. Only the member of its kind is in use. */
struct setting {
	const struct option *option; /* first row of the dest */
	enum origin origin;
	int64_t number; /* also of flags: 0 or 1 */
	char *text;     /* NULL: set to nothing */
	struct strvec items;
	struct map map;
};

struct settings {
	const struct option_table *table;
	struct setting **items; /* in the order in which they were first set */
	size_t count, capacity;
	struct map programs; /* dest -> struct program_value */
};

/* Of an option that a plugin program declares. */
struct program_value {
	enum origin origin;
	char *text;
};

static void free_program_value(void *own_value)
{
	struct program_value *value = own_value;

	free(value->text);
	free(value);
}

struct settings *settings_new(const struct option_table *table)
{
	struct settings *settings = XNEW(struct settings);

	settings->table = table;
	settings->programs = (struct map)MAP_INIT(free_program_value);
	return settings;
}

/* All members are made, used or not: freeing need not know the kind. */
static struct setting *setting_new(const struct option *option)
{
	struct setting *setting = XNEW(struct setting);

	setting->option = option;
	strvec_init(&setting->items);
	setting->map = (struct map)MAP_INIT(free);
	return setting;
}

static void setting_free(struct setting *setting)
{
	free(setting->text);
	strvec_release(&setting->items);
	map_release(&setting->map);
	free(setting);
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->count; i++)
		setting_free(settings->items[i]);
	free(settings->items);
	map_release(&settings->programs);
	free(settings);
}

/* One per lineage: what `renew` takes from one conf must not show in the next. */
struct settings *settings_clone(const struct settings *settings)
{
	struct settings *clone = settings_new(settings->table);

	clone->items = xcalloc(settings->count, sizeof(*clone->items));
	clone->capacity = settings->count;
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *from = settings->items[i];
		struct setting *to = setting_new(from->option);

		to->origin = from->origin;
		to->number = from->number;
		to->text = xstrdup_or_null(from->text);
		strvec_extend(&to->items, &from->items);
		for (size_t j = 0; j < from->map.count; j++)
			map_set(&to->map, from->map.entries[j].key,
				xstrdup(from->map.entries[j].value));
		clone->items[clone->count++] = to;
	}
	for (size_t i = 0; i < settings->programs.count; i++) {
		const struct program_value *value = settings->programs.entries[i].value;

		settings_set_program_option(clone, settings->programs.entries[i].key, value->text,
					    value->origin);
	}
	return clone;
}

const struct option_table *settings_table(const struct settings *settings)
{
	return settings->table;
}

const struct option *settings_set_row(const struct settings *settings, size_t index)
{
	return index < settings->count ? settings->items[index]->option : NULL;
}

/* A dest is a word in the source, so an unknown one is a typo. */
static const struct option *row_of(const struct settings *settings, const char *dest)
{
	const struct option *option = option_table_find(settings->table, dest);

	if (!option)
		BUG("no option has the dest '%s'", dest);
	return option;
}

/* A run sets about twenty, so a list is as quick as a map. */
static struct setting *find_setting(const struct settings *settings, const struct option *option)
{
	for (size_t i = 0; i < settings->count; i++)
		if (settings->items[i]->option == option)
			return settings->items[i];
	return NULL;
}

/* The row of the dest, whose values must be of the given kind. */
static const struct option *row_of_kind(const struct settings *settings, const char *dest,
					enum kind kind)
{
	const struct option *option = row_of(settings, dest);

	if (kinds[option->type] != kind)
		BUG("option '%s' used with a wrong type", dest);
	return option;
}

/* The setting to write to, made when it is not there yet. */
static struct setting *edit(struct settings *settings, const char *dest, enum kind kind,
			    enum origin origin)
{
	const struct option *option = row_of_kind(settings, dest, kind);
	struct setting *setting = find_setting(settings, option);

	if (!setting) {
		setting = setting_new(option);
		ARRAY_GROW(settings->items, settings->count, settings->capacity);
		settings->items[settings->count++] = setting;
	}
	setting->origin = origin;
	return setting;
}

/* Defaults are texts in the rows, because help prints them. */
static int64_t default_number(const struct option *option)
{
	int64_t number = 0;

	if (option->fallback && !str_to_int64(option->fallback, INT64_MIN, INT64_MAX, &number))
		BUG("option '%s' has a default that is not a number", option->dest);
	return number;
}

const char *settings_string(const struct settings *settings, const char *dest)
{
	const struct option *option = row_of_kind(settings, dest, KIND_TEXT);
	const struct setting *setting = find_setting(settings, option);

	return setting ? setting->text : option->fallback;
}

const char *settings_config_dir(const struct settings *settings)
{
	return settings_string(settings, "config_dir");
}

int64_t settings_int(const struct settings *settings, const char *dest)
{
	const struct option *option = row_of_kind(settings, dest, KIND_NUMBER);
	const struct setting *setting = find_setting(settings, option);

	return setting ? setting->number : default_number(option);
}

/* Some flags mean a third thing when they are not given, such as --redirect: ask, or the plugin
 * decides. */
int settings_tristate(const struct settings *settings, const char *dest)
{
	const struct option *option = row_of_kind(settings, dest, KIND_FLAG);
	const struct setting *setting = find_setting(settings, option);

	if (setting)
		return (int)setting->number;
	if (option->fallback)
		return strcmp(option->fallback, "true") == 0;
	return option->flags & OPTION_TRISTATE ? -1 : 0;
}

bool settings_flag(const struct settings *settings, const char *dest)
{
	return settings_tristate(settings, dest) == 1;
}

const struct strvec *settings_list(const struct settings *settings, const char *dest)
{
	/* An empty list is shared, so that callers need no check for NULL. */
	static const struct strvec none = STRVEC_INIT;
	const struct setting *setting = find_setting(settings,
						     row_of_kind(settings, dest, KIND_LIST));

	return setting ? &setting->items : &none;
}

const struct map *settings_map(const struct settings *settings, const char *dest)
{
	static const struct map none = MAP_INIT(free);
	const struct setting *setting = find_setting(settings,
						     row_of_kind(settings, dest, KIND_MAP));

	return setting ? &setting->map : &none;
}

void settings_set_string(struct settings *settings, const char *dest, const char *value,
			 enum origin origin)
{
	struct setting *setting = edit(settings, dest, KIND_TEXT, origin);

	REPLACE(setting->text, xstrdup_or_null(value));
}

void settings_set_int(struct settings *settings, const char *dest, int64_t value,
		      enum origin origin)
{
	edit(settings, dest, KIND_NUMBER, origin)->number = value;
}

void settings_set_flag(struct settings *settings, const char *dest, bool value, enum origin origin)
{
	edit(settings, dest, KIND_FLAG, origin)->number = value;
}

void settings_set_list(struct settings *settings, const char *dest, const struct strvec *items,
		       enum origin origin)
{
	struct setting *setting = edit(settings, dest, KIND_LIST, origin);
	/* Copied first: `items` may be the very list that is replaced. */
	AUTO(strvec) struct strvec copy = STRVEC_INIT;

	strvec_extend(&copy, items);
	strvec_release(&setting->items);
	setting->items = copy;
	strvec_init(&copy);
}

void settings_push(struct settings *settings, const char *dest, const char *item,
		   enum origin origin)
{
	strvec_push(&edit(settings, dest, KIND_LIST, origin)->items, item);
}

void settings_push_unique(struct settings *settings, const char *dest, const char *item,
			  enum origin origin)
{
	strvec_push_unique(&edit(settings, dest, KIND_LIST, origin)->items, item);
}

void settings_map_set(struct settings *settings, const char *dest, const char *key,
		      const char *value, enum origin origin)
{
	map_set(&edit(settings, dest, KIND_MAP, origin)->map, key, xstrdup(value));
}

const char *settings_program_option(const struct settings *settings, const char *dest)
{
	const struct program_value *value = map_get(&settings->programs, dest);

	return value ? value->text : NULL;
}

/* Unlike rows, whose caller asks beats_conf() before: nothing else knows that this option
 * exists. */
void settings_set_program_option(struct settings *settings, const char *dest, const char *value,
				 enum origin origin)
{
	const struct program_value *present = map_get(&settings->programs, dest);
	struct program_value *set;

	if (present && present->origin > origin)
		return;
	set = XNEW(struct program_value);
	set->origin = origin;
	set->text = xstrdup(value);
	map_set(&settings->programs, dest, set);
}

const struct map *settings_program_options(const struct settings *settings)
{
	return &settings->programs;
}

/* The origin goes too: the option counts as never given. */
void settings_unset(struct settings *settings, const char *dest)
{
	const struct option *option = row_of(settings, dest);

	for (size_t i = 0; i < settings->count; i++) {
		if (settings->items[i]->option != option)
			continue;
		setting_free(settings->items[i]);
		settings->count--;
		memmove(settings->items + i, settings->items + i + 1,
			(settings->count - i) * sizeof(*settings->items));
		return;
	}
}

/* An option that nobody set has no entry. */
enum origin settings_origin(const struct settings *settings, const char *dest)
{
	const struct setting *setting = find_setting(settings, row_of(settings, dest));

	return setting ? setting->origin : ORIGIN_DEFAULT;
}

/* Values that a check derives from an option count as the user's. */
static bool is_by_user(enum origin origin)
{
	return origin >= ORIGIN_RUNTIME;
}

/* True when a flag such as --nginx or --webroot, or --configurator, was set. */
static bool selector_is_set(const struct settings *settings, unsigned selects)
{
	for (size_t i = 0; i < settings->count; i++)
		if (settings->items[i]->option->flags & selects &&
		    is_by_user(settings->items[i]->origin))
			return true;
	return false;
}

/* The table is Certbot's VAR_MODIFIERS: an option may be set by means of another one. */
bool settings_is_set_by_user(const struct settings *settings, const char *dest)
{
	static const struct {
		const char *dest;
		const char *modifiers[2];
		unsigned selectors;
	} modified[] = {
		{.dest = "account", .modifiers = {"server"}},
		{.dest = "server", .modifiers = {"dry_run", "staging"}},
		{.dest = "webroot_map", .modifiers = {"webroot_path"}},
		{.dest = "authenticator", .selectors = OPTION_SELECTS_AUTHENTICATOR},
		{.dest = "installer", .selectors = OPTION_SELECTS_INSTALLER},
	};

	if (is_by_user(settings_origin(settings, dest)))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(modified); i++) {
		if (strcmp(modified[i].dest, dest) != 0)
			continue;
		for (size_t j = 0; j < 2 && modified[i].modifiers[j]; j++)
			if (settings_is_set_by_user(settings, modified[i].modifiers[j]))
				return true;
		return selector_is_set(settings, modified[i].selectors);
	}
	return false;
}

void settings_follow_tls_sni_port(struct settings *settings)
{
	enum origin origin = settings_origin(settings, "tls_sni_01_port");

	if (origin != ORIGIN_DEFAULT && !settings_is_set_by_user(settings, "https_port"))
		settings_set_int(settings, "https_port", settings_int(settings, "tls_sni_01_port"),
				 origin);
}
