/*
 * The manual page certbot(1) (see help.h). Facts that no row has (examples, files, exit status,
 * environment) are in small tables here.
 */
#include <string.h>

#include "base/macros.h"
#include "base/span.h"
#include "cli/help.h"
#include "cli/exit_status.h"
#include "cli/help_parts.h"
#include "cli/roff.h"
#include "cli/verbs.h"

static const struct roff_entry examples[] = {
	{"certbot --nginx -d example.com -d www.example.com",
	 "Obtains a certificate for two names with the help of nginx and sets nginx up to use it."},
	{"certbot certonly --webroot -w /var/www/html -d example.com",
	 "Obtains a certificate through a running web server and leaves its configuration alone."},
	{"certbot certonly --standalone -d mail.example.com --deploy-hook 'systemctl reload postfix'",
	 "Answers the CA itself on port 80; Postfix is reloaded now and after each renewal."},
	{"certbot certonly --dns-cloudflare --dns-cloudflare-credentials /etc/letsencrypt/cf.ini "
	 "-d example.com -d '*.example.com'",
	 "Obtains a wildcard certificate, which takes a DNS plugin."},
	{"certbot renew --dry-run", "Rehearses all renewals with the CA's test server."},
	{"certbot renew -q", "Renews what is due and prints only failures: for a timer."},
	{"certbot certificates", "Lists the certificates."},
	{"certbot certonly --cert-name example.com -d example.com -d shop.example.com",
	 "Changes the names of a certificate."},
	{"certbot reconfigure --cert-name example.com --webroot -w /srv/www",
	 "Changes how it is renewed."},
	{"certbot revoke --cert-name example.com --reason keycompromise",
	 "Revokes it because somebody else may know its key."},
	{"certbot delete --cert-name example.com", "Deletes it, unless a server still uses it."},
	{"certbot rollback --nginx", "Undoes the last change of nginx's configuration."},
};

static const struct roff_entry files[] = {
	{"/etc/letsencrypt/cli.ini, ~/.config/letsencrypt/cli.ini",
	 "Options for every run: one long option per line, as `key = value`. The second file "
	 "overrides the first, files given by `--config` override both, and the command line "
	 "overrides them all. Flags take true or false; false leaves a flag out and does not "
	 "switch it off."},
	{"/etc/letsencrypt/live/NAME/",
	 "The current files of a certificate: privkey.pem, fullchain.pem, cert.pem and chain.pem. "
	 "Point servers at these files rather than at copies."},
	{"/etc/letsencrypt/archive/NAME/", "All versions of those files."},
	{"/etc/letsencrypt/renewal/NAME.conf", "How the certificate is renewed."},
	{"/etc/letsencrypt/renewal-hooks/{pre,deploy,post}/",
	 "Programs that are run as hooks for every certificate."},
	{"/etc/letsencrypt/accounts/", "The accounts and their keys, by server."},
	{"/var/lib/letsencrypt/",
	 "Work in progress, and backups of server configurations for `rollback`."},
	{"/var/log/letsencrypt/letsencrypt.log",
	 "The log of the last run; those of earlier runs are numbered."},
};

static const struct roff_entry variables[] = {
	{"REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE",
	 "File or directory of CA certificates to trust for the ACME server, instead of the "
	 "system's. The first that is set counts."},
	{"https_proxy, http_proxy, all_proxy, no_proxy",
	 "Proxies for connections to the CA and to DNS services, and the hosts that need none. In "
	 "capitals too; small letters win."},
	{"XDG_CONFIG_HOME",
	 "Directory of the user's letsencrypt/cli.ini, instead of `~/.config`."},
	{"XDG_RUNTIME_DIR",
	 "For users other than root: where it is kept what `--notify` has told, while the work "
	 "directory cannot be written. Root has `/run/certbot`."},
	{"CERTBOT_PLUGIN_PATH", "More directories with external plugins, separated by colons."},
	{"PATH", "Where hooks, external plugins and the programs of web servers are looked for."},
	{"TMPDIR", "Where a run that cannot open its log leaves one."},
};

