/*
 * Options of plugins that this build lacks. They are known, so that a command line or cli.ini that
 * uses one gets a clear answer and renewal confs keep their values. When a plugin is built in, its
 * rows come with its descriptor and its part here goes.
 */
#include "base/macros.h"
#include "config/option_rows.h"

#define UNBUILT(plugin, name, option, kind)                                                        \
	{                                                                                          \
		.dest = name, .names = option, .type = kind, .metavar = "VALUE", .topics = plugin, \
		.flags = OPTION_UNBUILT | OPTION_HIDDEN, .help = ""                                \
	}

/* The two options of every DNS plugin. */
#define UNBUILT_DNS(name)                                                                          \
	UNBUILT("dns-" name, "dns_" name "_propagation_seconds",                                   \
		"--dns-" name "-propagation-seconds", OPTION_INT),                                 \
		UNBUILT("dns-" name, "dns_" name "_credentials", "--dns-" name "-credentials",     \
			OPTION_STRING)

static const struct option rows[] = {
	UNBUILT_DNS("google"),
	UNBUILT("dns-google", "dns_google_project", "--dns-google-project", OPTION_STRING),
};

const struct option_group unbuilt_options = {rows, ARRAY_LEN(rows)};
