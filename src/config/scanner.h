/*
 * The grammar of the command line, that of Python's argparse: words in, options with their values
 * out. No value is looked at here.
 */
#ifndef CONFIG_SCANNER_H
#define CONFIG_SCANNER_H

#include "base/error.h"
#include "base/strvec.h"
#include "config/given_options.h"
#include "config/option.h"

/* Finds the option that `name` ("--key-type") is, or is an unambiguous beginning of; NULL when
 * there is none. ERR_USAGE: ambiguous. */
int scanner_find(const struct option_table *table, const char *name,
		 const struct option **ret_option, struct error *err) WARN_UNUSED;

/* Reads the words (without subcommand) up to the end, or up to --help or --version, which is then
 * the last one given. Words that belong to no option are an error; those that look like one of
 * `verbs` (NULL-terminated) get a hint. ERR_USAGE. */
int scanner_read(const struct option_table *table, const struct strvec *words,
		 const char *const *verbs, struct given_options *ret_given,
		 struct error *err) WARN_UNUSED;

#endif
