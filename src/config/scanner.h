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

/* Reads the words (without the subcommand) to the end, or up to --help or --version, which then is
 * the last option in `ret_given`. A word that belongs to no option is an error, with a hint if it
 * resembles one of `verbs` (NULL-terminated). ERR_USAGE. */
int scanner_read(const struct option_table *table, const struct strvec *words,
		 const char *const *verbs, struct given_options *ret_given,
		 struct error *err) WARN_UNUSED;

#endif
