/*
 * Options as they were given on the command line or in a file, in order, before they become values.
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
	char *value;      /* NULL for what takes none */
	const char *file; /* where it stands, borrowed; NULL: on the command line */
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

/* Appends an option of the command line; the value is copied. */
void given_options_add(struct given_options *given, const struct option *option, const char *value);
/* Appends an option of a config file, whose path is borrowed. */
void given_options_add_from(struct given_options *given, const struct option *option,
			    const char *value, const char *file, int line);
/* True when the option is among them, under whichever of its names. */
bool given_options_contain(const struct given_options *given, const struct option *option);
/* Puts all of `weaker` that `given` does not contain before what is there. `weaker` is empty
 * afterwards. */
void given_options_prepend(struct given_options *given, struct given_options *weaker);

/* Makes values of them, in order. Deprecated ones only add to the warnings. ERR_USAGE, ERR_CONFIG;
 * for those from files the text starts with file and line. */
int given_options_apply(const struct given_options *given, struct settings *settings,
			struct strvec *warnings, struct error *err) WARN_UNUSED;

#endif
