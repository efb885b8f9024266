/*
 * Converts the text of one option to its value: settings_assign(), one short function per type.
 * Refusals are worded like those of Python's argparse, which users of Certbot know. given_options.c
 * handles options that need more than their type.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "config/settings.h"
#include "config/string_map.h"
#include "os/file/file.h"

/* "invalid choice: 'x' (choose from 'rsa', 'ecdsa')" Only the written form is listed: for
 * "http=http-01" the user types "http". */
static int refuse_choice(const struct option *option, const struct strvec *words, struct error *err)
{
	AUTO(strbuf) struct strbuf allowed = STRBUF_INIT;
	AUTO_FREE char *refused = strvec_join(words, "', '");
	struct span rest = span_of(option->choices), choice;

	while (span_take_until(&rest, ' ', &choice)) {
		struct span written;

		span_take_until(&choice, '=', &written);
		strbuf_addf(&allowed, "%s'%.*s'", allowed.len ? ", " : "", (int)written.len,
			    written.ptr);
	}
	return option_refuse(option, err, "invalid choice: '%s' (choose from %s)", refused,
			     allowed.text);
}

static int refuse_word(const struct option *option, const char *word, struct error *err)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_push(&words, word);
	return refuse_choice(option, &words, err);
}

static int assign_flag(struct settings *settings, const struct option *option, const char *text,
		       enum origin origin, struct error *err)
{
	settings_set_flag(settings, option->dest, option->type == OPTION_FLAG, origin);
	return 0;
}

/* Adds to what a cli.ini has set: `-v` on top of `verbose = 1` is -vv, as argparse counts. */
static int assign_count(struct settings *settings, const struct option *option, const char *text,
			enum origin origin, struct error *err)
{
	settings_set_int(settings, option->dest, settings_int(settings, option->dest) + 1, origin);
	return 0;
}

static int assign_const(struct settings *settings, const struct option *option, const char *text,
			enum origin origin, struct error *err)
{
	settings_push(settings, option->dest, option->choices, origin);
	return 0;
}

static int assign_string(struct settings *settings, const struct option *option, const char *text,
			 enum origin origin, struct error *err)
{
	AUTO_FREE char *stored = NULL;

	if (option->choices) {
		stored = option_choice(option, text);
		if (!stored)
			return refuse_word(option, text, err);
	}
	settings_set_string(settings, option->dest, stored ? stored : text, origin);
	return 0;
}

/* Made absolute at once, since a hook or a renewal from a timer runs in another directory. */
static int assign_path(struct settings *settings, const struct option *option, const char *text,
		       enum origin origin, struct error *err)
{
	AUTO_FREE char *path = path_absolute(text);

	settings_set_string(settings, option->dest, path, origin);
	return 0;
}

/* Reads the bounds of "0..65535"; without any, all numbers are fine. */
static void read_range(const char *choices, int64_t *ret_min, int64_t *ret_max)
{
	const char *dots = choices ? strstr(choices, "..") : NULL;
	AUTO_FREE char *min = NULL;

	*ret_min = INT64_MIN;
	*ret_max = INT64_MAX;
	if (!choices)
		return;
	min = xstrndup(choices, dots ? (size_t)(dots - choices) : 0);
	if (!str_to_int64(min, INT64_MIN, INT64_MAX, ret_min) ||
	    !str_to_int64(dots + 2, INT64_MIN, INT64_MAX, ret_max))
		BUG("bad range '%s'", choices);
}

/* Parsed over the whole range first: "not a number" and "out of range" are two faults and get two
 * messages. */
static int assign_int(struct settings *settings, const struct option *option, const char *text,
		      enum origin origin, struct error *err)
{
	int64_t min, max, value;

	read_range(option->choices, &min, &max);
	if (!str_to_int64(text, INT64_MIN, INT64_MAX, &value))
		return option_refuse(option, err, "invalid int value: '%s'", text);
	if (value < min || value > max)
		return option_refuse(option, err, "value must be between %lld and %lld",
				     (long long)min, (long long)max);
	settings_set_int(settings, option->dest, value, origin);
	return 0;
}

/* The words are those of Certbot's nonnegative_int(). */
static int assign_uint(struct settings *settings, const struct option *option, const char *text,
		       enum origin origin, struct error *err)
{
	int64_t value;

	if (!str_to_int64(text, INT64_MIN, INT64_MAX, &value))
		return option_refuse(option, err, "value must be an integer");
	if (value < 0)
		return option_refuse(option, err, "value must be non-negative");
	settings_set_int(settings, option->dest, value, origin);
	return 0;
}

static int assign_list(struct settings *settings, const struct option *option, const char *text,
		       enum origin origin, struct error *err)
{
	settings_push(settings, option->dest, text, origin);
	return 0;
}

/* All wrong words are named at once, so that the user mends the list in one go. */
static int assign_comma_list(struct settings *settings, const struct option *option,
			     const char *text, enum origin origin, struct error *err)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(strvec) struct strvec refused = STRVEC_INIT;

	strvec_split(&words, text, ",");
	for (size_t i = 0; i < words.count; i++) {
		char *stored = option->choices ? option_choice(option, words.items[i])
					       : xstrdup(words.items[i]);

		if (stored)
			strvec_give(&items, stored);
		else
			strvec_push(&refused, words.items[i]);
	}
	if (refused.count)
		return refuse_choice(option, &refused, err);
	for (size_t i = 0; i < items.count; i++)
		settings_push(settings, option->dest, items.items[i], origin);
	return 0;
}

static int assign_map(struct settings *settings, const struct option *option, const char *text,
		      enum origin origin, struct error *err)
{
	AUTO(map) struct map pairs = MAP_INIT(free);

	if (string_map_parse(option, text, &pairs, err) < 0)
		return err->code;
	for (size_t i = 0; i < pairs.count; i++)
		settings_map_set(settings, option->dest, pairs.entries[i].key,
				 pairs.entries[i].value, origin);
	return 0;
}

/* Of a plugin program: text, or a path that is made absolute. */
static void assign_to_program(struct settings *settings, const struct option *option,
			      const char *text, enum origin origin)
{
	AUTO_FREE char *path = option->type == OPTION_PATH ? path_absolute(text) : NULL;

	settings_set_program_option(settings, option->dest, path ? path : text, origin);
}

int settings_assign(struct settings *settings, const struct option *option, const char *text,
		    enum origin origin, struct error *err)
{
	static int (*const assign[])(struct settings * settings, const struct option *option,
				     const char *text, enum origin origin, struct error *err) = {
		[OPTION_FLAG] = assign_flag,     [OPTION_FLAG_FALSE] = assign_flag,
		[OPTION_STRING] = assign_string, [OPTION_INT] = assign_int,
		[OPTION_UINT] = assign_uint,     [OPTION_PATH] = assign_path,
		[OPTION_LIST] = assign_list,     [OPTION_COMMA_LIST] = assign_comma_list,
		[OPTION_COUNT] = assign_count,   [OPTION_MAP] = assign_map,
		[OPTION_CONST] = assign_const,
	};

	STATIC_ASSERT(ARRAY_LEN(assign) == OPTION_TYPE__COUNT, "every type can be assigned");
	if (option->flags & OPTION_OF_PROGRAM) {
		assign_to_program(settings, option, text, origin);
		return 0;
	}
	return assign[option->type](settings, option, text, origin, err);
}
