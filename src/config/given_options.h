/*
 * Options as given on the command line or in a file, in order, before they are converted to values.
 */
#ifndef CONFIG_GIVEN_OPTIONS_H
#define CONFIG_GIVEN_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strvec.h"
#include "config/option.h"
#include "config/settings.h"

struct given_option {
	const struct option *option;
	char *value;      /* NULL for options without a value */
	const char *file; /* config file it is in, borrowed; NULL: the command line */
	int line;
};

struct given_options {
	struct given_option *items;
	size_t count, capacity;
};

#define GIVEN_OPTIONS_INIT                                                                         \
	{                                                                                          \
		.items = NULL                                                                      \
	}

void given_options_release(struct given_options *given);
DEFINE_AUTO(given_options, given_options_release);

/* Appends an option from the command line; the value is copied. */
void given_options_add(struct given_options *given, const struct option *option, const char *value);
/* Appends an option from a config file; its path is borrowed. */
void given_options_add_from(struct given_options *given, const struct option *option,
			    const char *value, const char *file, int line);
/* Inserts the options of `weaker` that `given` does not contain before the present ones. `weaker`
 * is empty afterwards. */
void given_options_prepend(struct given_options *given, struct given_options *weaker);

/* Converts the options to values, in order. Deprecated ones only add to the warnings. ERR_USAGE,
 * ERR_CONFIG; for options from files the text starts with file and line. */
int given_options_apply(const struct given_options *given, struct settings *settings,
			struct strvec *warnings, struct error *err) WARN_UNUSED;

#endif
