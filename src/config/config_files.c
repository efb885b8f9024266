/*
 * Converts the settings of a cli.ini to given options (see config_files.h). codec/cliini parses the
 * lines; this file maps keys to options and reads the words for flags. If a file has a key twice,
 * the last value counts, as in Certbot; but options of ours that may be repeated add up.
 */
#include "config/config_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "codec/cliini.h"
#include "config/scanner.h"

/* `verbose = 3` is -vvv; nobody needs more. The limit keeps `verbose = 1000000000` from making as
 * many options. */
#define MAX_REPEAT 9

/* A key of the file, with all lines that have it. */
struct setting {
	struct setting_line {
		char *value; /* NULL: the key stands alone */
		int number;
	} * lines;
	size_t count, capacity;
};

static void setting_free(void *own_setting)
{
	struct setting *setting = own_setting;

	for (size_t i = 0; i < setting->count; i++)
		free(setting->lines[i].value);
	free(setting->lines);
	free(setting);
}

/* Lines are collected before they are applied, for of most keys only the last one counts. */
static int note_line(void *context, const char *key, const char *value, int number,
		     struct error *err)
{
	struct setting *setting = map_get(context, key);

	if (!setting) {
		setting = xcalloc(1, sizeof(*setting));
		map_set(context, key, setting);
	}
	ARRAY_GROW(setting->lines, setting->count, setting->capacity);
	setting->lines[setting->count++] = (struct setting_line){.value = xstrdup_or_null(value),
								 .number = number};
	return 0;
}

static bool is_one_of(const char *text, const char *const words[3])
{
	for (size_t i = 0; i < 3; i++)
		if (str_eq_nocase(text, words[i]))
			return true;
	return false;
}

/* How often a flag is given by its value in the file; -1 when the value is none for a flag. The
 * words are those of configargparse, which reads the file for Certbot; its refusal below is too. */
static int repetitions(const struct option *option, const char *value)
{
	static const char *const yes[] = {"true", "yes", "1"};
	static const char *const no[] = {"false", "no", "0"};
	int64_t count;

	if (is_one_of(value, yes))
		return 1;
	if (is_one_of(value, no))
		return 0;
	if (option->type == OPTION_COUNT && str_to_int64(value, 0, MAX_REPEAT, &count))
		return (int)count;
	return -1;
}

struct ini_context {
	const struct option_table *table;
	const char *path;
	struct given_options *given;
};

static int add_flag(const struct ini_context *context, const struct option *option, const char *key,
		    const struct setting_line *line, struct error *err)
{
	const char *value = line->value ? line->value : "true";
	int count = repetitions(option, value);

	if (count < 0)
		return error_set(err, ERR_USAGE,
				 "Unexpected value for %s: '%s'. Expecting 'true', 'false', 'yes', "
				 "'no', '1' or '0'",
				 key, value);
	while (count-- > 0)
		given_options_add_from(context->given, option, NULL, context->path, line->number);
	return 0;
}

/* Options that decide how the command line is read are not allowed in a file. A file that names
 * further files could name itself. */
static bool is_for_command_line_only(const struct option *option)
{
	return strcmp(option->dest, "help") == 0 || strcmp(option->dest, "version") == 0 ||
	       strcmp(option->dest, "config_file") == 0;
}

/* Certbot takes the last of its own that a file gives several times. Values of ours may contain
 * commas, so most lists have no other way to be given in a file. */
static bool is_cumulative(const struct option *option)
{
	return (option->type == OPTION_LIST || option->type == OPTION_COMMA_LIST) &&
	       option->flags & OPTION_OURS;
}

/* configargparse would read a list; no option takes one. */
static int check_no_list(const struct option *option, const char *key, const char *value,
			 struct error *err)
{
	if (!value || !str_starts(value, "[") || !str_ends(value, "]"))
		return 0;
	error_set(err, ERR_USAGE, "%s cannot be set to a list", key);
	return is_cumulative(option) && option->type == OPTION_LIST
		       ? error_hint(err, "give each value a line of its own: %s = VALUE", key)
		       : error_hint(err, "write the values as %s = a, b", key);
}

static int take_setting_line(const struct ini_context *context, const struct option *option,
			     const char *key, const struct setting_line *line, struct error *err)
{
	if (!option_takes_value(option))
		return add_flag(context, option, key, line, err);
	given_options_add_from(context->given, option, line->value ? line->value : "true",
			       context->path, line->number);
	return 0;
}

/* Keys may be abbreviated like options, since configargparse hands them to argparse as such.
 * Leading hyphens are allowed there for the same reason. */
static int add_setting(const struct ini_context *context, const char *key,
		       const struct setting *setting, struct error *err)
{
	const struct setting_line *last = &setting->lines[setting->count - 1];
	AUTO_FREE char *name = xasprintf("--%s", key + strspn(key, "-"));
	const struct option *option = NULL;

	if (scanner_find(context->table, name, &option, err) < 0)
		return err->code;
	if (!option) {
		error_set(err, ERR_USAGE, "unrecognized arguments: %s=%s", name,
			  last->value ? last->value : "true");
		return scanner_hint_of_plugins(name, err);
	}
	if (is_for_command_line_only(option))
		return error_set(err, ERR_USAGE, "%s cannot be used in a configuration file", name);
	for (const struct setting_line *line = is_cumulative(option) ? setting->lines : last;
	     line <= last; line++)
		if (check_no_list(option, key, line->value, err) < 0 ||
		    take_setting_line(context, option, key, line, err) < 0)
			return err->code;
	return 0;
}

int config_file_read(const struct option_table *table, const char *path, const char *text,
		     size_t len, struct given_options *ret_given, struct error *err)
{
	AUTO(map) struct map settings = MAP_INIT(setting_free);
	struct ini_context context = {table, path, ret_given};

	if (cliini_parse(text, len, path, note_line, &settings, err) < 0)
		return error_recode(err, ERR_USAGE);
	for (size_t i = 0; i < settings.count; i++) {
		const struct setting *setting = settings.entries[i].value;

		if (add_setting(&context, settings.entries[i].key, setting, err) < 0)
			return error_wrap(err, "%s:%d", path,
					  setting->lines[setting->count - 1].number);
	}
	return 0;
}
