/*
 * The manual page certbot(1), in the macros of man(7) (see help.h). What the rows do not say
 * (files, exit status, environment) stands in small tables here.
 */
#include <string.h>

#include "base/macros.h"
#include "base/span.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

struct entry {
	const char *term;
	const char *text;
};

static const struct entry files[] = {
	{"/etc/letsencrypt/cli.ini, ~/.config/letsencrypt/cli.ini",
	 "Options for every run: one long option per line, as `key = value`. The second file "
	 "overrides the first, files given by --config override both, and the command line "
	 "overrides them all. Flags take true or false; false leaves a flag out and does not "
	 "switch it off."},
	{"/etc/letsencrypt/live/NAME/",
	 "The current files of a certificate: privkey.pem, fullchain.pem, cert.pem and chain.pem. "
	 "Point servers at these files rather than at copies."},
	{"/etc/letsencrypt/archive/NAME/", "All versions of those files."},
	{"/etc/letsencrypt/renewal/NAME.conf", "How the certificate is renewed."},
	{"/etc/letsencrypt/renewal-hooks/{pre,deploy,post}/",
	 "Programs that are run as hooks for every certificate."},
	{"/var/log/letsencrypt/letsencrypt.log", "The log."},
};

static const struct entry exit_statuses[] = {
	{"0", "Success, also when there was nothing to do."},
	{"1", "Something failed; with renew, at least one renewal."},
	{"2", "The command line or a configuration file is wrong."},
	{"128 + n",
	 "As a shell reports it: terminated by signal n, after cleaning up. Ctrl-C ends the "
	 "program with status 1, as in Certbot."},
};

static const struct entry variables[] = {
	{"REQUESTS_CA_BUNDLE",
	 "File or directory of CA certificates to trust for the ACME server."},
	{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
	 "Proxies for connections to the CA and to DNS services."},
	{"XDG_CONFIG_HOME",
	 "Directory of the user's letsencrypt/cli.ini, instead of ~/.config."},
};

/* Text in which nothing is taken for a macro or an escape. */
static void add_escaped(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool is_at_start = !out->len || out->text[out->len - 1] == '\n';

		if (is_at_start && (text[i] == '.' || text[i] == '\''))
			strbuf_adds(out, "\\&");
		if (text[i] == '-')
			strbuf_adds(out, "\\-");
		else if (text[i] == '\\')
			strbuf_adds(out, "\\e");
		else if (text[i] == '~')
			strbuf_adds(out, "\\(ti");
		else
			strbuf_addc(out, text[i]);
	}
}

static void add_line(struct strbuf *out, const char *text)
{
	add_escaped(out, text, strlen(text));
	strbuf_addc(out, '\n');
}

static void add_heading(struct strbuf *out, const char *macro, const char *title)
{
	strbuf_addf(out, ".%s \"%s\"\n", macro, title);
}

static void add_bold(struct strbuf *out, const char *text, size_t len)
{
	strbuf_adds(out, "\\fB");
	add_escaped(out, text, len);
	strbuf_adds(out, "\\fR");
}

/* A tagged paragraph. */
static void add_entry(struct strbuf *out, const char *term, const char *text)
{
	strbuf_adds(out, ".TP\n");
	add_bold(out, term, strlen(term));
	strbuf_addc(out, '\n');
	add_line(out, text);
}

static void add_entries(struct strbuf *out, const char *title, const struct entry *entries,
			size_t count)
{
	add_heading(out, "SH", title);
	for (size_t i = 0; i < count; i++)
		add_entry(out, entries[i].term, entries[i].text);
}

static void add_option(struct strbuf *out, const struct option *option)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span rest = span_of(option->names), name;
	const char *metavar = help_metavar(option), *separator = "";

	strbuf_adds(out, ".TP\n");
	while (span_take_until(&rest, ' ', &name)) {
		strbuf_adds(out, separator);
		add_bold(out, name.ptr, name.len);
		separator = ", ";
	}
	if (metavar)
		strbuf_addf(out, " \\fI%s\\fR", metavar);
	strbuf_addc(out, '\n');
	help_add_text(option, &text);
	add_line(out, text.text);
}

/* A subsection with the options of a topic or subcommand; nothing when it has none of its own. */
static void add_home_rows(const struct help_source *source, const char *topic, const char *title,
			  struct strbuf *out)
{
	bool is_empty = true;

	for (size_t i = 0; i < source->table->count; i++) {
		if (!help_is_at_home(source->table->rows[i], topic))
			continue;
		if (is_empty)
			add_heading(out, "SS", title);
		is_empty = false;
		add_option(out, source->table->rows[i]);
	}
}

static void add_verbs(struct strbuf *out)
{
	add_heading(out, "SH", "SUBCOMMANDS");
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN)
			continue;
		strbuf_adds(out, ".TP\n");
		add_bold(out, verbs[i].usage, strlen(verbs[i].usage));
		strbuf_addc(out, '\n');
		add_line(out, verbs[i].help);
	}
}

static void add_options(const struct help_source *source, struct strbuf *out)
{
	add_heading(out, "SH", "OPTIONS");
	add_line(out, "Every option may be given with every subcommand, before or after it. A long "
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
		add_heading(out, "SH", "PLUGINS");
	for (size_t i = 0; i < source->plugin_count; i++) {
		const struct help_plugin *plugin = &source->plugins[i];

		add_heading(out, "SS", plugin->name);
		add_line(out, plugin->description);
		for (size_t j = 0; j < plugin->option_count; j++)
			if (!(plugin->options[j].flags & OPTION_HIDDEN))
				add_option(out, &plugin->options[j]);
	}
}

void help_print_man(const struct help_source *source, struct strbuf *out)
{
	strbuf_addf(out, ".TH CERTBOT 1 \"\" \"certbot %s\" \"User Commands\"\n", source->version);
	add_heading(out, "SH", "NAME");
	strbuf_adds(out, "certbot \\- obtain, renew and install TLS certificates\n");
	add_heading(out, "SH", "SYNOPSIS");
	strbuf_adds(out, "\\fBcertbot\\fR [\\fISUBCOMMAND\\fR] [\\fIoptions\\fR] "
			 "[\\fB\\-d\\fR \\fIDOMAIN\\fR] [\\fB\\-d\\fR \\fIDOMAIN\\fR] ...\n");
	add_heading(out, "SH", "DESCRIPTION");
	add_line(out, help_purpose);
	add_verbs(out);
	add_options(source, out);
	add_plugins(source, out);
	add_entries(out, "FILES", files, ARRAY_LEN(files));
	add_entries(out, "EXIT STATUS", exit_statuses, ARRAY_LEN(exit_statuses));
	add_entries(out, "ENVIRONMENT", variables, ARRAY_LEN(variables));
}
