/*
 * Core option rows, first part: options of every run, names, account, and what to do about existing
 * certificates. The order of the rows is that of Certbot 2.1 (option_rows.h).
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/options/option_rows.h"

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
	 .help = "Print more information; -vv prints everything."},
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
	{.dest = "keep_changes", .names = "--keep-changes", .type = OPTION_UINT,
	 .fallback = "90", .metavar = "DAYS", .topics = "general log undo", .flags = OPTION_OURS,
	 .help = "How long to keep the record of changes that certbot log shows and certbot undo "
		 "takes back. With 0 it is kept forever."},
	{.dest = "preconfigured_renewal", .names = "--preconfigured-renewal", .type = OPTION_FLAG,
	 .topics = "general", .flags = OPTION_HIDDEN,
	 .help = ""},
	{.dest = "noninteractive_mode", .names = "-n --non-interactive --noninteractive",
	 .type = OPTION_FLAG, .topics = "general automation run certonly enhance",
	 .help = "Never ask questions. If an answer is required and no option provides it, fail "
		 "and name the option."},
	{.dest = "force_interactive", .names = "--force-interactive", .type = OPTION_FLAG,
	 .topics = "general register run certonly enhance",
	 .help = "Ask questions even when there seems to be no terminal. Not with renew."},
	{.dest = "domains", .names = "-d --domains --domain", .type = OPTION_COMMA_LIST,
	 .metavar = "DOMAIN", .topics = "general run certonly certificates enhance install fleet-want",
	 .help = "Names for the certificate: repeat the option, or separate the names with "
		 "commas. The first one also names the files, unless --cert-name is given or a "
		 "certificate for the same names exists; if that name is taken, a number such as "
		 "-0001 is appended. Internationalized names may be given in UTF-8. (default: "
		 "Ask)"},
	{.dest = "ip_addresses", .names = "--ip-address", .type = OPTION_LIST, .metavar = "ADDRESS",
	 .topics = "general run certonly certificates fleet-want",
	 .help = "An IPv4 or IPv6 address for the certificate; repeat the option for more. They "
		 "follow the domain names. (default: None)"},
	{.dest = "eab_kid", .names = "--eab-kid", .type = OPTION_STRING, .metavar = "KEY_ID",
	 .topics = "general run certonly register",
	 .help = "Key identifier from your CA, for binding the new ACME account to your account "
		 "with the CA."},
	{.dest = "eab_hmac_key", .names = "--eab-hmac-key", .type = OPTION_STRING, .metavar = "KEY",
	 .topics = "general run certonly register", .flags = OPTION_SECRET,
	 .help = "The secret for --eab-kid, in base64url."},
	{.dest = "eab_hmac_alg", .names = "--eab-hmac-alg", .type = OPTION_STRING,
	 .fallback = "HS256", .choices = "HS256 HS384 HS512", .metavar = "ALGORITHM",
	 .topics = "general run certonly register",
	 .help = "How the account binding is signed: HS256, HS384 or HS512."},
	{.dest = "certname", .names = "--cert-name", .type = OPTION_STRING, .metavar = "NAME",
	 .topics = "general run certonly manage delete certificates status renew revoke install "
		   "enhance reconfigure log undo",
	 .help = "Name of a certificate, as used in file names; it need not be one of its "
		 "domains. `certbot certificates` lists the names. With certonly and run, update "
		 "the certificate of that name, or give a new one that name. (default: the first "
		 "domain, or the existing certificate for the same domains)"},
	{.dest = "dry_run", .names = "--dry-run", .type = OPTION_FLAG,
	 .topics = "general testing renew certonly fleet-prune",
	 .help = "Do a test run against the CA's test server without saving any certificate. "
		 "Works with certonly and renew. Web server plugins still change and reload the "
		 "server's configuration temporarily, and pre and post hooks are run, since the "
		 "test would prove little without them; deploy hooks are not run."},
	{.dest = "run_deploy_hooks", .names = "--run-deploy-hooks", .type = OPTION_FLAG,
	 .topics = "general testing renew certonly reconfigure",
	 .help = "Run deploy hooks in a dry run too, with the current certificate. Only with "
		 "--dry-run and reconfigure."},
	{.dest = "register_unsafely_without_email", .names = "--register-unsafely-without-email",
	 .type = OPTION_FLAG, .topics = "register automation", .flags = OPTION_HIDDEN,
	 .help = "Register the account without an e-mail address."},
	{.dest = "email", .names = "-m --email", .type = OPTION_STRING, .metavar = "EMAIL",
	 .topics = "register update_account unregister automation",
	 .help = "E-mail address for the CA to contact you; separate several with commas. "
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
	 .help = "With register: change the e-mail address of the existing account, like "
		 "update_account."},
	{.dest = "reinstall", .names = "--keep-until-expiring --keep --reinstall",
	 .type = OPTION_FLAG, .topics = "automation certonly run",
	 .help = "If a certificate for the same names exists, keep it until it is due for "
		 "renewal; run reinstalls it. (default: Ask)"},
	{.dest = "expand", .names = "--expand", .type = OPTION_FLAG, .topics = "automation",
	 .help = "If a certificate for some of the requested names exists, replace it with one "
		 "for all of them. (default: Ask)"},
	{.dest = "version", .names = "--version", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Print the version of the program and exit. (default: False)"},
	{.dest = "renew_by_default", .names = "--force-renewal --renew-by-default",
	 .type = OPTION_FLAG, .topics = "automation renew",
	 .help = "Renew existing certificates now, even if they are not due. Usually "
		 "--keep-until-expiring is what you want. Implies --expand."},
	{.dest = "renew_with_new_domains", .names = "--renew-with-new-domains", .type = OPTION_FLAG,
	 .topics = "automation",
	 .help = "If the certificate named with --cert-name has other names than those requested, "
		 "replace it without asking, even if it is not due."},
	{.dest = "reuse_key", .names = "--reuse-key", .type = OPTION_FLAG, .topics = "automation",
	 .flags = OPTION_SAVED,
	 .help = "Keep the private key when the certificate is renewed. Saved for later renewals."},
	{.dest = "reuse_key", .names = "--no-reuse-key", .type = OPTION_FLAG_FALSE,
	 .topics = "automation", .flags = OPTION_SAVED,
	 .help = "Generate a new private key at every renewal, which is the default; undoes an "
		 "earlier --reuse-key."},
	{.dest = "new_key", .names = "--new-key", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Generate a new private key this time even if --reuse-key is saved. Combined "
		 "with --reuse-key, the new key is the one reused from now on."},
	{.dest = "allow_subset_of_names", .names = "--allow-subset-of-names", .type = OPTION_FLAG,
	 .topics = "automation renew certonly", .flags = OPTION_SAVED,
	 .help = "If some names cannot be validated, get a certificate for the others. The "
		 "missing names are tried again at each renewal. Cannot be used with --csr or "
		 "with wildcards."},
	{.dest = "tos", .names = "--agree-tos", .type = OPTION_FLAG,
	 .topics = "automation register",
	 .help = "Agree to the CA's terms of service. (default: Ask)"},
	{.dest = "account", .names = "--account", .type = OPTION_STRING, .metavar = "ACCOUNT_ID",
	 .topics = "unregister automation update_account show_account fleet-snippet", .flags = OPTION_SAVED,
	 .help = "Account to use, if there are several."},
	{.dest = "duplicate", .names = "--duplicate", .type = OPTION_FLAG, .topics = "automation",
	 .help = "Get another certificate even if one for the same names exists. Both will be "
		 "renewed."},
	{.dest = "lock_timeout", .names = "--lock-timeout", .type = OPTION_UINT, .fallback = "0",
	 .metavar = "SECONDS", .topics = "automation renew",
	 .flags = OPTION_OURS,
	 .help = "How long to wait for another certbot process that is using the same "
		 "directories."},
	{.dest = "parallel", .names = "--parallel", .type = OPTION_UINT, .fallback = "0",
	 .metavar = "N", .topics = "automation renew",
	 .flags = OPTION_OURS,
	 .help = "Process at most this many certificates at the same time; 0 lets the program "
		 "choose."},
	{.dest = "json", .names = "--json", .type = OPTION_FLAG,
	 .topics = "automation subcommands", .flags = OPTION_OURS,
	 .help = "Print the result as one JSON document, also of a failure, and nothing else, on "
		 "standard output. Implies --non-interactive."},
	{.dest = "json_events", .names = "--json-events", .type = OPTION_STRING, .metavar = "FILE",
	 .topics = "automation run certonly renew", .flags = OPTION_OURS,
	 .help = "Append an event to this file as it happens, a JSON object a line: what is due, "
		 "ordered, validated, issued, deployed, skipped or has failed, hooks, and at the end a "
		 "summary. -: standard output, in place of the text; /dev/fd/N: an open descriptor. "
		 "(default: None)"},
	{.dest = "quiet", .names = "-q --quiet", .type = OPTION_FLAG,
	 .topics = "automation renew certonly run",
	 .help = "Print errors only. Implies --non-interactive."},
};

const struct option_group request_options = {rows, ARRAY_LEN(rows)};
