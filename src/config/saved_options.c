/*
 * Settings in the [renewalparams] section of a renewal conf, read and written as Certbot does, so
 * that either program can renew what the other obtained. store/ handles the file itself and its
 * other sections.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "config/plugin_names.h"
#include "config/servers.h"
#include "config/settings.h"

/* How the file spells "no value". */
#define NONE "None"
/* All preferred challenge types, where `pref_challs` cannot have them. A key of ours, which Certbot
 * ignores. */
#define ALL_CHALLENGES "preferred_challenges"

static const char *key_of(const struct option *option)
{
	return option->saved_as ? option->saved_as : option->dest;
}

/* False for a row whose dest an earlier row has. */
static bool is_first(const struct settings *settings, const struct option *row)
{
	return option_table_find(settings_table(settings), row->dest) == row;
}

/* ---- Writing ---- */

static const char *flag_text(int tristate)
{
	if (tristate < 0)
		return NONE;
	return tristate ? "True" : "False";
}

static void write_map(const struct settings *settings, const struct option *option,
		      struct ini_section *section)
{
	const struct map *map = settings_map(settings, option->dest);
	struct ini_section *pairs = ini_add_section(section, key_of(option));

	for (size_t i = 0; i < map->count; i++)
		ini_set(pairs, map->entries[i].key, map->entries[i].value);
}

static void write_number(const struct settings *settings, const struct option *option,
			 struct ini_section *section)
{
	AUTO_FREE char *text = xasprintf("%lld", (long long)settings_int(settings, option->dest));

	ini_set(section, key_of(option), text);
}

static void write_value(const struct settings *settings, const struct option *option,
			struct ini_section *section)
{
	const char *text;

	if (option->flags & OPTION_SECRET)
		ini_mark_secret(section);
	switch (option->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_FALSE:
		ini_set(section, key_of(option),
			flag_text(settings_tristate(settings, option->dest)));
		break;
	case OPTION_STRING:
	case OPTION_PATH:
		text = settings_string(settings, option->dest);
		ini_set(section, key_of(option), text ? text : NONE);
		break;
	case OPTION_INT:
	case OPTION_UINT:
	case OPTION_COUNT:
		write_number(settings, option, section);
		break;
	case OPTION_LIST:
	case OPTION_COMMA_LIST:
	case OPTION_CONST:
		ini_set_list(section, key_of(option), settings_list(settings, option->dest));
		break;
	case OPTION_MAP:
		write_map(settings, option, section);
		break;
	case OPTION_TYPE__COUNT:
		break;
	}
}

/* True for what the run was told or found in the conf; defaults may change with the version. So a
 * default that a later version changes reaches old lineages too, unless the user had chosen. */
static bool was_given(const struct settings *settings, const struct option *option)
{
	return settings_origin(settings, option->dest) != ORIGIN_DEFAULT ||
	       settings_is_set_by_user(settings, option->dest);
}

/* Core rows say that they are saved; all effective rows of plugins are. */
static bool is_saved(const struct settings *settings, const struct option *option)
{
	if (option->flags & (OPTION_DEPRECATED | OPTION_SILENT_NOOP))
		return false;
	return option->flags & OPTION_SAVED ||
	       !option_table_is_core(settings_table(settings), option);
}

/* Tried rather than judged: the rules of quotes, lists and encodings are those of codec/ini, and a
 * second copy here would drift. */
bool settings_can_save(const struct settings *settings, const struct option *option,
		       const char *text)
{
	AUTO(ini) struct ini *ini = ini_new();
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *read = NULL;

	if (!is_saved(settings, option))
		return true;
	return ini_set(ini_root(ini), "x", text) && ini_get(ini_root(ini), "x", &read, &err) == 0 &&
	       strcmp(read, text) == 0;
}

static const char *unsaved_text(const struct settings *settings, const struct option *row,
				const char *text)
{
	return text && !settings_can_save(settings, row, text) ? text : NULL;
}

