/*
 * The manual pages certbot-PLUGIN(7), one for each plugin (see help.h): options and credentials
 * from the rows, and the texts that the plugins have for it.
 */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/roff.h"
#include "plugin/plugin.h"

static const char dns_text[] =
	"This plugin proves control of a name by a TXT record, which is the only proof that counts "
	"for wildcards. It adds the record, asks the name servers of the zone until all of them "
	"show it, and removes it when the CA has looked. All records of a run that share a zone go "
	"in together; other values under the same name stay. Where `_acme-challenge.NAME` is an "
	"alias (CNAME), the record is added where it leads.";

static const char credentials_text[] =
	"A file with a line for each key. It holds secrets: make it readable by its owner alone "
	"(`chmod 600`). Its path is remembered for renewals, so leave it where it is.";

/* Adds a record for each challenge; dns-persist has one that stays. */
static bool changes_dns(const struct help_plugin *plugin)
{
	return strncmp(plugin->name, "dns-", 4) == 0 && strcmp(plugin->name, "dns-persist") != 0;
}

/* "Obtain certificates ... for DNS)." as the NAME section wants it. mandoc(1) and apropos(1) take
 * one line without a full stop. */
static void add_name_section(const struct help_plugin *plugin, struct strbuf *out)
{
	const struct plugin_manual *manual = plugin->manual;
	AUTO_FREE char *purpose = xstrdup(manual && manual->purpose ? manual->purpose
								    : plugin->description);
	size_t len = strlen(purpose);

	if (len && purpose[len - 1] == '.')
		purpose[len - 1] = '\0';
	purpose[0] = (char)tolower((unsigned char)purpose[0]);
	roff_section(out, "NAME");
	strbuf_adds(out, "certbot\\-");
	roff_add(out, plugin->name);
	strbuf_adds(out, " \\- ");
	roff_line(out, purpose);
}

static void add_description(const struct help_plugin *plugin, struct strbuf *out)
{
	const struct plugin_manual *manual = plugin->manual;

	roff_section(out, "DESCRIPTION");
	if (changes_dns(plugin))
		roff_line(out, dns_text);
	for (size_t i = 0; manual && i < PLUGIN_PARAGRAPHS && manual->paragraphs[i]; i++) {
		if (i || changes_dns(plugin))
			roff_paragraph(out);
		roff_line(out, manual->paragraphs[i]);
	}
}

/* The lines of a credentials file: those of the row, or all keys that are needed. */
static void add_sample(const struct help_plugin *plugin, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf sample = STRBUF_INIT;

	if (plugin->manual && plugin->manual->credentials)
		strbuf_adds(&sample, plugin->manual->credentials);
	else
		for (size_t i = 0; i < plugin->key_count; i++)
			if (plugin->keys[i].is_in_sample)
				strbuf_addf(&sample, "%s = ...\n", plugin->keys[i].name);
	while (sample.len && sample.text[sample.len - 1] == '\n')
		strbuf_truncate(&sample, sample.len - 1);
	roff_example(out, sample.text);
}

/* Where there are several ways to log in, and none of the keys is common to all. */
static bool are_all_optional(const struct help_plugin *plugin)
{
	for (size_t i = 0; i < plugin->key_count; i++)
		if (!plugin->keys[i].is_optional)
			return false;
	return true;
}

static void add_credentials(const struct help_plugin *plugin, struct strbuf *out)
{
	bool depends = are_all_optional(plugin);

	if (!plugin->key_count)
		return;
	roff_section(out, "CREDENTIALS");
	roff_line(out, credentials_text);
	add_sample(plugin, out);
	if (depends) {
		roff_paragraph(out);
		roff_line(out, "Which of the keys are needed depends on the way to log in.");
	}
	for (size_t i = 0; i < plugin->key_count; i++) {
		const struct help_key *key = &plugin->keys[i];
		bool is_extra = key->is_optional && !depends;
		AUTO_FREE char *meaning = xasprintf("%s%s.", key->meaning,
						    is_extra ? " (optional)" : "");

		meaning[0] = (char)toupper((unsigned char)meaning[0]);
		roff_entry(out, key->name, meaning);
	}
	if (plugin->credentials_source) {
		roff_paragraph(out);
		roff_add(out, "Where to get them: ");
		roff_add(out, plugin->credentials_source);
		roff_line(out, ".");
	}
}

