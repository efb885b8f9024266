/*
 * The options as Markdown tables, for the documentation (see help.h): the rows of --help, by the
 * same sections.
 */
#include "base/span.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

/* Text of a cell: a bar would end it. */
static void add_cell(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *text);
	}
}

/* A table and not a list, since readers search the page for an option's name. */
static void add_row(struct strbuf *out, const struct option *option)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct span rest = span_of(option->names), name;
	const char *metavar = help_metavar(option), *separator = "";

	strbuf_adds(out, "| ");
	while (span_take_until(&rest, ' ', &name)) {
		strbuf_addf(out, "%s`%.*s`", separator, (int)name.len, name.ptr);
		separator = ", ";
	}
	if (metavar) {
		strbuf_addc(out, ' ');
		add_cell(out, metavar);
	}
	strbuf_adds(out, " | ");
	help_add_text(option, &text);
	add_cell(out, text.text);
	strbuf_adds(out, " |\n");
}

static void add_heading(struct strbuf *out, const char *title)
{
	strbuf_addf(out, "\n## %s\n\n| option | meaning |\n|---|---|\n", title);
}

/* Adds a section, unless no option belongs to it. */
static void add_section(const struct help_source *source, const char *topic, const char *title,
			struct strbuf *out)
{
	bool is_empty = true;

	for (size_t i = 0; i < source->table->count; i++) {
		if (!help_is_at_home(source->table->rows[i], topic))
			continue;
		if (is_empty)
			add_heading(out, title);
		is_empty = false;
		add_row(out, source->table->rows[i]);
	}
}

static void add_plugin(const struct help_plugin *plugin, struct strbuf *out)
{
	if (plugin->option_count)
		add_heading(out, plugin->name);
	for (size_t i = 0; i < plugin->option_count; i++)
		if (!(plugin->options[i].flags & OPTION_HIDDEN))
			add_row(out, &plugin->options[i]);
}

void help_print_table(const struct help_source *source, struct strbuf *out)
{
	strbuf_adds(out, "# Options of certbot\n");
	for (size_t i = 0; i < help_topic_count; i++)
		add_section(source, help_topics[i].name, help_topics[i].title, out);
	for (size_t i = 0; i < verb_count; i++)
		if (!(verbs[i].flags & VERB_HIDDEN))
			add_section(source, verbs[i].name, verbs[i].name, out);
	for (size_t i = 0; i < source->plugin_count; i++)
		add_plugin(&source->plugins[i], out);
}
