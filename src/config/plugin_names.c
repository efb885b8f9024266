/*
 * Old names of plugins (see plugin_names.h). A plugin whose name only lost its distribution needs
 * no row.
 */
#include "config/plugin_names.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/macros.h"

static const struct {
	const char *old, *present;
} renamed[] = {
	/* It has three modes of its own; the one with a handler is what external does. */
	{"certbot-external-auth:out", "external-auth"},
	{"certbot-plugin-gandi:dns", "dns-gandi"},
	{"certbot-route53:auth", "dns-route53"},
	{"certbot-s3front:auth", "s3front"},
	{"certbot-s3front:installer", "s3front"},
	{"cpanel", "dns-cpanel"},
	{"directadmin", "dns-directadmin"},
	{"dns-hetzner-cloud", "dns-hetzner"},
	{"dns-selectel-api-v2", "dns-selectel"},
	{"edgedns", "dns-edgedns"},
	{"gandi-shs", "gandi"},
	{"haproxy-authenticator", "haproxy"},
	{"haproxy-installer", "haproxy"},
	{"letsencrypt-s3front:auth", "s3front"},
	{"letsencrypt-s3front:installer", "s3front"},
	{"s3front_auth", "s3front"},
	{"s3front_installer", "s3front"},
};

/* argparse makes a dest of an option that way, and the keys of a conf are dests. */
char *plugin_key_prefix(const char *plugin)
{
	char *prefix = xasprintf("%s_", plugin);

	for (char *c = prefix; *c; c++)
		if (*c == '-')
			*c = '_';
	return prefix;
}

/* Returns the name after that of the distribution. */
static const char *bare_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

/* Plugins need no prefix since Certbot 1.7, but confs from before have one. */
const char *plugin_name_present(const char *name)
{
	const char *bare = bare_name(name);

	for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
		if (strcmp(renamed[i].old, name) == 0 || strcmp(renamed[i].old, bare) == 0)
			return renamed[i].present;
	return bare;
}

char *plugin_key_present(const char *key)
{
	const char *bare = bare_name(key);

	for (size_t i = 0; i < ARRAY_LEN(renamed); i++) {
		AUTO_FREE char *old = plugin_key_prefix(renamed[i].old);
		AUTO_FREE char *present = plugin_key_prefix(renamed[i].present);

		if (str_starts(key, old))
			return xasprintf("%s%s", present, key + strlen(old));
		if (str_starts(bare, old))
			return xasprintf("%s%s", present, bare + strlen(old));
	}
	return xstrdup(bare);
}
