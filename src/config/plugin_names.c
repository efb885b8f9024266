/*
 * Old names of plugins (see plugin_names.h). A plugin whose name only lost its distribution needs
 * no row.
 */
#include "config/plugin_names.h"

#include <string.h>

#include "base/macros.h"

static const struct {
	const char *old, *present;
} renamed[] = {
	{"certbot-haproxy:haproxy-authenticator", "haproxy"},
	{"certbot-haproxy:haproxy-installer", "haproxy"},
	{"certbot-route53:auth", "dns-route53"},
	{"certbot-s3front:auth", "s3front"},
	{"certbot-s3front:installer", "s3front"},
	{"gandi-shs", "gandi"},
	{"letsencrypt-gandi:gandi-shs", "gandi"},
};

/* Plugins need no prefix since Certbot 1.7, but confs from before have one. */
const char *plugin_name_present(const char *name)
{
	const char *colon = strrchr(name, ':');

	for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
		if (strcmp(renamed[i].old, name) == 0)
			return renamed[i].present;
	return colon ? colon + 1 : name;
}
