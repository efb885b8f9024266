/*
 * Core option rows, third part: hooks and renewal.
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/options/option_rows.h"

static const struct option rows[] = {
	{.dest = "pre_hook", .names = "--pre-hook", .type = OPTION_STRING, .metavar = "COMMAND",
	 .topics = "renew run certonly reconfigure", .flags = OPTION_SAVED,
	 .help = "Shell command to run before obtaining certificates, for instance to stop a web "
		 "server that uses port 80. Not run if no certificate is due. A command is run "
		 "only once, no matter how many certificates use it."},
	{.dest = "post_hook", .names = "--post-hook", .type = OPTION_STRING, .metavar = "COMMAND",
	 .topics = "renew run certonly reconfigure", .flags = OPTION_SAVED,
	 .help = "Shell command to run after attempting to obtain certificates, whether "
		 "successful or not, for instance to restart what --pre-hook stopped. Not run if "
		 "no certificate was due; renew runs a command only once."},
	{.dest = "deploy_hook", .names = "--renew-hook", .type = OPTION_STRING,
	 .metavar = "COMMAND", .topics = "renew", .flags = OPTION_HIDDEN | OPTION_SAVED,
	 .help = "",
	 .saved_as = "renew_hook"},
	{.dest = "random_sleep_on_renew", .names = "--no-random-sleep-on-renew",
	 .type = OPTION_FLAG_FALSE, .fallback = "true", .topics = "renew",
	 .help = "Do not wait before the first renewal. Without a terminal, renew sleeps for up "
		 "to eight minutes so that not all machines contact the CA at the same moment; it "
		 "does not with --cert-name, --force-renewal or --dry-run."},
	{.dest = "deploy_hook", .names = "--deploy-hook", .type = OPTION_STRING,
	 .metavar = "COMMAND", .topics = "renew run certonly reconfigure", .flags = OPTION_SAVED,
	 .help = "Shell command to run for each certificate that was obtained. In its "
		 "environment, RENEWED_LINEAGE is the directory of the new files "
		 "(/etc/letsencrypt/live/example.com) and RENEWED_DOMAINS a space-separated list "
		 "of the names.",
	 .saved_as = "renew_hook"},
	{.dest = "fallback_servers", .names = "--fallback-server", .type = OPTION_LIST,
	 .metavar = "URL[,account=ID]", .topics = "renew run certonly reconfigure",
	 .flags = OPTION_OURS,
	 .help = "Directory URL of a CA to ask in this order if --server cannot be reached, has an "
		 "error of its own or a limit in the way; not if it could not validate the names. "
		 "May be given several times for more, which are asked in this order. An account is "
		 "made there at once. A CA that the CAA records of the names forbid is left out. Every "
		 "renewal begins with --server again. Replaces those that the certificate has; `none` "
		 "removes them."},
	{.dest = "dane", .names = "--dane", .type = OPTION_LIST, .metavar = "PORT",
	 .topics = "renew run certonly reconfigure dane-show dane-check", .flags = OPTION_OURS,
	 .help = "Servers on this TCP port have TLSA records (DANE, `3 1 1`). The key of the next "
		 "certificate is made while the present one is in use, so that its record can be added "
		 "first, and a renewal uses it only when DNS has that record; until then it keeps the "
		 "present key. May be given several times; replaces the ports that the certificate "
		 "has, and `none` removes them. certbot dane show prints the records."},
	{.dest = "outputs", .names = "--output", .type = OPTION_LIST,
	 .metavar = "FORM:PATH[,SETTING=VALUE...]", .topics = "renew run certonly reconfigure install",
	 .flags = OPTION_OURS,
	 .help = "Also write the certificate in this form to this file, now and at each renewal, "
		 "before services are reloaded and deploy hooks run. May be given several times; "
		 "replaces the outputs that the certificate has, and `none` removes them. Forms: "
		 "pem (key, certificate and chain in one file), cert, chain, fullchain, privkey, "
		 "der, pfx. {name} in the path stands for the certificate's name. Settings: mode, "
		 "owner and group of the file; order=cert+chain+key for pem; password-file=PATH and "
		 "encryption=legacy for pfx. Example: "
		 "`pem:/etc/haproxy/certs/{name}.pem,mode=0640,group=haproxy`."},
	{.dest = "prove", .names = "--prove", .type = OPTION_LIST,
	 .metavar = "HOST:PORT[/PROTOCOL]", .topics = "renew run certonly reconfigure",
	 .flags = OPTION_OURS,
	 .help = "After each change of the certificate, connect there and check that it is shown for "
		 "each of its names; if it is not, reload the installers' servers once more, then "
		 "fail, and check again at each renew. Servers that an installer configures are "
		 "checked without this. May be given several times; replaces the places that the "
		 "certificate has, and `none` removes them and checks nothing. Protocols: tls (the "
		 "default), and smtp, imap, pop3, xmpp, ldap, ftp, postgres, which start in plain "
		 "text."},
	{.dest = "prove_restart", .names = "--prove-restart", .type = OPTION_LIST,
	 .metavar = "SERVICE", .topics = "renew run certonly reconfigure",
	 .flags = OPTION_OURS,
	 .help = "Restart this service of the machine (with systemctl, else its init script) if the "
		 "certificate is still not shown after a second reload. May be given several times; "
		 "stays until it is given again, and `none` removes it. (default: nothing is "
		 "restarted)"},
	{.dest = "validate_hooks", .names = "--disable-hook-validation", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "renew",
	 .help = "Do not check that hook commands exist. The check looks only at the first word "
		 "and misjudges some shell syntax."},
	{.dest = "directory_hooks", .names = "--no-directory-hooks", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "renew",
	 .help = "Do not run the programs in renewal-hooks/pre, renewal-hooks/deploy and "
		 "renewal-hooks/post."},
	{.dest = "hook_timeout", .names = "--hook-timeout", .type = OPTION_UINT, .fallback = "3600",
	 .metavar = "SECONDS", .topics = "renew",
	 .flags = OPTION_OURS,
	 .help = "Stop a hook that runs longer than this; 0 means no limit."},
	{.dest = "limit", .names = "--limit", .type = OPTION_UINT, .fallback = "0", .metavar = "N",
	 .topics = "renew",
	 .flags = OPTION_OURS,
	 .help = "Renew at most this many certificates in one run, the most urgent first; 0 means "
		 "no limit."},
	{.dest = "renew_window", .names = "--renew-window", .type = OPTION_UINT, .fallback = "0",
	 .metavar = "DAYS", .topics = "renew", .flags = OPTION_OURS,
	 .help = "Spread renewals over this many days before they would be due by lifetime, each "
		 "certificate at its own moment, so that those obtained together do not stay "
		 "together; at most a sixth of the lifetime. Best given in cli.ini. A moment that the "
		 "CA or renew_before_expiry sets stays. 0 means not to spread them."},
	{.dest = "disable_renew_updates", .names = "--disable-renew-updates", .type = OPTION_FLAG,
	 .topics = "renew",
	 .help = "Do not let installers update their own settings during renew, such as the "
		 "increasing max-age of --auto-hsts."},
	{.dest = "autorenew", .names = "--no-autorenew", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "renew run certonly", .flags = OPTION_SAVED,
	 .help = "Never renew this certificate automatically."},

	{.dest = "os_packages_only", .names = "--os-packages-only", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
	{.dest = "no_self_upgrade", .names = "--no-self-upgrade", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
	{.dest = "no_bootstrap", .names = "--no-bootstrap", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
	{.dest = "no_permissions_check", .names = "--no-permissions-check", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
	{.dest = "agree_dev_preview", .names = "--agree-dev-preview", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
	{.dest = "dialog", .names = "--dialog", .type = OPTION_FLAG, .topics = "general",
	 .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
	{.dest = "apache_init_script", .names = "--apache-init-script", .type = OPTION_STRING,
	 .metavar = "FILE", .topics = "general", .flags = OPTION_HIDDEN | OPTION_DEPRECATED,
	 .help = ""},
};

const struct option_group renewal_options = {rows, ARRAY_LEN(rows)};
