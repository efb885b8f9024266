/*
 * Guesses at what a mistyped option or subcommand was meant to be.
 */
#ifndef CONFIG_SUGGESTION_H
#define CONFIG_SUGGESTION_H

#include "config/option.h"

/* The long name closest to `typed` (what follows a '=' does not count), heap; NULL when nothing is
 * close. Hidden options are not suggested. */
char *suggestion_for_option(const struct option_table *table, const char *typed);
/* The word of the NULL-terminated list closest to `typed`, heap, or NULL. */
char *suggestion_for_word(const char *const *words, const char *typed);

#endif
