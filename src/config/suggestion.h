/*
 * Guesses which option or subcommand a mistyped word was meant to be.
 */
#ifndef CONFIG_SUGGESTION_H
#define CONFIG_SUGGESTION_H

#include "config/option.h"

/* Returns the long name closest to `typed` (ignoring "=" and what follows), which the caller frees;
 * NULL when nothing is close. Hidden options are not suggested. */
char *suggestion_for_option(const struct option_table *table, const char *typed);
/* Returns the word of the NULL-terminated list closest to `typed`, which the caller frees; NULL
 * when nothing is close. */
char *suggestion_for_word(const char *const *words, const char *typed);

#endif
