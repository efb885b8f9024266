/*
 * Reads a command line (see scanner.h). It differs from argparse where that helps the user: an
 * abbreviation that fits several names of one option is not ambiguous; hidden options, and options
 * that Certbot lacks, do not make one ambiguous; unknown options and words are answered with a
 * suggestion.
 */
#include "config/scanner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "config/suggestion.h"

/* So many names are enough for a person to see why a word is ambiguous. `--d` would list every DNS
 * plugin. */
#define MAX_LISTED 12

static int refuse_ambiguous(const char *name, const struct strvec *matches, struct error *err)
{
	AUTO(strbuf) struct strbuf listed = STRBUF_INIT;

	for (size_t i = 0; i < matches->count && i < MAX_LISTED; i++)
		strbuf_addf(&listed, "%s%s", i ? ", " : "", matches->items[i]);
	if (matches->count > MAX_LISTED)
		strbuf_adds(&listed, ", ...");
	return error_set(err, ERR_USAGE, "ambiguous option: %s could match %s", name, listed.text);
}

/* Options whose names begin so. */
struct matches {
	struct strvec names;
	const struct option *option; /* the last one */
	bool is_ambiguous;
};

/* For a word that was clear to Certbot must stay so: options yield to those before them. */
enum rank {
	RANK_KNOWN,  /* from Certbot */
	RANK_HIDDEN, /* Certbot's too, but nobody looks for it */
	RANK_OURS,
	RANK__COUNT,
};

static enum rank rank_of(const struct option *option)
{
	if (option->flags & OPTION_OURS)
		return RANK_OURS;
	return option->flags & OPTION_HIDDEN ? RANK_HIDDEN : RANK_KNOWN;
}

/* Collects the names of that rank that begin with `start`. Two names of one option are not
 * ambiguous. */
static void collect_matches(const struct option_table *table, const char *start, enum rank rank,
			    struct matches *matches)
{
	for (size_t i = 0; i < table->by_name.count; i++) {
		const struct map_entry *entry = &table->by_name.entries[i];
		const struct option *option = entry->value;

		if (rank_of(option) != rank || !str_starts(entry->key, start))
			continue;
		matches->is_ambiguous |= matches->option && matches->option != option;
		matches->option = option;
		strvec_push(&matches->names, entry->key);
	}
}

/* Programs are asked last, since finding their options means running them. */
int scanner_find(const struct option_table *table, const char *name,
		 const struct option **ret_option, struct error *err)
{
	struct matches matches = {.names = STRVEC_INIT};

	*ret_option = option_table_find_name(table, name);
	if (*ret_option || !str_starts(name, "--"))
		return 0;
	for (int rank = 0; rank < RANK__COUNT && !matches.option; rank++)
		collect_matches(table, name, (enum rank)rank, &matches);
	if (matches.is_ambiguous)
		refuse_ambiguous(name, &matches.names, err);
	else
		*ret_option = matches.option;
	strvec_release(&matches.names);
	if (!matches.option && table->find_more)
		return table->find_more(table->more_context, name, ret_option, err);
	return err->code;
}

enum token_kind {
	TOKEN_VALUE, /* may be an option's value */
	TOKEN_OPTION,
	TOKEN_UNKNOWN, /* looks like an option */
};

struct token {
	enum token_kind kind;
	const struct option *option;
	const char *attached; /* "value" of --option=value and -ovalue, or NULL */
	bool is_short;        /* -o: flags may follow in `attached` */
};

/* "-5" and "-.5": may be values, for no option looks like them. argparse's rule: such a word is a
 * value as long as no option looks like a number. */
static bool is_negative_number(const char *text)
{
	size_t digits = strspn(text + 1, "0123456789");
	const char *rest = text + 1 + digits;

	if (!*rest)
		return digits > 0;
	return *rest == '.' && rest[1] && !rest[1 + strspn(rest + 1, "0123456789")];
}

/* Reads "--name", "--name=value" and abbreviations. */
static int classify_long(const struct option_table *table, const char *word,
			 struct token *ret_token, struct error *err)
{
	const char *equals = strchr(word, '=');
	AUTO_FREE char *name = equals ? xstrndup(word, (size_t)(equals - word)) : xstrdup(word);

	if (scanner_find(table, name, &ret_token->option, err) < 0)
		return err->code;
	ret_token->attached = equals ? equals + 1 : NULL;
	return 0;
}

/* Reads "-n", "-nv", "-dvalue" and "-d=value". */
static void classify_short(const struct option_table *table, const char *word,
			   struct token *ret_token)
{
	AUTO_FREE char *name = xstrndup(word, 2);
	const char *rest = word + 2;

	ret_token->option = option_table_find_name(table, name);
	ret_token->is_short = true;
	if (*rest)
		ret_token->attached = *rest == '=' ? rest + 1 : rest;
}

/* A word with a space is a value for argparse, so `--pre-hook "-x y"` works. */
static int classify(const struct option_table *table, const char *word, struct token *ret_token,
		    struct error *err)
{
	*ret_token = (struct token){.kind = TOKEN_VALUE};
	if (word[0] != '-' || !word[1])
		return 0;
	if (word[1] != '-')
		classify_short(table, word, ret_token);
	else if (classify_long(table, word, ret_token, err) < 0)
		return err->code;
	if (ret_token->option)
		ret_token->kind = TOKEN_OPTION;
	else if (!is_negative_number(word) && !strchr(word, ' '))
		ret_token->kind = TOKEN_UNKNOWN;
	return 0;
}

