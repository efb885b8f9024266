/*
 * Converts the settings of a cli.ini to given options (see config_files.h). codec/cliini parses the
 * lines; this file maps keys to options and reads the words for flags. If a file has a key twice,
 * the last value counts.
 */
#include "config/config_files.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "codec/cliini.h"
#include "config/scanner.h"

/* `verbose = 3` is -vvv; nobody needs more. The limit keeps `verbose = 1000000000` from making as
 * many options. */
#define MAX_REPEAT 9

struct pair {
	char *value; /* NULL: the key stands alone */
	int line;
};

static void pair_free(void *pair)
{
	free(((struct pair *)pair)->value);
	free(pair);
}

/* Collected before they are applied, for the last of a key counts and lists would otherwise hold
 * both. */
static int note_pair(void *context, const char *key, const char *value, int line, struct error *err)
{
	struct pair *pair = XNEW(struct pair);

	pair->value = xstrdup_or_null(value);
	pair->line = line;
	map_set(context, key, pair);
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
		    const struct pair *pair, struct error *err)
{
	const char *value = pair->value ? pair->value : "true";
	int count = repetitions(option, value);

	if (count < 0)
		return error_set(err, ERR_USAGE,
				 "Unexpected value for %s: '%s'. Expecting 'true', 'false', 'yes', "
				 "'no', '1' or '0'",
				 key, value);
	while (count-- > 0)
		given_options_add_from(context->given, option, NULL, context->path, pair->line);
	return 0;
}

/* Options that decide how the command line is read are not allowed in a file. A file that names
 * further files could name itself. */
static bool is_for_command_line_only(const struct option *option)
{
	return strcmp(option->dest, "help") == 0 || strcmp(option->dest, "version") == 0 ||
	       strcmp(option->dest, "config_file") == 0;
}

/* Keys may be abbreviated like options, since configargparse hands them to argparse as such.
 * Leading hyphens are allowed there for the same reason. */
static int add_pair(const struct ini_context *context, const char *key, const struct pair *pair,
		    struct error *err)
{
	AUTO_FREE char *name = xasprintf("--%s", key + strspn(key, "-"));
	const struct option *option = NULL;

	if (scanner_find(context->table, name, &option, err) < 0)
		return err->code;
	if (!option) {
		error_set(err, ERR_USAGE, "unrecognized arguments: %s=%s", name,
			  pair->value ? pair->value : "true");
		return scanner_hint_of_plugins(name, err);
	}
	if (is_for_command_line_only(option))
		return error_set(err, ERR_USAGE, "%s cannot be used in a configuration file", name);
	if (!option_takes_value(option))
		return add_flag(context, option, key, pair, err);
	given_options_add_from(context->given, option, pair->value ? pair->value : "true",
			       context->path, pair->line);
	return 0;
}

int config_file_read(const struct option_table *table, const char *path, const char *text,
		     size_t len, struct given_options *ret_given, struct error *err)
{
	AUTO(map) struct map pairs = MAP_INIT(pair_free);
	struct ini_context context = {table, path, ret_given};

	if (cliini_parse(text, len, path, note_pair, &pairs, err) < 0)
		return error_recode(err, ERR_USAGE);
	for (size_t i = 0; i < pairs.count; i++) {
		const struct pair *pair = pairs.entries[i].value;

		if (add_pair(&context, pairs.entries[i].key, pair, err) < 0)
			return error_wrap(err, "%s:%d", path, pair->line);
	}
	return 0;
}