/* The part of the row's value that a conf could not hold, or NULL. */
static const char *unsaved_part(const struct settings *settings, const struct option *row)
{
	const char *found = NULL;

	if (row->type == OPTION_STRING || row->type == OPTION_PATH) {
		found = unsaved_text(settings, row, settings_string(settings, row->dest));
	} else if (row->type == OPTION_MAP) {
		const struct map *map = settings_map(settings, row->dest);

		for (size_t i = 0; i < map->count && !found; i++)
			found = unsaved_text(settings, row, map->entries[i].value);
	} else if (row->type == OPTION_LIST || row->type == OPTION_COMMA_LIST) {
		const struct strvec *items = settings_list(settings, row->dest);

		for (size_t i = 0; i < items->count && !found; i++)
			found = unsaved_text(settings, row, items->items[i]);
	}
	return found;
}

/* A conf can hold every default. */
int settings_check_saved(const struct settings *settings, struct error *err)
{
	const struct option *row;

	for (size_t i = 0; (row = settings_set_row(settings, i)); i++) {
		const char *part = was_given(settings, row) ? unsaved_part(settings, row) : NULL;

		if (part)
			return error_set(
				err, ERR_CONFIG,
				"a renewal configuration cannot hold %s = '%s': it must be "
				"UTF-8 and without \"%%(\"",
				key_of(row), part);
	}
	return 0;
}

/* Otherwise options that an earlier run saved and this one does not want would come back at the
 * next renewal. */
static void remove_others(struct ini_section *section, const struct strvec *kept)
{
	for (size_t i = ini_key_count(section); i-- > 0;) {
		AUTO_FREE char *key = xstrdup(ini_key_at(section, i));

		if (!strvec_contains(kept, key))
			ini_remove(section, key);
	}
	for (size_t i = ini_section_count(section); i-- > 0;) {
		AUTO_FREE char *name = xstrdup(ini_section_name(ini_section_at(section, i)));

		if (!strvec_contains(kept, name))
			ini_remove_section(section, name);
	}
}

/* Like the options of other plugins, and as Certbot would write them. There is no row to say
 * whether they are saved, so all with the prefix are; nor whether one is secret. */
static void save_program_options(const struct settings *settings, const char *prefix,
				 struct ini_section *section, struct strvec *kept)
{
	const struct map *options = settings_program_options(settings);

	for (size_t i = 0; i < options->count; i++) {
		const char *dest = options->entries[i].key;

		if (!str_starts(dest, prefix))
			continue;
		ini_set(section, dest, settings_program_option(settings, dest));
		ini_mark_secret(section);
		strvec_push(kept, dest);
	}
}

/* Appends the types that Certbot knows. */
static void pick_known(const struct strvec *types, struct strvec *ret_known)
{
	for (size_t i = 0; i < types->count; i++)
		if (strcmp(types->items[i], "http-01") == 0 ||
		    strcmp(types->items[i], "dns-01") == 0)
			strvec_push(ret_known, types->items[i]);
}

/* Certbot fails on a type that it does not know, and renews by another one without it. */
static void save_challenges(const struct settings *settings, const struct option *row,
			    struct ini_section *section, struct strvec *kept)
{
	const struct strvec *all = settings_list(settings, row->dest);
	AUTO(strvec) struct strvec known = STRVEC_INIT;

	pick_known(all, &known);
	if (known.count || !all->count) {
		ini_set_list(section, key_of(row), &known);
		strvec_push(kept, key_of(row));
	}
	if (known.count == all->count)
		return;
	ini_set_list(section, ALL_CHALLENGES, all);
	strvec_push(kept, ALL_CHALLENGES);
}

static void save_row(const struct settings *settings, const struct option *row,
		     struct ini_section *section, struct strvec *kept)
{
	if (strcmp(row->dest, "pref_challs") == 0) {
		save_challenges(settings, row, section, kept);
		return;
	}
	write_value(settings, row, section);
	strvec_push(kept, key_of(row));
}

void settings_save(const struct settings *settings, struct ini_section *renewalparams)
{
	AUTO(strvec) struct strvec kept = STRVEC_INIT;
	size_t count = settings_table(settings)->count;
	const struct option *row;

	for (size_t i = 0; i < count; i++) {
		row = settings_table(settings)->rows[i];
		if (!is_first(settings, row) || !was_given(settings, row) ||
		    !is_saved(settings, row))
			continue;
		save_row(settings, row, renewalparams, &kept);
	}
	/* Defaults come last; Certbot has `server` before `key_type`, against the order of rows. */
	for (size_t i = count; i-- > 0;) {
		row = settings_table(settings)->rows[i];
		if (!(row->flags & OPTION_ALWAYS_SAVED) || !is_first(settings, row) ||
		    was_given(settings, row))
			continue;
		write_value(settings, row, renewalparams);
		strvec_push(&kept, key_of(row));
	}
	save_program_options(settings, "", renewalparams, &kept);
	remove_others(renewalparams, &kept);
}

