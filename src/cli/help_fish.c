/*
 * Completion for fish (see help.h), from the same rows as that for bash: subcommands and options
 * with their descriptions, words that an option allows, files and directories, names of
 * certificates. The script starts no program.
 */
#include <string.h>

#include "base/ascii.h"
#include "base/span.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

/* A certificate's name is that of its renewal conf. */
static const char functions[] = "function __certbot_needs_verb\n"
				"\tnot __fish_seen_subcommand_from $__certbot_verbs\n"
				"end\n"
				"function __certbot_names\n"
				"\tfor path in $__certbot_config_dir/renewal/*.conf\n"
				"\t\tstring replace -r '.*/(.*)\\.conf$' '$1' -- $path\n"
				"\tend\n"
				"end\n"
				"complete -c certbot -f\n";

/* Between single quotes, fish knows two escapes. */
static void add_quoted(struct span text, struct strbuf *out)
{
	strbuf_addc(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'' || text.ptr[i] == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, text.ptr[i]);
	}
	strbuf_addc(out, '\'');
}

static void add_verbs(struct strbuf *out)
{
	strbuf_adds(out, "set -g __certbot_verbs");
	for (size_t i = 0; i < verb_count; i++)
		strbuf_addf(out, " %s%s%s", verbs[i].name, verbs[i].aliases ? " " : "",
			    verbs[i].aliases ? verbs[i].aliases : "");
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN)
			continue;
		strbuf_addf(out, "complete -c certbot -n __certbot_needs_verb -a %s -d ",
			    verbs[i].name);
		add_quoted(span_of(verbs[i].summary), out);
		strbuf_addc(out, '\n');
	}
}

/* " -s w -l webroot-path" */
static void add_fish_names(const struct option *option, struct strbuf *out)
{
	struct span rest = span_of(option->names), name;

	while (span_take_until(&rest, ' ', &name)) {
		bool is_long = span_skip_prefix(&name, "--");

		if (!is_long)
			span_skip_prefix(&name, "-");
		strbuf_addf(out, " -%c %.*s", is_long ? 'l' : 's', (int)name.len, name.ptr);
	}
}

static void add_fish_value(const struct help_source *source, const struct option *option,
			   struct strbuf *out)
{
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	switch (help_value_of(source, option, &words)) {
	case HELP_VALUE_NONE:
		return;
	case HELP_VALUE_ANY:
		strbuf_adds(out, " -x");
		return;
	case HELP_VALUE_WORDS:
		strbuf_addf(out, " -x -a '%s'", words.text);
		return;
	case HELP_VALUE_CERTIFICATE:
		strbuf_adds(out, " -x -a '(__certbot_names)'");
		return;
	case HELP_VALUE_DIRECTORY:
		strbuf_adds(out, " -x -a '(__fish_complete_directories)'");
		return;
	case HELP_VALUE_FILE:
		strbuf_adds(out, " -r -F");
		return;
	}
}

void help_print_fish(const struct help_source *source, struct strbuf *out)
{
	strbuf_addf(out, "# fish completion for certbot\nset -g __certbot_config_dir %s\n",
		    option_table_find(source->table, "config_dir")->fallback);
	strbuf_adds(out, functions);
	add_verbs(out);
	for (size_t i = 0; i < source->table->count; i++) {
		const struct option *option = source->table->rows[i];

		if (option->flags & OPTION_HIDDEN)
			continue;
		strbuf_adds(out, "complete -c certbot");
		add_fish_names(option, out);
		add_fish_value(source, option, out);
		strbuf_adds(out, " -d ");
		add_quoted(help_first_sentence(option), out);
		strbuf_addc(out, '\n');
	}
}
