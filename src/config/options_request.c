/*
 * Core option rows, first part: what every run has, which names, which account, and what to do
 * about certificates that exist already. The order of the rows is that of Certbot 2.1
 * (option_rows.h).
 */
#include "base/macros.h"
#include "config/option_rows.h"

static const struct option rows[] = {
	{.dest = "help", .names = "-h --help", .type = OPTION_FLAG, .metavar = "[TOPIC]",
	 .topics = "general",
	 .help = "Show help, in general or about one topic, and exit. (default: False)"},
	{.dest = "config_file", .names = "-c --config", .type = OPTION_LIST, .metavar = "FILE",
	 .topics = "general",
	 .help = "Read options from this file too. It overrides /etc/letsencrypt/cli.ini and "
		 "~/.config/letsencrypt/cli.ini, and the command line overrides it. May be given "
		 "several times. (default: None)"},
	{.dest = "verbose_count", .names = "-v --verbose", .type = OPTION_COUNT, .fallback = "0",
	 .topics = "general",
	 .help = "Say more about what is being done; -vv says everything."},
	{.dest = "verbose_level", .names = "--verbose-level", .type = OPTION_INT,
	 .topics = "general", .metavar = "N", .flags = OPTION_HIDDEN,
	 .help = ""},
	{.dest = "text_mode", .names = "-t --text", .type = OPTION_FLAG, .topics = "general",
	 .flags = OPTION_HIDDEN | OPTION_SILENT_NOOP,
	 .help = ""},
	{.dest = "max_log_backups", .names = "--max-log-backups", .type = OPTION_UINT,
	 .fallback = "1000", .metavar = "N", .topics = "general",
	 .help = "How many old log files to keep. With 0 the log is never rotated: every run "
		 "appends to the same file."},
	{.dest = "preconfigured_renewal", .names = "--preconfigured-renewal", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN,
	 .help = ""},
	{.dest = "noninteractive_mode", .names = "-n --non-interactive --noninteractive",
	 .type = OPTION_FLAG, .topics = "general automation run certonly enhance",
	 .help = "Never ask. Where an answer is needed and no option gives it, the run ends with a "
		 "message that names the option."},
	{.dest = "force_interactive", .names = "--force-interactive", .type = OPTION_FLAG,
	 .topics = "general register run certonly enhance",
	 .help = "Ask questions even when there seems to be no terminal. Not with renew."},
	{.dest = "domains", .names = "-d --domains --domain", .type = OPTION_COMMA_LIST,
	 .metavar = "DOMAIN", .topics = "general run certonly certificates enhance install",
	 .help = "Names for the certificate: repeat the option, or separate names by commas. The "
		 "first one also names the files, unless --cert-name is given or a certificate for "
		 "the same names exists; where the file name is taken, a number such as -0001 is "
		 "added. Names in other scripts than Latin are accepted as they are written. "
		 "(default: Ask)"},
	{.dest = "ip_addresses", .names = "--ip-address", .type = OPTION_LIST, .metavar = "ADDRESS",
	 .topics = "general run certonly certificates",
	 .help = "An IPv4 or IPv6 address for the certificate; repeat the option for more. They "
		 "come after all domain names. (default: None)"},
	{.dest = "eab_kid", .names = "--eab-kid", .type = OPTION_STRING, .metavar = "KEY_ID",
	 .topics = "general run certonly register",
	 .help = "Key identifier that the CA gave you for binding the new ACME account to your "
		 "customer account there."},
	{.dest = "eab_hmac_key", .names = "--eab-hmac-key", .type = OPTION_STRING, .metavar = "KEY",
	 .topics = "general run certonly register", .flags = OPTION_SECRET,
	 .help = "The secret that belongs to --eab-kid, in base64url."},
	{.dest = "eab_hmac_alg", .names = "--eab-hmac-alg", .type = OPTION_STRING,
	 .fallback = "HS256", .choices = "HS256 HS384 HS512", .metavar = "ALGORITHM",
	 .topics = "general run certonly register",
	 .help = "How the account binding is signed: HS256, HS384 or HS512."},
	{.dest = "certname", .names = "--cert-name", .type = OPTION_STRING, .metavar = "NAME",
	 .topics = "general run certonly manage delete certificates renew revoke install enhance "
		   "reconfigure",
	 .help = "Name of a certificate: that of its files, which need not be one of the domains "
		 "in it. `certbot certificates` lists the names. With certonly and run it updates "
		 "the certificate of that name, or names the new one. (default: the first domain, "
		 "or the existing certificate for the same domains)"},
	{.dest = "dry_run", .names = "--dry-run", .type = OPTION_FLAG,
	 .topics = "general testing renew certonly",
	 .help = "Rehearse: go through everything with the CA's test server and keep nothing. "
		 "Works with certonly and renew. Web server plugins still change the server's "
		 "configuration for a moment and reload it, and pre and post hooks run, because "
		 "the rehearsal would prove little without them; deploy hooks do not run."},
	{.dest = "run_deploy_hooks", .names = "--run-deploy-hooks", .type = OPTION_FLAG,
	 .topics = "general testing renew certonly reconfigure",
	 .help = "Run deploy hooks in a rehearsal as well, with the certificate that is in use "
		 "now. Only with --dry-run and reconfigure."},
	{.dest = "register_unsafely_without_email", .names = "--register-unsafely-without-email",
	 .type = OPTION_FLAG, .topics = "register automation", .flags = OPTION_HIDDEN,
	 .help = "Make the account without an e-mail address."},
	{.dest = "email", .names = "-m --email", .type = OPTION_STRING, .metavar = "EMAIL",
	 .topics = "register update_account unregister automation",
	 .help = "Address under which the CA can reach you; several are separated by commas. "
		 "(default: Ask)"},
	{.dest = "eff_email", .names = "--eff-email", .type = OPTION_FLAG,
	 .topics = "register update_account automation", .flags = OPTION_TRISTATE,
	 .help = "Accepted for compatibility. No e-mail address is ever passed on to the EFF."},
	{.dest = "eff_email", .names = "--no-eff-email", .type = OPTION_FLAG_FALSE,
	 .topics = "register update_account automation", .flags = OPTION_TRISTATE,
	 .help = "Accepted for compatibility, like --eff-email."},
	{.dest = "update_registration", .names = "--update-registration", .type = OPTION_FLAG,
	 .topics = "register",
	 .flags = OPTION_OURS,
	 .help = "With register: change the e-mail address of the existing account, as "
		 "update_account does."},
	{.dest = "reinstall", .names = "--keep-until-expiring --keep --reinstall",
	 .type = OPTION_FLAG, .topics = "automation certonly run",
	 .help = "Where a certificate for the same names exists, keep it until it is due; run "
		 "installs it again. (default: Ask)"},
	{.dest = "expand", .names = "--expand", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Where a certificate exists for a part of the names asked for, replace it by one "
		 "for all of them. (default: Ask)"},
	{.dest = "version", .names = "--version", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Print the version of the program and exit. (default: False)"},
	{.dest = "renew_by_default", .names = "--force-renewal --renew-by-default",
	 .type = OPTION_FLAG, .topics = "automation renew",
	 .help = "Renew existing certificates now, due or not. Mostly --keep-until-expiring is "
		 "what you want. Implies --expand."},
	{.dest = "renew_with_new_domains", .names = "--renew-with-new-domains", .type = OPTION_FLAG,
	 .topics = "automation",
	 .help = "Where the certificate named by --cert-name has other names than those asked for, "
		 "replace it without asking, due or not."},
	{.dest = "reuse_key", .names = "--reuse-key", .type = OPTION_FLAG, .topics = "automation",
	 .flags = OPTION_SAVED,
	 .help = "Keep the private key when the certificate is renewed. Remembered for later "
		 "renewals."},
	{.dest = "reuse_key", .names = "--no-reuse-key", .type = OPTION_FLAG_FALSE,
	 .topics = "automation", .flags = OPTION_SAVED,
	 .help = "Make a new private key at every renewal, which is the default; takes back an "
		 "earlier --reuse-key."},
	{.dest = "new_key", .names = "--new-key", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Make a new private key this time even where --reuse-key is remembered. Together "
		 "with --reuse-key, the new key is the one that is kept from now on."},
	{.dest = "allow_subset_of_names", .names = "--allow-subset-of-names", .type = OPTION_FLAG,
	 .topics = "automation renew certonly", .flags = OPTION_SAVED,
	 .help = "When some of the names cannot be validated, issue for the others. The missing "
		 "ones are tried again at each renewal. Not with --csr, not with wildcards."},
	{.dest = "tos", .names = "--agree-tos", .type = OPTION_FLAG,
	 .topics = "automation register",
	 .help = "Agree to the CA's terms of service. (default: Ask)"},
	{.dest = "account", .names = "--account", .type = OPTION_STRING, .metavar = "ACCOUNT_ID",
	 .topics = "unregister automation update_account show_account", .flags = OPTION_SAVED,
	 .help = "Which account to use, where there are several."},
	{.dest = "duplicate", .names = "--duplicate", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Make one more certificate even where one for the same names exists. Both are "
		 "renewed from then on."},
	{.dest = "lock_timeout", .names = "--lock-timeout", .type = OPTION_UINT, .fallback = "0",
	 .metavar = "SECONDS", .topics = "automation renew",
	 .flags = OPTION_OURS,
	 .help = "How long to wait for another instance of certbot that is at work on the same "
		 "directories."},
	{.dest = "parallel", .names = "--parallel", .type = OPTION_UINT, .fallback = "0",
	 .metavar = "N", .topics = "automation renew",
	 .flags = OPTION_OURS,
	 .help = "At most this many certificates are worked on at the same time; with 0 the "
		 "program chooses."},
	{.dest = "json", .names = "--json", .type = OPTION_FLAG,
	 .topics = "certificates",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Print the list as JSON, for programs."},
	{.dest = "quiet", .names = "-q --quiet", .type = OPTION_FLAG,
	 .topics = "automation renew certonly run",
	 .help = "Print errors only. Implies --non-interactive."},
};

const struct option_group request_options = {rows, ARRAY_LEN(rows)};
