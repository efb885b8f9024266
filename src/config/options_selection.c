/*
 * Core option rows, last part: plugin selection. The plugins' own options are in their descriptors.
 */
#include "base/macros.h"
#include "config/option_rows.h"

#define BOTH_ROLES (OPTION_SELECTS_AUTHENTICATOR | OPTION_SELECTS_INSTALLER)

/* The selector flag of a plugin that installs in a service of this kind, and does nothing else. */
#define SERVICE_SELECTOR(name, service)                                                            \
	{                                                                                          \
		.dest = name, .names = "--" name, .type = OPTION_FLAG,                             \
		.topics = "plugins run install", .flags = OPTION_SELECTS_INSTALLER | OPTION_OURS,  \
		.help = "Install the certificate in " service "."                                  \
	}

/* The selector flag of a DNS plugin. */
#define DNS_SELECTOR(name, provider)                                                                 \
	{                                                                                            \
		.dest = "dns_" name, .names = "--dns-" name, .type = OPTION_FLAG,                    \
		.topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR,                 \
		.help = "Prove control over names with DNS records; the zone is served by " provider \
			"."                                                                          \
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
	DNS_SELECTOR("acmedns", "an acme-dns server"),
	DNS_SELECTOR("acmesh", "a provider for which there is a script of the acme.sh kind"),
	DNS_SELECTOR("aliyun", "Alibaba Cloud"),
	DNS_SELECTOR("azure", "Azure DNS"),
	DNS_SELECTOR("bunny", "Bunny"),
	DNS_SELECTOR("cloudflare", "Cloudflare"),
	DNS_SELECTOR("cloudns", "ClouDNS"),
	DNS_SELECTOR("cloudxns", "CloudXNS"),
	DNS_SELECTOR("cpanel", "cPanel"),
	DNS_SELECTOR("desec", "deSEC"),
	DNS_SELECTOR("digitalocean", "DigitalOcean"),
	DNS_SELECTOR("directadmin", "DirectAdmin"),
	DNS_SELECTOR("dnsimple", "DNSimple"),
	DNS_SELECTOR("dnsmadeeasy", "DNS Made Easy"),
	DNS_SELECTOR("domeneshop", "Domeneshop"),
	DNS_SELECTOR("duckdns", "DuckDNS"),
	DNS_SELECTOR("dynu", "Dynu"),
	DNS_SELECTOR("easydns", "easyDNS"),
	DNS_SELECTOR("edgedns", "Akamai Edge DNS"),
	DNS_SELECTOR("exec", "a program of yours"),
	DNS_SELECTOR("gandi", "Gandi"),
	DNS_SELECTOR("gcore", "Gcore"),
	DNS_SELECTOR("gehirn", "Gehirn Infrastructure Service"),
	DNS_SELECTOR("godaddy", "GoDaddy"),
	DNS_SELECTOR("google", "Google Cloud DNS"),
	DNS_SELECTOR("hetzner", "Hetzner"),
	DNS_SELECTOR("huaweicloud", "Huawei Cloud"),
	DNS_SELECTOR("infomaniak", "Infomaniak"),
	DNS_SELECTOR("inwx", "INWX"),
	DNS_SELECTOR("ionos", "IONOS"),
	DNS_SELECTOR("joker", "Joker.com"),
	DNS_SELECTOR("linode", "Linode"),
	DNS_SELECTOR("luadns", "LuaDNS"),
	DNS_SELECTOR("mythicbeasts", "Mythic Beasts"),
	DNS_SELECTOR("namecheap", "Namecheap"),
	DNS_SELECTOR("namecom", "Name.com"),
	DNS_SELECTOR("namesilo", "NameSilo"),
	DNS_SELECTOR("netcup", "netcup"),
	DNS_SELECTOR("netlify", "Netlify"),
	DNS_SELECTOR("nsone", "NS1"),
	DNS_SELECTOR("oci", "Oracle Cloud"),
	DNS_SELECTOR("ovh", "OVH"),
	{.dest = "dns_persist", .names = "--dns-persist", .type = OPTION_FLAG,
	 .topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR,
	 .help = "Prove control over names with persistent DNS records, which never change: see "
		 "the subcommand dns-persist."},
	DNS_SELECTOR("plesk", "Plesk"),
	DNS_SELECTOR("porkbun", "Porkbun"),
	DNS_SELECTOR("powerdns", "a PowerDNS server that you run"),
	DNS_SELECTOR("rcode0", "RcodeZero"),
	DNS_SELECTOR("rfc2136", "a name server with dynamic updates (RFC 2136), such as BIND"),
	DNS_SELECTOR("route53", "Amazon Route 53"),
	DNS_SELECTOR("sakuracloud", "Sakura Cloud"),
	DNS_SELECTOR("scaleway", "Scaleway"),
	DNS_SELECTOR("selectel", "Selectel"),
	DNS_SELECTOR("simply", "Simply.com"),
	DNS_SELECTOR("technitium", "Technitium DNS Server"),
	DNS_SELECTOR("tencentcloud", "Tencent Cloud"),
	DNS_SELECTOR("transip", "TransIP"),
	DNS_SELECTOR("ultradns", "UltraDNS"),
	DNS_SELECTOR("vercel", "Vercel"),
	DNS_SELECTOR("vultr", "Vultr"),
};

const struct option_group selection_options = {rows, ARRAY_LEN(rows)};
