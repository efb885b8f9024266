/*
 * Core option rows, sixth part: the store that the machines of a fleet share. They belong into
 * cli.ini, so none is kept with a lineage: each machine has its own way to the store.
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/options/option_rows.h"

static const struct option rows[] = {
	{.dest = "fleet_endpoints", .names = "--fleet-endpoints", .type = OPTION_COMMA_LIST,
	 .metavar = "URL[,URL]", .topics = "fleet", .flags = OPTION_OURS,
	 .help = "Members of the etcd cluster that holds the fleet's certificates: "
		 "https://a.example:2379. Without this option there is no fleet."},
	{.dest = "fleet_prefix", .names = "--fleet-prefix", .type = OPTION_STRING,
	 .fallback = "certbot/", .metavar = "TEXT", .topics = "fleet", .flags = OPTION_OURS,
	 .help = "What the fleet's keys in etcd begin with; each fleet has its own."},
	{.dest = "fleet_ca", .names = "--fleet-ca", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "fleet", .flags = OPTION_OURS,
	 .help = "Certificates of the CA that signed those of etcd. (default: the system's CAs)"},
	{.dest = "fleet_cert", .names = "--fleet-cert", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "fleet", .flags = OPTION_OURS,
	 .help = "Client certificate to show to etcd. Its subject must have no common name, or "
		 "etcd's gateway refuses it."},
	{.dest = "fleet_key", .names = "--fleet-key", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "fleet", .flags = OPTION_OURS, .help = "Private key of that certificate."},
	{.dest = "fleet_user", .names = "--fleet-user", .type = OPTION_STRING, .metavar = "NAME",
	 .topics = "fleet", .flags = OPTION_OURS,
	 .help = "User of etcd whose role may read and write the prefix."},
	{.dest = "fleet_password_file", .names = "--fleet-password-file", .type = OPTION_PATH,
	 .metavar = "FILE", .topics = "fleet", .flags = OPTION_OURS,
	 .help = "File with the password of that user, readable by nobody else."},
	{.dest = "fleet_node", .names = "--fleet-node", .type = OPTION_STRING, .metavar = "NAME",
	 .topics = "fleet", .flags = OPTION_OURS,
	 .help = "Name of this machine in the fleet; no two have the same. (default: its host "
		 "name)"},
	{.dest = "fleet_solo_days", .names = "--fleet-solo-days", .type = OPTION_UINT,
	 .fallback = "3", .metavar = "N", .topics = "fleet", .flags = OPTION_OURS,
	 .help = "If etcd cannot be reached and a certificate expires within so many days, renew it "
		 "without the fleet: one machine first, each further one six hours later. 0: never."},
	{.dest = "fleet_answer", .names = "--fleet-answer", .type = OPTION_FLAG, .topics = "fleet-agent",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Answer every http-01 challenge of the account on --http-01-port. Where a web "
		 "server has that port, give it the lines of certbot fleet snippet instead."},
	{.dest = "fleet_name", .names = "--fleet-name", .type = OPTION_LIST, .metavar = "NAME",
	 .topics = "fleet-adopt fleet-release fleet-want", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Certificate that is meant. The words after the subcommand mean the same."},
	{.dest = "fleet_orders", .names = "--fleet-orders", .type = OPTION_STRING,
	 .metavar = "N/WINDOW", .topics = "fleet-limit", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Orders that the fleet may place at a CA in a window of hours or days: 300/3h. The "
		 "word after the subcommand means the same."},
	{.dest = "fleet_gone", .names = "--fleet-gone", .type = OPTION_LIST, .metavar = "NAME",
	 .topics = "fleet-rekey", .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Machine that is no longer of the fleet, and is not waited for. The words after "
		 "the subcommand mean the same."},
};

const struct option_group fleet_options = {rows, ARRAY_LEN(rows)};
