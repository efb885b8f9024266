/*
 * Core option rows, last part: plugin selection. The plugins' own options are in their descriptors.
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/options/option_rows.h"

#define BOTH_ROLES (OPTION_SELECTS_AUTHENTICATOR | OPTION_SELECTS_INSTALLER)

static const struct option rows[] = {
	{.dest = "configurator", .names = "--configurator", .type = OPTION_STRING,
	 .metavar = "PLUGIN", .topics = "plugins", .flags = BOTH_ROLES,
	 .help = "Plugin to use both as authenticator and as installer, instead of -a and -i. "
		 "(default: Ask)"},
	{.dest = "authenticator", .names = "-a --authenticator", .type = OPTION_STRING,
	 .metavar = "PLUGIN", .topics = "plugins", .flags = OPTION_SAVED,
	 .help = "Plugin that proves control over the names."},
	{.dest = "installer", .names = "-i --installer", .type = OPTION_STRING, .metavar = "PLUGIN",
	 .topics = "plugins", .flags = OPTION_SAVED,
	 .help = "Plugin that configures the server, and finds the names in its configuration. "
		 "Several, for a certificate that several servers use, are separated by commas or "
		 "given one by one: `-i nginx,postfix`."},
	{.dest = "plugin_options", .names = "--plugin-option", .type = OPTION_LIST,
	 .metavar = "NAME=VALUE", .topics = "plugins", .flags = OPTION_SAVED | OPTION_OURS | OPTION_SECRET,
	 .help = "Option for an external plugin (a program certbot-plugin-NAME, selected with -a "
		 "or -i). May be given several times."},
	{.dest = "apache", .names = "--apache", .type = OPTION_FLAG,
	 .topics = "plugins certonly run install", .flags = BOTH_ROLES,
	 .help = "Use the Apache plugin as authenticator and installer."},
	{.dest = "nginx", .names = "--nginx", .type = OPTION_FLAG,
	 .topics = "plugins certonly run install", .flags = BOTH_ROLES,
	 .help = "Use the nginx plugin as authenticator and installer."},
	{.dest = "standalone", .names = "--standalone", .type = OPTION_FLAG,
	 .topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control with a temporary web server."},
	{.dest = "manual", .names = "--manual", .type = OPTION_FLAG, .topics = "plugins certonly",
	 .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control by hand, following instructions, or with your own scripts."},
	{.dest = "webroot", .names = "--webroot", .type = OPTION_FLAG, .topics = "plugins certonly",
	 .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control with files in a directory that a running web server serves."},
};

const struct option_group selection_options = {rows, ARRAY_LEN(rows)};