struct scanner {
	const struct option_table *table;
	const struct strvec *words;
	size_t at;
	struct given_options *given;
	struct span operands; /* dests of those that may follow */
	struct strvec unrecognized;
	bool is_at_end; /* --help or --version was there */
};

static void add_option(struct scanner *scanner, const struct option *option, const char *value)
{
	given_options_add(scanner->given, option, value);
	scanner->is_at_end = strcmp(option->dest, "help") == 0 ||
			     strcmp(option->dest, "version") == 0;
}

/* Takes the value of an option: attached, or the next word unless that looks like an option. An
 * option there is an error even if it could be a value: `-d --dry-run` is a forgotten name.
 * --option=VALUE is the way round it. */
static int take_option_value(struct scanner *scanner, const struct token *token, struct error *err)
{
	const char *value = token->attached;
	struct token next;

	if (!value && scanner->at < scanner->words->count) {
		const char *word = scanner->words->items[scanner->at];

		if (classify(scanner->table, word, &next, err) < 0)
			return err->code;
		if (next.kind == TOKEN_VALUE) {
			value = word;
			scanner->at++;
		}
	}
	if (!value)
		return option_refuse(token->option, err, "expected one argument");
	add_option(scanner, token->option, value);
	return 0;
}

/* Takes one option; for "-nv" all the flags of the word. A letter that is not a flag ends the word:
 * the rest is its value. */
static int take_option(struct scanner *scanner, struct token *token, struct error *err)
{
	while (!option_takes_value(token->option)) {
		const struct option *flag = token->option;
		const char *letters = token->attached;
		char next[] = {'-', letters ? letters[0] : '\0', '\0'};

		if (!letters) {
			add_option(scanner, flag, NULL);
			return 0;
		}
		token->option = token->is_short ? option_table_find_name(scanner->table, next)
						: NULL;
		if (!token->option)
			return option_refuse(flag, err, "ignored explicit argument '%s'", letters);
		add_option(scanner, flag, NULL);
		token->attached = letters[1] ? letters + 1 : NULL;
	}
	return take_option_value(scanner, token, err);
}

/* Takes a word that belongs to no option. A dest with "..." behind it takes all that are left. */
static void take_operand(struct scanner *scanner, const char *word)
{
	AUTO_FREE char *dest = NULL;
	struct span next, all = scanner->operands;

	if (!span_take_until(&scanner->operands, ' ', &next)) {
		strvec_push(&scanner->unrecognized, word);
		return;
	}
	if (next.len > 3 && str_starts(next.ptr + next.len - 3, "...")) {
		scanner->operands = all;
		next.len -= 3;
	}
	dest = span_dup(next);
	add_option(scanner, option_table_find(scanner->table, dest), word);
}

/* Words that do not fit are collected, so that the message can name all of them. */
static int take_word(struct scanner *scanner, struct error *err)
{
	const char *word = scanner->words->items[scanner->at++];
	struct token token;

	if (classify(scanner->table, word, &token, err) < 0)
		return err->code;
	if (token.kind == TOKEN_OPTION)
		return take_option(scanner, &token, err);
	if (token.kind == TOKEN_VALUE)
		take_operand(scanner, word);
	else
		strvec_push(&scanner->unrecognized, word);
	return 0;
}

int scanner_hint_of_plugins(const char *name, struct error *err)
{
	if (!str_starts(name, "--dns-") && !strchr(name, ':'))
		return err->code;
	return error_hint(err, "the options of a Certbot plugin that Python has installed need "
			       "certbot-plugin-python, which runs it; 'certbot plugins' lists the "
			       "plugins of this build");
}

/* "unrecognized arguments: --foo bar", with a hint about the first of them. */
static int refuse_unrecognized(const struct scanner *scanner, const char *const *verbs,
			       struct error *err)
{
	AUTO_FREE char *listed = strvec_join(&scanner->unrecognized, " ");
	const char *first = scanner->unrecognized.items[0];
	AUTO_FREE char *meant = str_starts(first, "--")
					? suggestion_for_option(scanner->table, first)
					: suggestion_for_word(verbs, first);

	error_set(err, ERR_USAGE, "unrecognized arguments: %s", listed);
	if (meant && strcmp(meant, first) == 0)
		return error_hint(err, "there can be only one subcommand");
	return meant ? error_hint(err, "did you mean %s?", meant)
		     : scanner_hint_of_plugins(first, err);
}

static int read_all(struct scanner *scanner, const char *const *verbs, struct error *err)
{
	const struct strvec *words = scanner->words;

	while (scanner->at < words->count && !scanner->is_at_end) {
		if (strcmp(words->items[scanner->at], "--") == 0)
			break;
		if (take_word(scanner, err) < 0)
			return err->code;
	}
	if (scanner->is_at_end)
		return 0;
	/* After "--" there are no options. Without operands the dashes themselves are wrong, too. */
	if (scanner->at < words->count && scanner->operands.len)
		scanner->at++;
	for (; scanner->at < words->count; scanner->at++)
		take_operand(scanner, words->items[scanner->at]);
	return scanner->unrecognized.count ? refuse_unrecognized(scanner, verbs, err) : 0;
}

int scanner_read(const struct scanner_grammar *grammar, const struct strvec *words,
		 struct given_options *ret_given, struct error *err)
{
	struct scanner scanner = {
		.table = grammar->table,
		.words = words,
		.given = ret_given,
		.operands = span_of(grammar->operands ? grammar->operands : ""),
		.unrecognized = STRVEC_INIT,
	};
	int rc = read_all(&scanner, grammar->verbs, err);

	strvec_release(&scanner.unrecognized);
	return rc;
}
