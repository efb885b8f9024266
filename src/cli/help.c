/*
 * The pages of --help: an overview, one page per topic, subcommand and plugin, and one with
 * everything. The texts come from the rows of options and verbs; only the overview has its own.
 */
#include "cli/help.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/macros.h"
#include "base/span.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

/* argparse's column; longer names get a line of their own there as well. */
#define TEXT_COLUMN 24
/* Narrower terminals wrap lines themselves. */
#define MIN_WIDTH 40

/* Certbot's line. */
static const char usage[] = "certbot [SUBCOMMAND] [options] [-d DOMAIN] [-d DOMAIN] ...";

/* Text of a page under construction. */
struct page {
	const struct help_source *source;
	struct strbuf *out;
	size_t width;
	struct json
		*told; /* the same for programs, made on the way; NULL: only the text is wanted */
};

static void add_spaces(struct strbuf *out, size_t count)
{
	while (count--)
		strbuf_addc(out, ' ');
}

/* Takes the next word; "(default: X)" is kept together if it fits on one line. */
static bool take_word(struct span *rest, size_t line_len, struct span *ret_word)
{
	struct span after, value;

	if (!span_take_until(rest, ' ', ret_word))
		return false;
	after = *rest;
	if (!span_eq(*ret_word, "(default:") || !span_take_until(&after, ' ', &value) ||
	    ret_word->len + 1 + value.len > line_len)
		return true;
	ret_word->len += 1 + value.len;
	*rest = after;
	return true;
}

/* Appends text as a paragraph of lines that begin at `indent`; the cursor stands at `column`. */
static void add_paragraph(const struct page *page, const char *text, size_t column, size_t indent)
{
	struct span rest = span_of(text), word;
	bool is_first = true;

	while (take_word(&rest, page->width - indent, &word)) {
		if (!is_first && column + 1 + word.len > page->width) {
			strbuf_addc(page->out, '\n');
			column = 0;
			is_first = true;
		}
		if (column < indent) {
			add_spaces(page->out, indent - column);
			column = indent;
		}
		if (!is_first) {
			strbuf_addc(page->out, ' ');
			column++;
		}
		strbuf_add(page->out, word.ptr, word.len);
		column += word.len;
		is_first = false;
	}
	strbuf_addc(page->out, '\n');
}

/* "  -d, --domains, --domain DOMAIN", then the explanation at its column. */
static void add_option(const struct page *page, const struct option *option)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span rest = span_of(option->names), name;
	const char *metavar = help_metavar(option);
	size_t start = page->out->len, column;

	help_tell_option(page->told, option);
	while (span_take_until(&rest, ' ', &name))
		strbuf_addf(page->out, "%s%.*s", page->out->len == start ? "  " : ", ",
			    (int)name.len, name.ptr);
	if (metavar)
		strbuf_addf(page->out, " %s", metavar);
	column = page->out->len - start;
	if (column + 2 > TEXT_COLUMN) {
		strbuf_addc(page->out, '\n');
		column = 0;
	}
	help_add_text(option, &text);
	add_paragraph(page, text.text, column, TEXT_COLUMN);
}

static void add_rows(const struct page *page, const char *topic,
		     bool (*is_shown)(const struct option *option, const char *topic))
{
	const struct option_table *table = page->source->table;

	for (size_t i = 0; i < table->count; i++)
		if (is_shown(table->rows[i], topic))
			add_option(page, table->rows[i]);
}

static void add_heading(const struct page *page, const char *name, const char *text)
{
	help_tell_section(page->told, name, text);
	strbuf_addf(page->out, "\n%s:\n", name);
	if (text[0]) {
		add_paragraph(page, text, 0, 2);
		strbuf_addc(page->out, '\n');
	}
}

static void add_verb_line(const struct page *page, const struct verb *verb)
{
	help_tell_verb(page->told, verb);
	strbuf_addf(page->out, "  %-18s", verb->name);
	add_paragraph(page, verb->summary, 20, 20);
}

/* The subcommands of a blank-separated list; all of them for NULL. In the order of the list, which
 * groups what belongs together. */
static void add_verb_list(const struct page *page, const char *names)
{
	struct span rest = span_of(names ? names : ""), name;

	for (size_t i = 0; !names && i < verb_count; i++)
		if (!(verbs[i].flags & VERB_HIDDEN))
			add_verb_line(page, &verbs[i]);
	while (span_take_until(&rest, ' ', &name))
		for (size_t i = 0; i < verb_count; i++)
			if (span_eq(name, verbs[i].name))
				add_verb_line(page, &verbs[i]);
}

static const char plugins_text[] =
	"Which plugin proves control over the names (authenticator), and which one sets up the "
	"server (installer). `certbot plugins` lists them; certbot --help NAME explains a "
	"plugin's own options.";

static void add_usage(const struct page *page, const char *text)
{
	help_tell_usage(page->told, text);
	strbuf_addf(page->out, "usage:\n  %s\n", text);
}

/* ---- The overview ---- */

