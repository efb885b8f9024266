/*
 * Core option rows, last part: plugin selection. The plugins' own options are in their descriptors.
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/option_rows.h"

#define BOTH_ROLES (OPTION_SELECTS_AUTHENTICATOR | OPTION_SELECTS_INSTALLER)

/* The selector flag of a plugin that installs in a service of this kind, and does nothing else. */
#define SERVICE_SELECTOR(name, service)                                                            \
	{                                                                                          \
		.dest = name, .names = "--" name, .type = OPTION_FLAG,                             \
		.topics = "plugins run install", .flags = OPTION_SELECTS_INSTALLER | OPTION_OURS,  \
		.help = "Install the certificate in " service "."                                  \
	}

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
	SERVICE_SELECTOR("dovecot", "the Dovecot mail server"),
	SERVICE_SELECTOR("exim", "the Exim mail server"),
	{.dest = "external", .names = "--external", .type = OPTION_FLAG,
	 .topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_OURS,
	 .help = "Prove control with a handler program of your own (--external-handler)."},
	{.dest = "haproxy", .names = "--haproxy", .type = OPTION_FLAG,
	 .topics = "plugins certonly run install", .flags = BOTH_ROLES | OPTION_OURS,
	 .help = "Use the HAProxy plugin as authenticator and installer."},
	SERVICE_SELECTOR("icecast", "the Icecast streaming server"),
	{.dest = "heroku", .names = "--heroku", .type = OPTION_FLAG,
	 .topics = "plugins certonly run install", .flags = BOTH_ROLES | OPTION_OURS,
	 .help = "Use an app on Heroku to prove control, and give it the certificate."},
	{.dest = "nginx", .names = "--nginx", .type = OPTION_FLAG,
	 .topics = "plugins certonly run install", .flags = BOTH_ROLES,
	 .help = "Use the nginx plugin as authenticator and installer."},
	SERVICE_SELECTOR("plesk", "the sites of a Plesk server"),
	SERVICE_SELECTOR("postfix", "the Postfix mail server"),
	SERVICE_SELECTOR("pritunl", "the Pritunl VPN server"),
	SERVICE_SELECTOR("proxmox", "Proxmox VE or Proxmox Backup Server"),
	{.dest = "s3front", .names = "--s3front", .type = OPTION_FLAG,
	 .topics = "plugins certonly run install", .flags = BOTH_ROLES | OPTION_OURS,
	 .help = "Use Amazon S3 to prove control and CloudFront to serve the certificate."},
	{.dest = "standalone", .names = "--standalone", .type = OPTION_FLAG,
	 .topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control with a temporary web server."},
	{.dest = "manual", .names = "--manual", .type = OPTION_FLAG, .topics = "plugins certonly",
	 .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control by hand, following instructions, or with your own scripts."},
	{.dest = "varnish", .names = "--varnish", .type = OPTION_FLAG,
	 .topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_OURS,
	 .help = "Prove control through a Varnish cache, which answers the challenges itself."},
	{.dest = "webroot", .names = "--webroot", .type = OPTION_FLAG, .topics = "plugins certonly",
	 .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control with files in a directory that a running web server serves."},
};

const struct option_group selection_options = {rows, ARRAY_LEN(rows)};