/* For a conf that keeps its other settings. */
void settings_save_plugin(const struct settings *settings, const char *plugin,
			  struct ini_section *section)
{
	AUTO_FREE char *prefix = plugin_key_prefix(plugin);
	AUTO(strvec) struct strvec kept = STRVEC_INIT;

	save_program_options(settings, prefix, section, &kept);
	for (size_t i = 0; i < settings_table(settings)->count; i++) {
		const struct option *row = settings_table(settings)->rows[i];

		if (str_starts(row->dest, prefix) && is_first(settings, row) &&
		    was_given(settings, row) && is_saved(settings, row))
			write_value(settings, row, section);
	}
}

/* The options of a program have no rows; their keys are their names. */
static void remove_plugin(const struct settings *settings, const char *prefix,
			  struct ini_section *section)
{
	for (size_t i = 0; i < settings_table(settings)->count; i++)
		if (str_starts(settings_table(settings)->rows[i]->dest, prefix))
			ini_remove(section, key_of(settings_table(settings)->rows[i]));
	for (size_t i = ini_key_count(section); i-- > 0;) {
		AUTO_FREE char *key = xstrdup(ini_key_at(section, i));

		if (str_starts(key, prefix))
			ini_remove(section, key);
	}
}

/* A plugin that is the authenticator too keeps what the challenges need. */
void settings_replace_plugin(const struct settings *settings, const char *plugin,
			     struct ini_section *renewalparams)
{
	AUTO_FREE char *prefix = plugin_key_prefix(plugin);
	const char *authenticator = ini_peek(renewalparams, "authenticator");

	if (!authenticator || strcmp(plugin_name_present(authenticator), plugin) != 0)
		remove_plugin(settings, prefix, renewalparams);
	settings_save_plugin(settings, plugin, renewalparams);
}

/* ---- Reading ---- */

/* One value of a conf: the row it belongs to, and the key that it stands under. */
struct saved {
	const struct option *option;
	const char *key;
	const struct ini_section *section;
};

/* The words are those of Certbot's renewal.py; it accepts no "yes" here. */
static int restore_flag(struct settings *settings, const struct saved *saved, const char *text,
			struct error *err)
{
	bool value = str_eq_nocase(text, "true");

	if (!value && !str_eq_nocase(text, "false"))
		return error_set(err, ERR_PARSE, "Expected True or False for %s but found %s",
				 saved->key, text);
	settings_set_flag(settings, saved->option->dest, value, ORIGIN_RENEWAL_CONF);
	return 0;
}

static int restore_number(struct settings *settings, const struct saved *saved, const char *text,
			  struct error *err)
{
	int64_t value;

	if (!str_to_int64(text, INT64_MIN, INT64_MAX, &value))
		return error_set(err, ERR_PARSE, "Expected a numeric value for %s but found %s",
				 saved->key, text);
	settings_set_int(settings, saved->option->dest, value, ORIGIN_RENEWAL_CONF);
	return 0;
}

/* A conf is updated in memory only. The next renewal that succeeds writes the new names. */
static int restore_text(struct settings *settings, const struct saved *saved, const char *text,
			struct error *err)
{
	AUTO_FREE char *stored = saved->option->choices ? option_choice(saved->option, text) : NULL;

	if (saved->option->choices && !stored)
		return error_set(err, ERR_PARSE, "unknown value for %s: '%s'", saved->key, text);
	if (strcmp(saved->option->dest, "server") == 0)
		text = servers_present(text);
	if (strcmp(saved->option->dest, "authenticator") == 0 ||
	    strcmp(saved->option->dest, "installer") == 0)
		text = plugin_name_present(text);
	settings_set_string(settings, saved->option->dest, text, ORIGIN_RENEWAL_CONF);
	return 0;
}