static const struct overview_line {
	const char *words; /* NULL: `text` is a heading */
	const char *text;
} overview[] = {
	{NULL, "obtain, install and renew certificates:"},
	{"  (default) run", "Obtain a certificate and install it in the web server"},
	{"  certonly", "Obtain or renew a certificate without installing it"},
	{"  renew", "Renew all certificates that are due"},
	{"  enhance", "Add security enhancements to a configured server"},
	{" -d DOMAINS", "Names for the certificate, separated by commas"},
	{"--apache", "Use Apache to prove control over the names, and to serve them"},
	{"--nginx", "Use nginx for both"},
	{"--standalone", "Prove control with a temporary web server"},
	{"--webroot", "Prove control with files in a web server's directory"},
	{"--manual", "Prove control by hand or with scripts"},
	{" -n", "Never ask"},
	{"--test-cert", "Get a test certificate from a test server"},
	{"--dry-run", "Test \"renew\" or \"certonly\" without saving anything"},
	{NULL, "manage certificates:"},
	{"  certificates", "List the certificates"},
	{"  reconfigure", "Change how a certificate is renewed"},
	{"  revoke", "Revoke a certificate (give --cert-name or --cert-path)"},
	{"  delete", "Delete a certificate (give --cert-name)"},
	{"  why", "Say why a certificate is not well, and what to do"},
	{"  log", "List what was changed here"},
	{"  undo", "Take one of these changes back"},
	{NULL, "manage your account:"},
	{"  register", "Create an account with the CA"},
	{"  update_account", "Change its e-mail address"},
	{"  show_account", "Show it"},
	{"  unregister", "Deactivate it"},
	{"--agree-tos", "Agree to the terms of service"},
	{" -m EMAIL", "Address for important messages from the CA"},
};

/* The short page has rows of its own, because its texts are shorter than those of the options. */
static void add_overview(const struct page *page)
{
	add_usage(page, usage);
	strbuf_addc(page->out, '\n');
	add_paragraph(page, help_purpose, 0, 0);
	strbuf_adds(page->out, "\nThe most common subcommands and options:\n");
	for (size_t i = 0; i < ARRAY_LEN(overview); i++) {
		if (!overview[i].words) {
			strbuf_addf(page->out, "\n%s\n", overview[i].text);
			continue;
		}
		strbuf_addf(page->out, "  %-18s", overview[i].words);
		add_paragraph(page, overview[i].text, 20, 20);
	}
}

static void add_more_help(const struct page *page)
{
	strbuf_adds(page->out, "\nmore help:\n");
	strbuf_addf(page->out, "  %-18s", "-h, --help [TOPIC]");
	add_paragraph(page,
		      "This text, or help on a topic: all, automation, commands, manage, paths, "
		      "plugins, security, testing, or the name of a subcommand or plugin "
		      "(certonly, renew, nginx, webroot, ...)",
		      20, 22);
	strbuf_addf(page->out, "  %-18s", "--version");
	add_paragraph(page, "Print the version", 20, 22);
}

/* ---- Pages ---- */

static void add_topic_section(const struct page *page, const struct help_topic *topic,
			      bool (*is_shown)(const struct option *option, const char *topic))
{
	add_heading(page, topic->title, topic->text);
	if (topic->verbs) {
		add_verb_list(page, topic->verbs);
		strbuf_addc(page->out, '\n');
	}
	add_rows(page, topic->name, is_shown);
}

/* Adds options of the plugin itself and, on its own page, core options that it obeys. */
static void add_plugin_section(const struct page *page, const struct help_plugin *plugin)
{
	add_heading(page, plugin->name, plugin->description);
	for (size_t i = 0; i < plugin->option_count; i++)
		if (!(plugin->options[i].flags & OPTION_HIDDEN))
			add_option(page, &plugin->options[i]);
}

static void print_topic(const struct page *page, const struct help_topic *topic)
{
	add_usage(page, usage);
	add_topic_section(page, topic, help_is_on_page);
}

static void print_verb(const struct page *page, const struct verb *verb)
{
	add_usage(page, verb->usage);
	add_heading(page, verb->name, verb->help);
	add_rows(page, verb->name, help_is_on_verb_page);
}

/* Lists the subcommands of a family, such as `dane`, whose name stands for the first of them. */
static void add_family(const struct page *page, const char *name)
{
	AUTO_FREE char *prefix = xasprintf("%s-", name);
	AUTO(strvec) struct strvec family = STRVEC_INIT;
	AUTO_FREE char *words = NULL;

	for (size_t i = 0; i < verb_count; i++)
		if (str_starts(verbs[i].name, prefix))
			strvec_push(&family, verbs[i].name);
	words = strvec_join(&family, " ");
	if (family.count < 2)
		return;
	strbuf_addf(page->out, "\nThe subcommands of %s are:\n\n", name);
	add_verb_list(page, words);
	strbuf_adds(page->out, "\ncertbot --help SUBCOMMAND explains each of them.\n");
}

/* The subcommand `plugins` and the choice of plugins share their name. */
static void print_plugins(const struct page *page)
{
	add_usage(page, verb_find("plugins")->usage);
	add_heading(page, "plugins", plugins_text);
	add_rows(page, "plugins", help_is_on_verb_page);
}

