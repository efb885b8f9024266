/*
 * Core option rows, third part: hooks and renewal.
 */
#include "base/macros.h"
#include "config/option_rows.h"

static const struct option rows[] = {
	{.dest = "pre_hook", .names = "--pre-hook", .type = OPTION_STRING, .metavar = "COMMAND",
	 .topics = "renew run certonly reconfigure", .flags = OPTION_SAVED,
	 .help = "Shell command to run before a certificate is obtained: for instance to stop a "
		 "web server that occupies port 80. Not run when nothing is due. The same command "
		 "is run only once, however many certificates name it."},
	{.dest = "post_hook", .names = "--post-hook", .type = OPTION_STRING, .metavar = "COMMAND",
	 .topics = "renew run certonly reconfigure", .flags = OPTION_SAVED,
	 .help = "Shell command to run after the attempt to obtain certificates, successful or "
		 "not: for instance to start again what --pre-hook stopped. Not run when nothing "
		 "was due; renew runs the same command only once."},
	{.dest = "deploy_hook", .names = "--renew-hook", .type = OPTION_STRING,
	 .metavar = "COMMAND", .topics = "renew", .flags = OPTION_HIDDEN | OPTION_SAVED,
	 .help = "",
	 .saved_as = "renew_hook"},
	{.dest = "random_sleep_on_renew", .names = "--no-random-sleep-on-renew",
	 .type = OPTION_FLAG_FALSE, .fallback = "true", .topics = "renew",
	 .help = "Start at once. Without a terminal, renew waits up to eight minutes before it asks "
		 "the CA for anything, so that not all machines come at the same second; it does "
		 "not with --cert-name, --force-renewal or --dry-run."},
	{.dest = "deploy_hook", .names = "--deploy-hook", .type = OPTION_STRING,
	 .metavar = "COMMAND", .topics = "renew run certonly reconfigure", .flags = OPTION_SAVED,
	 .help = "Shell command to run for each certificate that was obtained. RENEWED_LINEAGE in "
		 "its environment is the directory of the new files "
		 "(/etc/letsencrypt/live/example.com) and RENEWED_DOMAINS lists the names, "
		 "separated by blanks.",
	 .saved_as = "renew_hook"},
	{.dest = "validate_hooks", .names = "--disable-hook-validation", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "renew",
	 .help = "Do not check that the program which a hook starts with exists. The check only "
		 "looks at the first word and mistakes some shell syntax."},
	{.dest = "directory_hooks", .names = "--no-directory-hooks", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "renew",
	 .help = "Do not run the programs in the directories renewal-hooks/pre, deploy and post."},
	{.dest = "hook_timeout", .names = "--hook-timeout", .type = OPTION_UINT, .fallback = "3600",
	 .metavar = "SECONDS", .topics = "renew",
	 .flags = OPTION_OURS,
	 .help = "Stop a hook that runs longer than this; 0 lets it run for ever."},
	{.dest = "limit", .names = "--limit", .type = OPTION_UINT, .fallback = "0", .metavar = "N",
	 .topics = "renew",
	 .flags = OPTION_OURS,
	 .help = "Renew at most this many certificates in one run, the most urgent first; 0 means "
		 "no limit."},
	{.dest = "disable_renew_updates", .names = "--disable-renew-updates", .type = OPTION_FLAG,
	 .topics = "renew",
	 .help = "Do not let installers bring their own settings up to date during renew, such as "
		 "the growing life time of --auto-hsts."},
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