/* A plain string is a list of one: Certbot before 0.1.0 saved webroot_path as such. */
static int restore_list(struct settings *settings, const struct saved *saved, struct error *err)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(strvec) struct strvec stored = STRVEC_INIT;

	if (ini_get_list(saved->section, saved->key, &items, err) < 0)
		return err->code;
	for (size_t i = 0; i < items.count; i++) {
		char *item = saved->option->choices ? option_choice(saved->option, items.items[i])
						    : xstrdup(items.items[i]);

		if (!item)
			return error_set(err, ERR_PARSE, "unknown value in %s: '%s'", saved->key,
					 items.items[i]);
		strvec_give(&stored, item);
	}
	settings_set_list(settings, saved->option->dest, &stored, ORIGIN_RENEWAL_CONF);
	return 0;
}

/* The list of ours holds as long as `pref_challs` is what was written with it: Certbot or a person
 * may have changed that. */
static int restore_challenges(struct settings *settings, const struct ini_section *section,
			      struct error *err)
{
	const struct option *row = option_table_find(settings_table(settings), "pref_challs");
	AUTO(strvec) struct strvec all = STRVEC_INIT;
	AUTO(strvec) struct strvec known = STRVEC_INIT;
	AUTO_FREE char *expected = NULL;
	AUTO_FREE char *found = NULL;

	if (ini_get_list(section, ALL_CHALLENGES, &all, err) < 0)
		return err->code;
	pick_known(&all, &known);
	expected = strvec_join(&known, ",");
	strvec_release(&known);
	if (ini_has(section, row->dest) && ini_get_list(section, row->dest, &known, err) < 0)
		return err->code;
	found = strvec_join(&known, ",");
	if (strcmp(expected, found) != 0)
		return 0;
	return restore_list(settings, &(struct saved){row, ALL_CHALLENGES, section}, err);
}

static int restore_map(struct settings *settings, const struct saved *saved, struct error *err)
{
	const struct ini_section *pairs = ini_find_section(saved->section, saved->key);

	for (size_t i = 0; pairs && i < ini_key_count(pairs); i++) {
		AUTO_FREE char *value = NULL;

		if (ini_get(pairs, ini_key_at(pairs, i), &value, err) < 0)
			return err->code;
		settings_map_set(settings, saved->option->dest, ini_key_at(pairs, i), value,
				 ORIGIN_RENEWAL_CONF);
	}
	return 0;
}

static bool is_text(const struct option *option)
{
	return option->type == OPTION_STRING || option->type == OPTION_PATH;
}

/* "None" stands for a missing text, and for the default of a port and of a plugin's options. For
 * other types Certbot does not know the word either and fails. */
static bool takes_none(const struct settings *settings, const struct option *option)
{
	return is_text(option) || strcmp(option->dest, "http01_port") == 0 ||
	       !option_table_is_core(settings_table(settings), option);
}

static int restore_scalar(struct settings *settings, const struct saved *saved, struct error *err)
{
	AUTO_FREE char *text = NULL;

	if (ini_get(saved->section, saved->key, &text, err) < 0)
		return err->code;
	if (strcmp(text, NONE) == 0 && takes_none(settings, saved->option)) {
		if (is_text(saved->option) && !saved->option->fallback)
			settings_set_string(settings, saved->option->dest, NULL,
					    ORIGIN_RENEWAL_CONF);
		return 0;
	}
	if (is_text(saved->option))
		return restore_text(settings, saved, text, err);
	if (saved->option->type == OPTION_FLAG || saved->option->type == OPTION_FLAG_FALSE)
		return restore_flag(settings, saved, text, err);
	return restore_number(settings, saved, text, err);
}

static int restore_value(struct settings *settings, const struct saved *saved, struct error *err)
{
	switch (saved->option->type) {
	case OPTION_LIST:
	case OPTION_COMMA_LIST:
	case OPTION_CONST:
		return restore_list(settings, saved, err);
	case OPTION_MAP:
		return restore_map(settings, saved, err);
	case OPTION_FLAG:
	case OPTION_FLAG_FALSE:
	case OPTION_STRING:
	case OPTION_PATH:
	case OPTION_INT:
	case OPTION_UINT:
	case OPTION_COUNT:
	case OPTION_TYPE__COUNT:
		break;
	}
	return restore_scalar(settings, saved, err);
}

/* An account belongs to its server. Naming the same server again keeps it; another one does not.
 * The account of another server is unknown to this one, and using its key there would register
 * it at a CA the user did not mean. */