static void print_plugin(const struct page *page, const struct help_plugin *plugin)
{
	add_usage(page, usage);
	add_plugin_section(page, plugin);
	for (size_t i = 0; i < page->source->table->core_count; i++)
		if (help_is_on_page(page->source->table->rows[i], plugin->name))
			add_option(page, page->source->table->rows[i]);
}

/* Each option once, under the first of its topics; pages about one topic repeat it. */
static void print_all(const struct page *page)
{
	add_overview(page);
	for (size_t i = 0; i < help_topic_count; i++)
		add_topic_section(page, &help_topics[i], help_is_at_home);
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN || strcmp(verbs[i].name, "plugins") == 0)
			continue;
		add_heading(page, verbs[i].name, verbs[i].help);
		add_rows(page, verbs[i].name, help_is_at_home);
	}
	add_heading(page, "plugins", plugins_text);
	add_rows(page, "plugins", help_is_at_home);
	for (size_t i = 0; i < page->source->plugin_count; i++)
		add_plugin_section(page, &page->source->plugins[i]);
}

static void print_commands(const struct page *page)
{
	add_usage(page, usage);
	help_tell_section(page->told, "commands", help_purpose);
	strbuf_adds(page->out, "\nThe subcommands are:\n\n");
	add_verb_list(page, NULL);
	strbuf_adds(page->out, "\ncertbot --help SUBCOMMAND explains each of them.\n");
}

/* Linear searches: a page is printed once in a run. */
static const struct help_topic *find_topic(const char *name)
{
	for (size_t i = 0; i < help_topic_count; i++)
		if (strcmp(help_topics[i].name, name) == 0)
			return &help_topics[i];
	return NULL;
}

static const struct help_plugin *find_plugin(const struct help_source *source, const char *name)
{
	for (size_t i = 0; i < source->plugin_count; i++)
		if (strcmp(source->plugins[i].name, name) == 0)
			return &source->plugins[i];
	return NULL;
}

static const struct {
	const char *words;
	void (*print)(const struct page *page);
} special_pages[] = {
	{"all", print_all},
	{"plugins", print_plugins},
	{"commands", print_commands},
	{"command", print_commands},
	{"subcommands", print_commands},
	{"subcommand", print_commands},
	{"verbs", print_commands},
};

/* Returns false if there is no page of that name. Certbot's topics come first, so that a plugin of
 * the same name cannot hide them. */
static bool print_page(const struct page *page, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(special_pages); i++) {
		if (strcmp(special_pages[i].words, name) != 0)
			continue;
		special_pages[i].print(page);
		return true;
	}
	if (find_topic(name)) {
		print_topic(page, find_topic(name));
	} else if (verb_find(name)) {
		print_verb(page, verb_find(name));
		add_family(page, name);
	} else if (find_plugin(page->source, name)) {
		print_plugin(page, find_plugin(page->source, name));
	} else {
		return false;
	}
	return true;
}

static struct page page_of_source(const struct help_source *source, struct strbuf *out)
{
	return (struct page){
		.source = source,
		.out = out,
		.width = source->width < MIN_WIDTH ? MIN_WIDTH : (size_t)source->width,
	};
}

/* An unknown topic gets the overview, as in Certbot. */
void help_print(const struct help_source *source, const char *topic, struct strbuf *out)
{
	struct page page = page_of_source(source, out);

	if (topic && print_page(&page, topic))
		return;
	if (topic && topic[0])
		strbuf_addf(out,
			    "There is no help on '%s'; the end of this page names the topics.\n\n",
			    topic);
	add_overview(&page);
	add_more_help(&page);
}

/* Each topic is listed once: synonyms are next to each other in the table. */
static struct json *json_of_topics(const struct help_source *source)
{
	struct json *topics = json_array_new();

	for (size_t i = 0; i < ARRAY_LEN(special_pages); i++)
		if (!i || special_pages[i].print != special_pages[i - 1].print)
			json_push_string(topics, special_pages[i].words);
	for (size_t i = 0; i < help_topic_count; i++)
		json_push_string(topics, help_topics[i].name);
	for (size_t i = 0; i < source->plugin_count; i++)
		if (!source->plugins[i].is_hidden)
			json_push_string(topics, source->plugins[i].name);
	return topics;
}

/* The overview picks options for people: programs get the list of subcommands instead. The text is
 * made as well, and thrown away. */
struct json *help_tell(const struct help_source *source, const char *topic)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct page page = page_of_source(source, &text);

	page.told = json_object_new();
	json_set_text(page.told, "topic", topic);
	json_set(page.told, "sections", json_array_new());
	if (topic && print_page(&page, topic))
		return page.told;
	json_set_text(page.told, "topic", NULL);
	json_set(page.told, "topics", json_of_topics(source));
	print_commands(&page);
	return page.told;
}

/* Short, since it follows an error that should not scroll away. */
void help_print_usage(struct strbuf *out)
{
	strbuf_addf(out, "usage:\n  %s\n\nSee certbot --help.\n", usage);
}
