/*
 * The subcommands. `help` is not one of them: as the first word it means --help.
 */
#include "cli/verbs.h"

#include <string.h>

#include "app/verbs/announce.h"
#include "app/verbs/accounts.h"
#include "app/verbs/certificates.h"
#include "handover/handover.h"
#include "handover/shadow.h"
#include "history/changes_list.h"
#include "history/undo.h"
#include "app/fleet/agent.h"
#include "app/fleet/limit.h"
#include "app/fleet/membership.h"
#include "app/fleet/prune.h"
#include "app/fleet/rekey.h"
#include "app/fleet/sharing.h"
#include "app/import/import.h"
#include "app/notify/notify.h"
#include "app/status/status.h"
#include "app/verbs/installation.h"
#include "app/verbs/obtain.h"
#include "app/verbs/persist.h"
#include "app/verbs/plugins_list.h"
#include "app/verbs/reconfigure.h"
#include "app/verbs/remove.h"
#include "app/verbs/renew.h"
#include "app/why/why.h"
#include "base/macros.h"
#include "base/span.h"

const struct verb verbs[] = {
	{.name = "run", .aliases = "everything", .run = obtain_run,
	 .flags = VERB_RECOVERS | VERB_EXPLAINS | VERB_PAYS,
	 .summary = "Obtain or renew a certificate, and install it",
	 .usage = "certbot [options] [-d DOMAIN] [-d DOMAIN] ...",
	 .help = "Obtains a certificate and sets up the web server to use it. This is the default "
		 "subcommand. Without --nginx, --apache, or -a and -i, it uses the web server "
		 "found on this machine; without -d, it offers the names in that server's "
		 "configuration."},
	{.name = "certonly", .aliases = "auth", .run = obtain_certonly,
	 .flags = VERB_RECOVERS | VERB_EXPLAINS | VERB_PAYS,
	 .summary = "Obtain or renew a certificate, but do not install it",
	 .usage = "certbot certonly [options] [-d DOMAIN] [-d DOMAIN] ...",
	 .help = "Obtains a certificate and leaves it in /etc/letsencrypt/live, for you to set up "
		 "the server that needs it. A plugin proves control over the names: see certbot "
		 "--help plugins."},
	{.name = "renew", .run = renew_all,
	 .flags = VERB_RECOVERS | VERB_EXPLAINS | VERB_PAYS,
	 .summary = "Renew all certificates that are due, or one given by --cert-name",
	 .usage = "certbot renew [--cert-name NAME] [options]",
	 .help = "Renews every certificate that is due, using the plugins and options it was obtained "
		 "with, and prints a summary. Options given here override the saved ones, and are "
		 "saved in turn for the certificates that were renewed. It is meant to be run by a "
		 "timer and never asks questions; test it first, with --dry-run."},
	{.name = "install", .run = installation_install, .flags = VERB_RECOVERS | VERB_PAYS,
	 .summary = "Install a certificate in a server",
	 .usage = "certbot install [--cert-name NAME | --cert-path FILE --key-path FILE] [options]",
	 .help = "Sets up the web server to use a certificate: one of those that certbot manages, "
		 "or any other whose files are given."},
	{.name = "enhance", .run = installation_enhance, .flags = VERB_RECOVERS | VERB_PAYS,
	 .summary = "Add security enhancements to a configured server",
	 .usage = "certbot enhance [--cert-name NAME] [options]",
	 .help = "Changes how the web server serves the names of a certificate that is installed "
		 "already: redirection to HTTPS, security headers, OCSP stapling."},
	{.name = "certificates", .run = certificates_list, .flags = VERB_READS,
	 .summary = "List the certificates that certbot manages",
	 .usage = "certbot certificates [--cert-name NAME] [-d DOMAIN] [options]",
	 .help = "Prints names, expiry and files of the certificates that certbot manages: all of "
		 "them, the one given by --cert-name, or those with all names of -d."},
	{.name = "status", .run = status_run, .flags = VERB_NO_STATE,
	 .summary = "Show how all certificates and their renewals are",
	 .usage = "certbot status [--cert-name NAME] [--json] [--metrics FILE] [--html FILE] [options]",
	 .help = "Shows of each certificate what is on record: when it expires, when its renewal is "
		 "tried next, how the last one failed, whether it was seen where it should be served, "
		 "and what is left to do since it changed. The worst come first. Nothing is asked "
		 "over the network, nothing is changed, and it works while renew runs. certbot "
		 "why says more about one that is not well."},
	{.name = "reconfigure", .run = reconfigure, .flags = VERB_RECOVERS | VERB_PAYS,
	 .summary = "Change how a certificate will be renewed",
	 .usage = "certbot reconfigure --cert-name NAME [options]",
	 .help = "Changes the saved options of a certificate, after a dry run with the new ones."},
	{.name = "delete", .run = remove_delete, .flags = VERB_RECOVERS,
	 .summary = "Delete a certificate with all its files",
	 .usage = "certbot delete --cert-name NAME [options]",
	 .help = "Deletes the files of a certificate and forgets how to renew it. The certificate "
		 "is not revoked."},
	{.name = "revoke", .run = remove_revoke, .flags = VERB_RECOVERS,
	 .summary = "Revoke a certificate",
	 .usage = "certbot revoke [--cert-path FILE | --cert-name NAME] [options]",
	 .help = "Tells the CA that a certificate must no longer be trusted. The request is "
		 "signed by the account that obtained it or, with --key-path, by the "
		 "certificate's own key."},
	{.name = "register", .run = accounts_register, .flags = VERB_RECOVERS,
	 .summary = "Create an account with the CA",
	 .usage = "certbot register [--email EMAIL] [options]",
	 .help = "Creates an account with the CA. Obtaining the first certificate does this too."},
	{.name = "update_account", .run = accounts_update, .flags = VERB_RECOVERS,
	 .summary = "Change the e-mail address of the account",
	 .usage = "certbot update_account --email EMAIL [options]",
	 .help = "Replaces the addresses under which the CA can reach you."},
	{.name = "show_account", .run = accounts_show,
	 .summary = "Show the account as the CA knows it",
	 .usage = "certbot show_account [options]",
	 .help = "Asks the CA for the account and prints its address, key thumbprint and e-mail "
		 "addresses."},
	{.name = "unregister", .run = accounts_unregister, .flags = VERB_RECOVERS,
	 .summary = "Permanently deactivate the account",
	 .usage = "certbot unregister [options]",
	 .help = "Deactivates the account at the CA and deletes its key. This cannot be undone. "
		 "Certificates stay valid until they expire."},
	{.name = "dns-persist-show", .aliases = "dns-persist", .run = persist_show,
	 .summary = "Show the persistent DNS records that authorize the account",
	 .usage = "certbot dns-persist show -d DOMAIN [--wildcard] [--persist-until DATE] [options]",
	 .help = "Prints the TXT record that authorizes the account to get certificates for a "
		 "name for as long as the record exists (dns-persist-01). Once it is in place, "
		 "--dns-persist obtains and renews certificates without changing DNS."},
	{.name = "dns-persist-check", .run = persist_check,
	 .summary = "Check those records in DNS",
	 .usage = "certbot dns-persist check -d DOMAIN [--wildcard] [options]",
	 .help = "Looks up the records that dns-persist show prints and reports which are "
		 "missing, expired or about to expire. It fails unless all are in place."},
	{.name = "dns-persist-write", .run = persist_write, .flags = VERB_RECOVERS,
	 .summary = "Add those records with a DNS plugin",
	 .usage = "certbot dns-persist write -d DOMAIN --dns-PROVIDER [options]",
	 .help = "Adds the records that dns-persist show prints, using a DNS plugin. They are not "
		 "removed afterwards."},
	{.name = "dane-show", .aliases = "dane", .run = announce_show, .flags = VERB_READS,
	 .summary = "Show the TLSA records of present and next keys",
	 .usage = "certbot dane show [--cert-name NAME] [options]",
	 .help = "Prints the TLSA records of the certificates that have --dane, for the key in use "
		 "and for the next one. Add the next key's as soon as there is one: a renewal uses "
		 "it when it finds the record."},
	{.name = "dane-check", .run = announce_check, .flags = VERB_READS,
	 .summary = "Check those records in DNS",
	 .usage = "certbot dane check [--cert-name NAME] [options]",
	 .help = "Looks up the records that dane show prints, at the zones' own name servers. It "
		 "fails if one is missing, or if no name of a certificate has any on a port of --dane."},
	{.name = "rollback", .run = installation_rollback, .flags = VERB_RECOVERS,
	 .summary = "Undo changes to the server configuration",
	 .usage = "certbot rollback [--checkpoints N] [options]",
	 .help = "Undoes the most recent changes that certbot made to the configuration of a web "
		 "server."},
	{.name = "config_changes", .run = installation_config_changes, .flags = VERB_READS,
	 .summary = "List changes to server configurations",
	 .usage = "certbot config_changes [--num N] [options]",
	 .help = "Lists the changes that rollback can undo, most recent first."},
	{.name = "log", .run = changes_list, .flags = VERB_READS,
	 .summary = "List what certbot has changed on this machine",
	 .usage = "certbot log [--cert-name NAME] [--json] [options]",
	 .help = "Lists the changes of certificates, renewal options, accounts and server "
		 "configurations, most recent first: number, time, user, and what was done and "
		 "why. With --json also the command line, and each file before and after. "
		 "certbot undo takes one of them back."},
	{.name = "undo", .operands = "undo_number", .run = undo_change, .flags = VERB_RECOVERS,
	 .summary = "Take back one of the changes that certbot has made",
	 .usage = "certbot undo [N] [options]",
	 .help = "Takes back change N of certbot log, or the last one (with --cert-name, the last one "
		 "of that certificate): a certificate goes back to the generation before, renewal options and server configurations to what they were. "
		 "It refuses if one of the files was changed since, by certbot or somebody else, and "
		 "names it. Undoing is a change too, which undo takes back."},
	{.name = "plugins", .run = plugins_list, .flags = VERB_UNPRIVILEGED,
	 .summary = "List the plugins",
	 .usage = "certbot plugins [options] [--check NAME]",
	 .help = "Lists the plugins and what each can do."},
	{.name = "import", .operands = "import_client import_dir", .run = import_run,
	 .flags = VERB_RECOVERS,
	 .summary = "Take over the certificates of another ACME client",
	 .usage = "certbot import acme.sh|dehydrated|lego DIR [options]",
	 .help = "Copies the certificates, keys, accounts and options that another client keeps in "
		 "DIR, such as /root/.acme.sh, /etc/dehydrated or /root/.lego, so that they are "
		 "renewed from here. The other client's files are only read. Options given here "
		 "take the place of its own; lego keeps none, so --webroot -w DIR or another plugin "
		 "has to be given. --dry-run shows what would be done."},
	{.name = "fleet-status", .aliases = "fleet", .run = membership_status, .flags = VERB_READS,
	 .summary = "Show the fleet: its machines and its certificates",
	 .usage = "certbot fleet status [--json] [options]",
	 .help = "Lists the machines that share their certificates through etcd, which generation "
		 "of each certificate counts and which one is here, what is under way, what has "
		 "failed, and what is wrong with the cluster."},
	{.name = "fleet-init", .run = membership_init, .flags = VERB_RECOVERS,
	 .summary = "Begin a fleet: several machines with the same certificates",
	 .usage = "certbot fleet init --fleet-endpoints URL[,URL] [options]",
	 .help = "Looks at the etcd cluster, makes the fleet's key in /etc/letsencrypt/fleet/key, and "
		 "says what to do on the other machines. Nothing is shared until certbot fleet "
		 "adopt."},
	{.name = "fleet-join", .run = membership_join, .flags = VERB_RECOVERS,
	 .summary = "Make this machine a member of a fleet",
	 .usage = "certbot fleet join --fleet-endpoints URL[,URL] [options]",
	 .help = "Checks that the key in /etc/letsencrypt/fleet/key opens what the fleet has in etcd, "
		 "and takes its certificates over. The key comes from a machine that is a member "
		 "already."},
	{.name = "fleet-pull", .run = membership_pull, .is_idle = membership_has_no_news,
	 .flags = VERB_RECOVERS,
	 .summary = "Take over what the other machines have renewed",
	 .usage = "certbot fleet pull [options]",
	 .help = "Stores the newest certificates of the fleet here, and renews nothing. The next "
		 "certbot renew runs this machine's hooks and reloads its servers for them. The "
		 "agent does both by itself."},
	{.name = "fleet-agent", .run = agent_run, .flags = VERB_NO_STATE,
	 .summary = "Watch the fleet, and take over at once what another machine has renewed",
	 .usage = "certbot fleet agent [--fleet-answer] [options]",
	 .help = "Stays, and runs certbot fleet pull whenever another machine has published a "
		 "certificate, and certbot renew five seconds later: so many certificates are one "
		 "reload. With --fleet-answer it also answers http-01 challenges, for whichever "
		 "machine has ordered. certbot-fleet.service starts it; without it, machines take "
		 "certificates over when their timer runs."},
	{.name = "fleet-leave", .run = membership_leave, .flags = VERB_RECOVERS,
	 .summary = "Take this machine out of its fleet",
	 .usage = "certbot fleet leave [options]",
	 .help = "Certificates stay here as they are, and are renewed by this machine alone from "
		 "then on; the rest of the fleet goes on without it."},
	{.name = "fleet-adopt", .operands = "fleet_name...", .run = sharing_adopt,
	 .flags = VERB_RECOVERS,
	 .summary = "Share certificates of this machine with the fleet",
	 .usage = "certbot fleet adopt NAME... [options]",
	 .help = "Publishes the certificates with their keys, the account and the options by which "
		 "any machine of the fleet can renew them; sealed, so that etcd and its "
		 "administrators cannot read them. The other machines take them over at their next "
		 "renew. Hooks, webroots, installers and outputs stay each machine's own."},
	{.name = "fleet-release", .operands = "fleet_name...", .run = sharing_release,
	 .flags = VERB_RECOVERS,
	 .summary = "Stop sharing certificates",
	 .usage = "certbot fleet release NAME... [options]",
	 .help = "Each machine keeps the certificate that it has, and renews it for itself from then "
		 "on. To delete it, delete it on each machine."},
	{.name = "fleet-want", .operands = "fleet_name...", .run = sharing_want,
	 .flags = VERB_RECOVERS,
	 .summary = "Change the names of a certificate of the fleet",
	 .usage = "certbot fleet want NAME -d DOMAIN [-d DOMAIN] [options]",
	 .help = "Orders nothing: tells all machines which names the certificate is to have from its "
		 "next renewal on. It is due at once, and whichever machine runs certbot renew first "
		 "obtains it. The names that it has now take that back."},
	{.name = "fleet-limit", .operands = "fleet_orders", .run = limit_run, .flags = VERB_READS,
	 .summary = "Limit the orders that the machines of the fleet place together",
	 .usage = "certbot fleet limit N/WINDOW|none [options]",
	 .help = "At most N orders in each window (300/3h, 50/7d) at each CA, so that the batch of "
		 "one machine leaves something of the account's limit to the others. Renewals that "
		 "come later wait for the next window, and do not count as failures. Certificates "
		 "that are not the fleet's are not counted. certbot fleet status shows how many "
		 "orders were placed."},
	{.name = "fleet-rekey", .operands = "fleet_gone...", .run = rekey_run,
	 .flags = VERB_RECOVERS,
	 .summary = "Give the fleet another key",
	 .usage = "certbot fleet rekey [NAME...] [options]",
	 .help = "The first time, makes a key in /etc/letsencrypt/fleet/key.next, and says what to "
		 "do on the other machines. When all of them have it, seals what the fleet has in "
		 "etcd with it. Each machine then drops the old key at its next renew or fleet "
		 "pull. Machines named here are gone: nobody waits for them."},
	{.name = "fleet-prune", .run = prune_run, .flags = VERB_READS,
	 .summary = "Delete from etcd what no machine of the fleet needs any more",
	 .usage = "certbot fleet prune [--dry-run] [options]",
	 .help = "Deletes the generations before the last two of each certificate, those of "
		 "certificates that were released, orders that have ended, and machines that were "
		 "not here for 400 days. --dry-run shows what would be deleted."},
	{.name = "fleet-snippet", .operands = "snippet_server",
	 .run = accounts_snippet, .flags = VERB_READS,
	 .summary = "Print what lets a web server answer challenges by itself",
	 .usage = "certbot fleet snippet nginx|apache|haproxy|varnish [options]",
	 .help = "Prints lines for the configuration of a web server, with the thumbprint of the "
		 "account. With them it answers every challenge of this account, on as many "
		 "machines as have them, and --stateless obtains and renews certificates "
		 "without editing or reloading anything."},
	{.name = "shadow", .run = shadow_run, .flags = VERB_NO_STATE | VERB_WITHOUT_FILES,
	 .summary = "Compare with another Certbot on this machine",
	 .usage = "certbot shadow [--with PROGRAM] [options]",
	 .help = "Runs this program and another Certbot, such as /usr/bin/certbot, on private copies "
		 "of the configuration, and lists what differs: certificates that only one would "
		 "renew, plugins and options that one does not know, and what the other's timers do "
		 "besides. Nothing is changed, no CA is asked and no hook is run. The exit status is "
		 "1 if there are differences."},
	{.name = "handover", .run = handover_run, .flags = VERB_RECOVERS,
	 .summary = "Let this program renew in place of another Certbot",
	 .usage = "certbot handover [--with PROGRAM] [--dry-run] [options]",
	 .help = "Disables the timers and cron lines that run another Certbot, and enables a timer "
		 "(without systemd, a cron line) that runs this program. Before that it compares "
		 "the two as shadow does, and refuses if there are differences. handback undoes all "
		 "of it."},
	{.name = "handback", .run = handback_run, .flags = VERB_RECOVERS,
	 .summary = "Undo a handover",
	 .usage = "certbot handback [--dry-run] [options]",
	 .help = "Puts the timers and cron lines that handover has disabled back as they were, and "
		 "removes what it has added."},
	{.name = "why", .operands = "why_subject", .run = why_run, .flags = VERB_NO_STATE,
	 .summary = "Say why a certificate is not well, and what to do",
	 .usage = "certbot why [NAME | DOMAIN] [options]",
	 .help = "Looks at what is on record of a certificate or a domain, at DNS, at the CA, at the "
		 "servers and at this machine, and says which cause it sees, with the evidence, and "
		 "what to type. Without a word, for all certificates that are not well. Takes three "
		 "seconds at most and changes nothing."},
	{.name = "notify-watch", .aliases = "notify", .run = notify_watch, .flags = VERB_NO_STATE,
	 .summary = "Tell somebody when renew does not run, or certificates are not well",
	 .usage = "certbot notify watch [--notify WAY:VALUE] [options]",
	 .help = "Does what renew does at its end with --notify, and also tells if renew has not run "
		 "for two intervals. It is meant for a timer of its own, certbot-notify.timer, and "
		 "reads --notify in cli.ini. Without --notify it does nothing. It works while renew "
		 "runs, or hangs."},
	{.name = "notify-test", .run = notify_test, .flags = VERB_NO_STATE,
	 .summary = "Send a message to everybody who is notified",
	 .usage = "certbot notify test [--notify WAY:VALUE] [options]",
	 .help = "Sends a message to each target of --notify, on the command line or in cli.ini, and "
		 "says what went wrong. The exit status is 1 if one could not be sent."},
	{.name = "update_symlinks", .run = reconfigure_symlinks, .flags = VERB_RECOVERS,
	 .summary = "Recreate the links in live/ after moving files",
	 .usage = "certbot update_symlinks [options]",
	 .help = "Recreates the links of every certificate after its directories were moved and "
		 "the paths in /etc/letsencrypt/renewal were edited by hand."},
};

const size_t verb_count = ARRAY_LEN(verbs);

static bool has_name(const struct verb *verb, const char *name)
{
	struct span rest = span_of(verb->aliases ? verb->aliases : ""), alias;

	if (strcmp(verb->name, name) == 0)
		return true;
	while (span_take_until(&rest, ' ', &alias))
		if (span_eq(alias, name))
			return true;
	return false;
}

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < verb_count; i++)
		if (has_name(&verbs[i], name))
			return &verbs[i];
	return NULL;
}

const char *verb_operands(const char *name)
{
	const struct verb *verb = verb_find(name);

	return verb ? verb->operands : NULL;
}

bool verb_reads_files(const char *name)
{
	const struct verb *verb = verb_find(name);

	return !verb || !(verb->flags & VERB_WITHOUT_FILES);
}