static bool keeps_account(const struct settings *settings, const struct ini_section *section)
{
	const char *server = ini_peek(section, "server");

	return settings_origin(settings, "account") < ORIGIN_CONFIG_FILE && server &&
	       strcmp(servers_present(server), settings_string(settings, "server")) == 0;
}

/* Does this run's own value stand above that of a conf? The key type of a cli.ini is for new
 * certificates: what a lineage says of its own key is changed by the command line alone. */
static bool beats_conf(const struct settings *settings, const char *dest,
		       const struct ini_section *section)
{
	if (strcmp(dest, "key_type") == 0 && settings_origin(settings, dest) == ORIGIN_CONFIG_FILE)
		return false;
	if (strcmp(dest, "account") == 0 && keeps_account(settings, section))
		return false;
	return settings_is_set_by_user(settings, dest);
}

static int restore_core(struct settings *settings, const struct ini_section *section,
			struct error *err)
{
	for (size_t i = 0; i < settings_table(settings)->core_count; i++) {
		const struct option *row = settings_table(settings)->rows[i];

		/* `renew` comes here for each of thousands of lineages: what is quick comes
		 * first. */
		if (!(row->flags & OPTION_SAVED) || !ini_has(section, key_of(row)) ||
		    !is_first(settings, row) || beats_conf(settings, row->dest, section))
			continue;
		if (restore_value(settings, &(struct saved){row, key_of(row), section}, err) < 0)
			return err->code;
	}
	if (ini_has(section, ALL_CHALLENGES) && !beats_conf(settings, "pref_challs", section) &&
	    restore_challenges(settings, section, err) < 0)
		return err->code;
	/* Until 1.25 the key type was not written when it was the default of the time. */
	if (!ini_has(section, "key_type") && !beats_conf(settings, "key_type", section))
		settings_set_string(settings, "key_type", "rsa", ORIGIN_RENEWAL_CONF);
	return 0;
}

/* The row of a key that belongs to the plugin and that may be restored, or NULL. Where a conf has a
 * value under its old key and its present one, the present one counts. */
static const struct option *plugin_row(const struct settings *settings, const char *prefix,
				       const struct ini_section *section, const char *key)
{
	AUTO_FREE char *present = plugin_key_present(key);
	const struct option *row = NULL;

	if (str_starts(key, prefix) || strchr(key, ':'))
		row = option_table_find_saved(settings_table(settings), key);
	if (!row && str_starts(present, prefix))
		row = option_table_find_saved(settings_table(settings), present);
	if (!row || !str_starts(row->dest, prefix) ||
	    row->flags & (OPTION_DEPRECATED | OPTION_SILENT_NOOP) ||
	    settings_is_set_by_user(settings, row->dest))
		return NULL;
	return strcmp(row->dest, key) != 0 && ini_has(section, row->dest) ? NULL : row;
}

/* True for the prefix of a plugin that is built in. */
static bool has_rows(const struct settings *settings, const char *prefix)
{
	const struct option_table *table = settings_table(settings);

	for (size_t i = table->core_count; i < table->count; i++)
		if (str_starts(table->rows[i]->dest, prefix))
			return true;
	return false;
}

/* Of a plugin that is not built in. It is a program, or a bridge has it: which options it has is
 * its own matter. Without knowing their types, "None" can only mean what it means to Certbot: not
 * set. */
static int restore_program(struct settings *settings, const char *prefix,
			   const struct ini_section *section, struct error *err)
{
	for (size_t i = 0; i < ini_key_count(section); i++) {
		const char *key = ini_key_at(section, i);
		AUTO_FREE char *text = NULL;

		if (!str_starts(key, prefix) || option_table_find(settings_table(settings), key))
			continue;
		if (ini_get(section, key, &text, err) < 0)
			return err->code;
		if (strcmp(text, NONE) != 0)
			settings_set_program_option(settings, key, text, ORIGIN_RENEWAL_CONF);
	}
	return 0;
}

/* Restores what starts with the plugin's name. Keys first, then sections: a map such as webroot_map
 * is a section of its own in the conf. */
