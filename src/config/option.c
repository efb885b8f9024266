/*
 * The table of option rows, and questions about a single row. settings.c handles values, the
 * scanner abbreviated names.
 */
#include "config/option.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "config/options/option_rows.h"
#include "config/plugin_names.h"

static const struct option_group *const core_groups[] = {
	&request_options, &security_options, &renewal_options, &command_options, &selection_options,
	&fleet_options,
};

/* A bug and not an error: rows are built in, so a clash shows in the first test that makes a
 * table. */
static void add_option_name(struct option_table *table, const char *name, const struct option *row)
{
	if (!map_add(&table->by_name, name, (void *)row))
		BUG("two option rows are named '%s'", name);
}

/* Most rows have one name, which needs no copy: each start makes this table. */
static void add_names(struct option_table *table, const struct option *row)
{
	struct span rest = span_of(row->names), name;

	if (!strchr(row->names, ' ')) {
		add_option_name(table, row->names, row);
		return;
	}
	while (span_take_until(&rest, ' ', &name)) {
		char *cut = span_dup(name);

		strvec_give(&table->cut_names, cut);
		add_option_name(table, cut, row);
	}
}

/* The first row of a dest stands for it: --redirect and --no-redirect share one value. */
void option_table_add(struct option_table *table, const struct option *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ARRAY_GROW(table->rows, table->count, table->capacity);
		table->rows[table->count++] = &rows[i];
		map_add(&table->by_dest, rows[i].dest, (void *)&rows[i]);
		add_names(table, &rows[i]);
	}
}

void option_table_init(struct option_table *table)
{
	*table = (struct option_table){
		.by_dest = MAP_OF_BORROWED,
		.by_name = MAP_OF_BORROWED,
		.cut_names = STRVEC_INIT,
	};
	for (size_t i = 0; i < ARRAY_LEN(core_groups); i++)
		option_table_add(table, core_groups[i]->rows, core_groups[i]->count);
	table->core_count = table->count;
}

void option_table_release(struct option_table *table)
{
	free(table->rows);
	map_release(&table->by_dest);
	map_release(&table->by_name);
	strvec_release(&table->cut_names);
	*table = (struct option_table){.rows = NULL};
}

const struct option *option_table_find(const struct option_table *table, const char *dest)
{
	return map_get(&table->by_dest, dest);
}

static void replace_bytes(char *text, char from, char to)
{
	for (char *c = text; *c; c++)
		if (*c == from)
			*c = to;
}

/* The name with what its plugin is called today, after "--": of "cpanel-credentials" it is
 * "--dns-cpanel-credentials". Heap. */
static char *present_name(const char *name)
{
	AUTO_FREE char *key = xstrdup(name);
	AUTO_FREE char *present = NULL;
	char *found;

	replace_bytes(key, '-', '_');
	present = plugin_key_present(key);
	found = xasprintf("--%s", present);
	replace_bytes(found + 2, '_', '-');
	return found;
}

/* The row of a plugin that has the name; core options never had other names. */
static const struct option *find_of_plugin(const struct option_table *table, char *own_name)
{
	AUTO_FREE char *name = own_name;
	const struct option *option = map_get(&table->by_name, name);

	return option && !option_table_is_core(table, option) ? option : NULL;
}

/* Plugins outside Certbot had a prefix such as "certbot-route53:auth-" once ("letsencrypt-..." in
 * still older times), or another name, and scripts still type it. What a row says itself comes
 * first, with the prefix and without. */
const struct option *option_table_find_name(const struct option_table *table, const char *name)
{
	const struct option *option = map_get(&table->by_name, name);
	const char *colon = strrchr(name, ':');

	if (option || name[0] != '-' || name[1] != '-')
		return option;
	if (str_starts(name, "--letsencrypt-")) {
		AUTO_FREE char *renamed = xasprintf("--certbot-%s",
						    name + strlen("--letsencrypt-"));

		return option_table_find_name(table, renamed);
	}
	if (colon)
		option = find_of_plugin(table, xasprintf("--%s", colon + 1));
	return option ? option : find_of_plugin(table, present_name(name + 2));
}

/* Confs may have the key under the name of the option where that differs from the dest. */
const struct option *option_table_find_saved(const struct option_table *table, const char *key)
{
	const struct option *option = option_table_find(table, key);
	AUTO_FREE char *name = NULL;

	if (option)
		return option;
	name = xasprintf("--%s", key);
	replace_bytes(name, '_', '-');
	return option_table_find_name(table, name);
}

bool option_table_is_core(const struct option_table *table, const struct option *option)
{
	for (size_t i = 0; i < table->core_count; i++)
		if (table->rows[i] == option)
			return true;
	return false;
}

/* The one for messages: "-d" alone tells little in a log. */
char *option_long_name(const struct option *option)
{
	struct span rest = span_of(option->names), name;

	while (span_take_until(&rest, ' ', &name))
		if (name.len > 2 && name.ptr[1] == '-')
			return span_dup(name);
	BUG("option '%s' has no long name", option->dest);
}

bool option_has_topic(const struct option *option, const char *topic)
{
	struct span rest = span_of(option->topics), word;

	while (span_take_until(&rest, ' ', &word))
		if (span_eq(word, topic))
			return true;
	return false;
}

bool option_takes_value(const struct option *option)
{
	switch (option->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_FALSE:
	case OPTION_COUNT:
	case OPTION_CONST:
		return false;
	case OPTION_STRING:
	case OPTION_INT:
	case OPTION_UINT:
	case OPTION_PATH:
	case OPTION_LIST:
	case OPTION_COMMA_LIST:
	case OPTION_MAP:
	case OPTION_TYPE__COUNT:
		break;
	}
	return true;
}

char *option_choice(const struct option *option, const char *word)
{
	struct span rest = span_of(option->choices), choice;

	while (span_take_until(&rest, ' ', &choice)) {
		struct span written;
		bool same;

		span_take_until(&choice, '=', &written);
		same = option->flags & OPTION_ANY_CASE ? span_eq_nocase(written, word)
						       : span_eq(written, word);
		if (same)
			return span_dup(choice.len ? choice : written);
	}
	return NULL;
}

int option_refuse(const struct option *option, struct error *err, const char *format, ...)
{
	AUTO_FREE char *names = xstrdup(option->names);
	va_list args;

	for (char *c = names; *c; c++)
		if (*c == ' ')
			*c = '/';
	va_start(args, format);
	error_setv(err, ERR_USAGE, format, args);
	va_end(args);
	return error_wrap(err, "argument %s", names);
}
