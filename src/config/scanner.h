/*
 * The grammar of the command line, as in Python's argparse: it turns words into options with their
 * values. Values are not interpreted here.
 */
#ifndef CONFIG_SCANNER_H
#define CONFIG_SCANNER_H

#include "base/error.h"
#include "base/strvec.h"
#include "config/given_options.h"
#include "config/option.h"

/* Finds the option whose name is `name` ("--key-type") or begins with it. Sets NULL when there is
 * none. ERR_USAGE: ambiguous. */
int scanner_find(const struct option_table *table, const char *name,
		 const struct option **ret_option, struct error *err) WARN_UNUSED;

/* The words that a command line may have. */
struct scanner_grammar {
	const struct option_table *table;
	const char *const *verbs; /* NULL-terminated, to suggest what a wrong word may have meant */
	/* Dests of the options that words which belong to no option are values of, in order and
	 * blank-separated; NULL: there can be no such words. */
	const char *operands;
};

/* Reads the words (without the subcommand) to the end, or up to --help or --version, which then is
 * the last option in `ret_given`. ERR_USAGE: a word that is neither an option, its value nor an
 * operand. */
int scanner_read(const struct scanner_grammar *grammar, const struct strvec *words,
		 struct given_options *ret_given, struct error *err) WARN_UNUSED;

/* For an option that is unknown: hints at the bridge if the name may be that of a plugin's. Returns
 * the error's code. */
int scanner_hint_of_plugins(const char *name, struct error *err);

#endif
