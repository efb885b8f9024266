/*
 * Shared by the pages of --help and the man page. Internal to help*.c.
 */
#ifndef CLI_HELP_PARTS_H
#define CLI_HELP_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/strbuf.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "config/option.h"

/* A group of options that does not belong to a subcommand or plugin. */
struct help_topic {
	const char *name;
	const char *title; /* heading of its section in `--help all` */
	const char *text;  /* what the options are for; "" for none */
	const char *verbs; /* blank-separated subcommands that are listed with it, or NULL */
};

extern const struct help_topic help_topics[];
extern const size_t help_topic_count;

/* Describes certbot in a sentence or two. */
extern const char help_purpose[];

/* Returns true when the row appears on the page of that topic. */
bool help_is_on_page(const struct option *option, const char *topic);
/* Returns true when the row appears on the page of that subcommand. */
bool help_is_on_verb_page(const struct option *option, const char *verb);
/* Returns true when the row appears in that section of `--help all`: once, under its first
 * topic. */
bool help_is_at_home(const struct option *option, const char *topic);
/* Appends the row's explanation with its default. */
void help_add_text(const struct option *option, struct strbuf *out);
/* Returns the word for the row's value, or NULL. */
const char *help_metavar(const struct option *option);
/* The kinds of values of options that a shell can complete. */
enum help_value {
	HELP_VALUE_NONE, /* it has none */
	HELP_VALUE_ANY,  /* nothing can be guessed */
	HELP_VALUE_WORDS,
	HELP_VALUE_CERTIFICATE,
	HELP_VALUE_DIRECTORY,
	HELP_VALUE_FILE,
};
struct help_source;
/* Returns the kind of the row's value, by its metavar, and appends the words if it is one of
 * several words. */
enum help_value help_value_of(const struct help_source *source, const struct option *option,
			      struct strbuf *ret_words);
/* Returns the first sentence of the row's explanation, borrowed, without its full stop. */
struct span help_first_sentence(const struct option *option);
/* Add to what --json tells of a page; with NULL for it they do nothing. Subcommands and options go
 * to the last section. */
void help_tell_usage(struct json *told, const char *usage);
void help_tell_section(struct json *told, const char *name, const char *text);
void help_tell_verb(struct json *told, const struct verb *verb);
void help_tell_option(struct json *told, const struct option *option);
/* Appends the row as a tagged paragraph of a manual page. */
void help_man_option(const struct option *option, struct strbuf *out);

#endif