static int restore_plugin(struct settings *settings, const char *plugin,
			  const struct ini_section *section, struct error *err)
{
	AUTO_FREE char *prefix = plugin_key_prefix(plugin_name_present(plugin));
	struct saved saved = {.section = section};

	if (!has_rows(settings, prefix))
		return restore_program(settings, prefix, section, err);
	for (size_t i = 0; i < ini_key_count(section); i++) {
		saved.key = ini_key_at(section, i);
		saved.option = plugin_row(settings, prefix, section, saved.key);
		if (saved.option && restore_value(settings, &saved, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < ini_section_count(section); i++) {
		saved.key = ini_section_name(ini_section_at(section, i));
		saved.option = plugin_row(settings, prefix, section, saved.key);
		if (saved.option && saved.option->type == OPTION_MAP &&
		    restore_value(settings, &saved, err) < 0)
			return err->code;
	}
	return 0;
}

/* Values from elsewhere are dropped first, because two lineages may use the plugin with different
 * settings. */
int settings_restore_plugin(struct settings *settings, const char *plugin,
			    const struct ini_section *section, struct error *err)
{
	AUTO_FREE char *prefix = plugin_key_prefix(plugin);

	for (size_t i = 0; i < settings_table(settings)->count; i++)
		if (str_starts(settings_table(settings)->rows[i]->dest, prefix))
			settings_unset(settings, settings_table(settings)->rows[i]->dest);
	return restore_plugin(settings, plugin, section, err);
}

/* ---- Comparing ---- */

void settings_move_release(struct settings_move *move)
{
	free(move->before);
	free(move->now);
	*move = (struct settings_move)SETTINGS_MOVE_INIT;
}

/* The value on one line; NULL for the default, also if it was given. The caller frees it. */
static char *saved_place(const struct settings *settings, const struct option *row)
{
	AUTO_FREE char *text = is_text(row) ? xstrdup_or_null(settings_string(settings, row->dest))
					    : strvec_join(settings_list(settings, row->dest), " ");

	if (!text || !text[0] || str_eq_or_null(text, row->fallback))
		return NULL;
	return STEAL(text);
}

/* A conf that cannot be read is reported where it is used. */
bool settings_find_move(const struct settings *settings, const char *plugin,
			const struct ini_section *renewalparams, struct settings_move *ret)
{
	AUTO(settings) struct settings *stored = settings_clone(settings);
	AUTO_FREE char *prefix = plugin_key_prefix(plugin);
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (settings_restore_plugin(stored, plugin, renewalparams, &unreadable) < 0)
		return false;
	for (size_t i = 0; i < settings_table(settings)->count; i++) {
		const struct option *row = settings_table(settings)->rows[i];
		AUTO_FREE char *before = NULL, *now = NULL;

		if (!(row->flags & OPTION_PLACE) || !str_starts(row->dest, prefix))
			continue;
		before = saved_place(stored, row);
		now = saved_place(settings, row);
		if (str_eq_or_null(before, now))
			continue;
		*ret = (struct settings_move){row, STEAL(before), STEAL(now)};
		return true;
	}
	return false;
}

int settings_restore_further(struct settings *settings, const char *plugin,
			     const struct ini_section *renewalparams, struct error *err)
{
	return restore_plugin(settings, plugin, renewalparams, err);
}

const struct option *settings_misnamed(const struct option_table *table,
				       const struct ini_section *renewalparams)
{
	for (size_t i = 0; i < table->core_count; i++) {
		const struct option *row = table->rows[i];

		if (row->saved_as && ini_has(renewalparams, row->dest) &&
		    !ini_has(renewalparams, row->saved_as))
			return row;
	}
	return NULL;
}

/* The port of tls-sni comes last: it yields to an https_port of the conf. */
int settings_restore(struct settings *settings, const struct ini_section *renewalparams,
		     struct error *err)
{
	static const char *const roles[] = {"authenticator", "installer"};

	if (!ini_has(renewalparams, "authenticator"))
		return error_set(err, ERR_PARSE, "it does not specify an authenticator");
	if (restore_core(settings, renewalparams, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		AUTO_FREE char *plugin = NULL;

		if (!ini_has(renewalparams, roles[i]))
			continue;
		if (ini_get(renewalparams, roles[i], &plugin, err) < 0 ||
		    restore_plugin(settings, plugin, renewalparams, err) < 0)
			return err->code;
	}
	settings_follow_tls_sni_port(settings);
	return 0;
}
