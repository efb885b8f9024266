/*
 * Completion for zsh (see help.h), from the same rows as that for bash: subcommands and options
 * with their descriptions, words that an option allows, files and directories, names of
 * certificates. The script starts no program.
 */
#include <string.h>

#include "base/ascii.h"
#include "base/span.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

/* Between single quotes, and escaped as _arguments and _describe want it. */
static void add_escaped(struct span text, struct strbuf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'') {
			strbuf_adds(out, "'\\''");
			continue;
		}
		if (memchr("[]:\\", text.ptr[i], 4))
			strbuf_addc(out, '\\');
		strbuf_addc(out, text.ptr[i]);
	}
}

/* A certificate's name is that of its renewal conf. */
static void add_functions(const struct help_source *source, struct strbuf *out)
{
	strbuf_addf(out,
		    "_certbot_names()\n{\n"
		    "\tlocal -a names=(%s/renewal/*.conf(N:t:r))\n"
		    "\tcompadd -a names\n}\n"
		    "_certbot_verbs()\n{\n\tlocal -a verbs=(\n",
		    option_table_find(source->table, "config_dir")->fallback);
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN)
			continue;
		strbuf_addf(out, "\t\t'%s:", verbs[i].name);
		add_escaped(span_of(verbs[i].summary), out);
		strbuf_adds(out, "'\n");
	}
	strbuf_adds(out, "\t)\n\t_describe subcommand verbs\n}\n");
}

static void add_zsh_value(const struct help_source *source, const struct option *option,
			  struct strbuf *out)
{
	static const char *const actions[] = {
		[HELP_VALUE_NONE] = "",
		[HELP_VALUE_ANY] = " ",
		[HELP_VALUE_WORDS] = "",
		[HELP_VALUE_CERTIFICATE] = "_certbot_names",
		[HELP_VALUE_DIRECTORY] = "_files -/",
		[HELP_VALUE_FILE] = "_files",
	};
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;
	enum help_value value = help_value_of(source, option, &words);

	if (value == HELP_VALUE_NONE)
		return;
	strbuf_addc(out, ':');
	add_escaped(span_of(help_metavar(option)), out);
	if (value == HELP_VALUE_WORDS)
		strbuf_addf(out, ":(%s)", words.text);
	else
		strbuf_addf(out, ":%s", actions[value]);
}

void help_print_zsh(const struct help_source *source, struct strbuf *out)
{
	strbuf_adds(out, "#compdef certbot\n");
	add_functions(source, out);
	strbuf_adds(out, "_arguments -s");
	for (size_t i = 0; i < source->table->count; i++) {
		const struct option *option = source->table->rows[i];
		struct span rest = span_of(option->names), name;

		while (!(option->flags & OPTION_HIDDEN) && span_take_until(&rest, ' ', &name)) {
			strbuf_addf(out, " \\\n\t'*%.*s[", (int)name.len, name.ptr);
			add_escaped(help_first_sentence(option), out);
			strbuf_addc(out, ']');
			add_zsh_value(source, option, out);
			strbuf_addc(out, '\'');
		}
	}
	strbuf_adds(out, " \\\n\t'1:subcommand:_certbot_verbs' '*: :_default'\n");
}