/* A heading without options is removed again. */
static void add_options(const struct help_source *source, const struct help_plugin *plugin,
			struct strbuf *out)
{
	size_t before = out->len, heading;

	roff_section(out, "OPTIONS");
	heading = out->len;
	for (size_t i = 0; i < plugin->option_count; i++)
		if (!(plugin->options[i].flags & OPTION_HIDDEN))
			help_man_option(&plugin->options[i], out);
	for (size_t i = 0; i < source->table->count; i++)
		if (help_is_on_page(source->table->rows[i], plugin->name) &&
		    !help_is_at_home(source->table->rows[i], plugin->name))
			help_man_option(source->table->rows[i], out);
	if (out->len == heading)
		strbuf_truncate(out, before);
}

static void add_example(const struct help_plugin *plugin, struct strbuf *out)
{
	AUTO_FREE char *plain = xasprintf("certbot certonly --%s -d www.example.com", plugin->name);
	/* Plugins with keys are called dns-SERVICE. */
	AUTO_FREE char *usual = xasprintf("certbot certonly --%s \\\n"
					  "    --%s-credentials /etc/letsencrypt/%s.ini \\\n"
					  "    -d example.com -d '*.example.com'",
					  plugin->name, plugin->name, plugin->name + 4);

	roff_section(out, "EXAMPLES");
	if (plugin->manual && plugin->manual->example)
		roff_example(out, plugin->manual->example);
	else
		roff_example(out, plugin->key_count ? usual : plain);
}

bool help_has_page(const struct help_plugin *plugin)
{
	return !plugin->is_hidden || plugin->manual;
}

/* One line for each plugin with tabs between its fields, for programs. */
void help_print_credentials(const struct help_plugin *plugin, struct strbuf *out)
{
	if (!plugin->key_count && !plugin->credentials_source)
		return;
	strbuf_addf(out, "%s\t", plugin->name);
	for (size_t i = 0; i < plugin->key_count; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", plugin->keys[i].name);
	strbuf_addf(out, "\t%s\n", plugin->credentials_source ? plugin->credentials_source : "");
}

/* The caller frees it. */
static char *usual_synopsis(const struct help_plugin *plugin)
{
	if (!plugin->is_installer)
		return xasprintf("`certbot certonly --%s` [options]", plugin->name);
	if (plugin->is_authenticator)
		return xasprintf("`certbot` [`run`|`certonly`|`install`] `--%s` [options]",
				 plugin->name);
	return xasprintf("`certbot` [`run -a` AUTHENTICATOR|`install`] `-i %s` [options]",
			 plugin->name);
}

void help_print_man_plugin(const struct help_source *source, const struct help_plugin *plugin,
			   struct strbuf *out)
{
	AUTO_FREE char *page = xasprintf("certbot-%s", plugin->name);
	AUTO_FREE char *usual = usual_synopsis(plugin);

	roff_title(out, page, 7, source->version, source->date);
	add_name_section(plugin, out);
	roff_section(out, "SYNOPSIS");
	roff_add(out,
		 plugin->manual && plugin->manual->synopsis ? plugin->manual->synopsis : usual);
	roff_line(out, " `-d` DOMAIN [`-d` DOMAIN] ...");
	add_description(plugin, out);
	add_credentials(plugin, out);
	add_options(source, plugin, out);
	add_example(plugin, out);
	roff_section(out, "SEE ALSO");
	roff_line(out, "certbot(1)");
}
