/*
 * Core option rows, fourth part: options of single subcommands, and paths.
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/options/option_rows.h"
#include "config/servers.h"

static const struct option rows[] = {
	{.dest = "user_agent", .names = "--user-agent", .type = OPTION_STRING, .metavar = "TEXT",
	 .topics = "general", .flags = OPTION_SAVED,
	 .help = "Exact User-Agent to send to the CA; \"\" sends an empty one. (default: the name "
		 "and version of this program)"},
	{.dest = "user_agent_comment", .names = "--user-agent-comment", .type = OPTION_STRING,
	 .metavar = "TEXT", .topics = "general",
	 .help = "Text to append to the default User-Agent, for programs that wrap this one "
		 "(Wrapper/1.0). Ignored if --user-agent is given."},
	{.dest = "csr", .names = "--csr", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "certonly",
	 .help = "Certificate signing request to use, in PEM or DER, instead of generating a key "
		 "and a request. Only with certonly; the certificate is not renewed "
		 "automatically."},
	{.dest = "renew_csr", .names = "--renew-csr", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "certonly", .flags = OPTION_OURS | OPTION_SAVED,
	 .help = "Like --csr, but keep the certificate as others are kept, and let `renew` renew it "
		 "from this file: it must stay there, with the same key and names. There is no "
		 "private key here; privkey.pem is a copy of the request."},
	{.dest = "persist_wildcard", .names = "--wildcard", .type = OPTION_FLAG,
	 .topics = "dns-persist-show dns-persist-check dns-persist-write",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Make the record valid for subdomains and wildcards as well."},
	{.dest = "persist_until", .names = "--persist-until", .type = OPTION_STRING,
	 .metavar = "DATE", .topics = "dns-persist-show dns-persist-write",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Last day on which the CA may accept the record: YYYY-MM-DD, or an RFC 3339 "
		 "time. (default: no limit)"},
	{.dest = "reason", .names = "--reason", .type = OPTION_STRING, .fallback = "unspecified",
	 .choices = "unspecified keycompromise affiliationchanged superseded cessationofoperation",
	 .metavar = "REASON", .topics = "revoke", .flags = OPTION_ANY_CASE,
	 .help = "Why the certificate is revoked: unspecified, keycompromise, affiliationchanged, "
		 "superseded or cessationofoperation."},
	{.dest = "delete_after_revoke", .names = "--delete-after-revoke", .type = OPTION_FLAG,
	 .topics = "revoke", .flags = OPTION_TRISTATE,
	 .help = "Delete the certificate and all its earlier versions once it is revoked. "
		 "(default: Ask)"},
	{.dest = "delete_after_revoke", .names = "--no-delete-after-revoke",
	 .type = OPTION_FLAG_FALSE, .topics = "revoke", .flags = OPTION_TRISTATE,
	 .help = "Keep the files of the revoked certificate; renew will continue to renew it. "
		 "(default: Ask)"},
	{.dest = "force", .names = "--force", .type = OPTION_FLAG,
	 .topics = "delete revoke",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Delete the certificate even if a web server configuration still refers to its "
		 "files and the server will fail to start."},
	{.dest = "served", .names = "--served", .type = OPTION_FLAG,
	 .topics = "certificates manage", .flags = OPTION_OURS,
	 .help = "Also ask the servers of installers and the places of --prove which certificate they show (certificates)."},
	{.dest = "checkpoints", .names = "--checkpoints", .type = OPTION_INT, .fallback = "1",
	 .metavar = "N", .topics = "rollback",
	 .help = "Number of changes to the server configuration to undo."},
	{.dest = "num", .names = "--num", .type = OPTION_INT, .metavar = "N",
	 .topics = "config_changes",
	 .flags = OPTION_OURS,
	 .help = "Show at most this many changes, most recent first. (default: all)"},
	{.dest = "undo_number", .names = "--change", .type = OPTION_INT, .metavar = "N",
	 .topics = "undo", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Number of the change to undo, as certbot log shows it. The word after undo means "
		 "the same. (default: the last one)"},
	{.dest = "import_client", .names = "--from-client", .type = OPTION_STRING,
	 .metavar = "NAME", .topics = "import", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Client to import from: acme.sh, dehydrated or lego. The first word after import "
		 "means the same."},
	{.dest = "import_dir", .names = "--from-dir", .type = OPTION_PATH, .metavar = "DIR",
	 .topics = "import", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Folder with that client's files. The second word after import means the same."},
	{.dest = "snippet_server", .names = "--snippet-server", .type = OPTION_STRING,
	 .metavar = "NAME", .topics = "fleet-snippet", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Web server to print lines for: nginx, apache, haproxy or varnish. The word after "
		 "fleet snippet means the same."},
	{.dest = "shadow_with", .names = "--with", .type = OPTION_PATH, .metavar = "PROGRAM",
	 .topics = "shadow handover", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "The other Certbot. (default: the one that a timer or cron line of this machine "
		 "runs, or /usr/bin/certbot)"},
	{.dest = "accept_differences", .names = "--accept-differences", .type = OPTION_FLAG,
	 .topics = "handover handback", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Go on although the two programs differ or lack a plugin, and leave files as they "
		 "are that somebody has changed since the handover."},
	{.dest = "why_subject", .names = "--about", .type = OPTION_STRING, .metavar = "NAME",
	 .topics = "why", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Certificate or domain to ask about. The first word after why means the same. "
		 "(default: all certificates that are not well)"},
	{.dest = "metrics", .names = "--metrics", .type = OPTION_STRING, .metavar = "FILE",
	 .topics = "status", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Write metrics for Prometheus to this file (-: standard output) instead of printing "
		 "the list. (default: None)"},
	{.dest = "html", .names = "--html", .type = OPTION_STRING, .metavar = "FILE",
	 .topics = "status", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Write a page for a browser to this file (-: standard output) instead of printing "
		 "the list: a table, and when certificates expire. It needs no other file. A new one can "
		 "be read by its owner and group; one that exists keeps mode and group. (default: "
		 "None)"},
	{.dest = "metrics_file", .names = "--metrics-file", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "renew", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "After each run, write metrics of it and of all certificates to this file, such as "
		 "/var/lib/prometheus/node-exporter/certbot.prom. A file that cannot be written is a "
		 "warning. Not in a dry run. (default: None)"},
	{.dest = "notify", .names = "--notify", .type = OPTION_COMMA_LIST, .metavar = "WAY:VALUE",
	 .topics = "renew notify-watch notify-test", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Tell somebody when renewals of a certificate have failed three times, it is close to "
		 "its end, it is not shown where it should be, or something else is wrong with it, and "
		 "when that is over; one message a run. syslog (the journal), mail:ADDRESS (by the "
		 "local sendmail), smtp:/FILE (a mail server), program:/PATH (gets JSON), or a webhook: "
		 "webhook:/FILE, slack:/FILE, matrix:/FILE, ntfy:/FILE, telegram:/FILE, where the file "
		 "has what is secret about it. May be given several times. A message that cannot be "
		 "sent is a warning. Not in a dry run. (default: None)"},
	{.dest = "notify_days", .names = "--notify-days", .type = OPTION_UINT, .fallback = "0",
	 .metavar = "DAYS", .topics = "renew notify-watch", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "How many days before its end a certificate is close to it; 0: when a sixth of its "
		 "lifetime is left."},
	{.dest = "init", .names = "--init", .type = OPTION_FLAG, .topics = "plugins",
	 .help = "Also initialize each plugin."},
	{.dest = "prepare", .names = "--prepare", .type = OPTION_FLAG, .topics = "plugins",
	 .help = "Also check whether each plugin can be used on this machine, and list only those "
		 "that can."},
	{.dest = "check_plugin", .names = "--check", .type = OPTION_STRING, .metavar = "NAME",
	 .topics = "plugins", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Run a conformance suite against a plugin that is a program of its own, instead "
		 "of listing. It deploys a certificate for check.invalid and undoes that."},
	{.dest = "ifaces", .names = "--authenticators", .type = OPTION_CONST,
	 .choices = "authenticator", .topics = "plugins",
	 .help = "List only plugins that can prove control over a name."},
	{.dest = "ifaces", .names = "--installers", .type = OPTION_CONST, .choices = "installer",
	 .topics = "plugins",
	 .help = "List only plugins that can set up a server to use a certificate."},
	{.dest = "cert_path", .names = "--cert-path", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "paths install revoke certonly manage",
	 .help = "File of the certificate to install or revoke, or to write with certonly --csr."},
	{.dest = "key_path", .names = "--key-path", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "paths install revoke",
	 .help = "File of the private key to install; with revoke, sign with this key instead of "
		 "the account's."},
	{.dest = "fullchain_path", .names = "--fullchain-path", .type = OPTION_PATH,
	 .metavar = "FILE", .topics = "paths install certonly",
	 .help = "File with the certificate and its chain: to install, or to write with certonly "
		 "--csr."},
	{.dest = "chain_path", .names = "--chain-path", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "paths install certonly",
	 .help = "File with the chain alone: to install, or to write with certonly --csr."},
	{.dest = "config_dir", .names = "--config-dir", .type = OPTION_PATH,
	 .fallback = "/etc/letsencrypt", .metavar = "DIR", .topics = "paths", .flags = OPTION_SAVED,
	 .help = "Directory of accounts, keys, certificates and renewal settings."},
	{.dest = "work_dir", .names = "--work-dir", .type = OPTION_PATH,
	 .fallback = "/var/lib/letsencrypt", .metavar = "DIR", .topics = "paths",
	 .flags = OPTION_SAVED,
	 .help = "Directory for what is needed to undo changes."},
	{.dest = "logs_dir", .names = "--logs-dir", .type = OPTION_PATH,
	 .fallback = "/var/log/letsencrypt", .metavar = "DIR", .topics = "paths",
	 .flags = OPTION_SAVED,
	 .help = "Directory for log files."},
	{.dest = "server", .names = "--server", .type = OPTION_STRING,
	 .fallback = SERVER_LETSENCRYPT, .metavar = "URL",
	 .topics = "paths show_account fleet-snippet", .flags = OPTION_SAVED | OPTION_ALWAYS_SAVED,
	 .help = "Directory URL of the CA's ACME server."},
};

const struct option_group command_options = {rows, ARRAY_LEN(rows)};