/* The same text as in --help. */
void help_man_option(const struct option *option, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span rest = span_of(option->names), name;
	const char *metavar = help_metavar(option), *separator = "";

	strbuf_adds(out, ".TP\n");
	while (span_take_until(&rest, ' ', &name)) {
		strbuf_adds(out, separator);
		roff_add_bold(out, name.ptr, name.len);
		separator = ", ";
	}
	if (metavar)
		strbuf_addf(out, " \\fI%s\\fR", metavar);
	strbuf_addc(out, '\n');
	help_add_text(option, &text);
	roff_line(out, text.text);
}

/* Adds a subsection with the options of a topic or subcommand; nothing if it has none of its
 * own. */
static void add_home_rows(const struct help_source *source, const char *topic, const char *title,
			  struct strbuf *out)
{
	bool is_empty = true;

	for (size_t i = 0; i < source->table->count; i++) {
		if (!help_is_at_home(source->table->rows[i], topic))
			continue;
		if (is_empty)
			roff_subsection(out, title);
		is_empty = false;
		help_man_option(source->table->rows[i], out);
	}
}

/* Made from the rows, so that the page is always up to date. */
static void add_verbs(struct strbuf *out)
{
	roff_section(out, "SUBCOMMANDS");
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN)
			continue;
		strbuf_adds(out, ".TP\n");
		roff_add_bold(out, verbs[i].usage, strlen(verbs[i].usage));
		strbuf_addc(out, '\n');
		roff_line(out, verbs[i].help);
	}
}

static void add_options(const struct help_source *source, struct strbuf *out)
{
	roff_section(out, "OPTIONS");
	roff_line(out,
		  "Every option may be given with every subcommand, before or after it. A long "
		  "option may be shortened as long as it stays unambiguous.");
	for (size_t i = 0; i < help_topic_count; i++)
		add_home_rows(source, help_topics[i].name, help_topics[i].title, out);
	for (size_t i = 0; i < verb_count; i++)
		if (!(verbs[i].flags & VERB_HIDDEN))
			add_home_rows(source, verbs[i].name, verbs[i].name, out);
}

static void add_plugins(const struct help_source *source, struct strbuf *out)
{
	if (source->plugin_count)
		roff_section(out, "PLUGINS");
	for (size_t i = 0; i < source->plugin_count; i++) {
		const struct help_plugin *plugin = &source->plugins[i];

		roff_subsection(out, plugin->name);
		roff_line(out, plugin->description);
		for (size_t j = 0; j < plugin->option_count; j++)
			if (!(plugin->options[j].flags & OPTION_HIDDEN))
				help_man_option(&plugin->options[j], out);
	}
}

/* Cross references in ascending order of sections. */
static void add_see_also(const struct help_source *source, struct strbuf *out)
{
	roff_section(out, "SEE ALSO");
	roff_line(out, "openssl(1), crontab(5), systemd.timer(5),");
	for (size_t i = 0; i < source->plugin_count; i++)
		if (help_has_page(&source->plugins[i]))
			strbuf_addf(out, "certbot\\-%s(7)%s\n", source->plugins[i].name,
				    i + 1 < source->plugin_count ? "," : "");
	roff_paragraph(out);
	roff_line(out, "The book, task by task, is in /usr/share/doc/certbot, as far as it was "
		       "installed.");
}

void help_print_man(const struct help_source *source, struct strbuf *out)
{
	roff_title(out, "certbot", 1, source->version, source->date);
	roff_section(out, "NAME");
	strbuf_adds(out, "certbot \\- obtain, renew and install TLS certificates\n");
	roff_section(out, "SYNOPSIS");
	strbuf_adds(out, "\\fBcertbot\\fR [\\fISUBCOMMAND\\fR] [\\fIoptions\\fR] "
			 "[\\fB\\-d\\fR \\fIDOMAIN\\fR] [\\fB\\-d\\fR \\fIDOMAIN\\fR] ...\n");
	roff_section(out, "DESCRIPTION");
	roff_line(out, help_purpose);
	add_verbs(out);
	add_options(source, out);
	add_plugins(source, out);
	roff_entries(out, "EXAMPLES", examples, ARRAY_LEN(examples));
	roff_entries(out, "ENVIRONMENT", variables, ARRAY_LEN(variables));
	roff_entries(out, "FILES", files, ARRAY_LEN(files));
	roff_section(out, "EXIT STATUS");
	for (size_t i = 0; i < exit_status_count; i++)
		roff_entry(out, exit_statuses[i].label, exit_statuses[i].meaning);
	add_see_also(source, out);
}
