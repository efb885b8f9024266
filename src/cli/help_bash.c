/*
 * Completion for bash (see help.h): subcommands, options, the words an option allows, files and
 * directories, names of certificates. The script is made from the rows alone. It starts a program
 * only if the line names a plugin that is a program: only that plugin knows its options, and it has
 * two seconds to list them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

/* bash calls the function at each press of Tab, so it must not start certbot, which would be
 * noticeable. */
static const char head[] = "# bash completion for certbot\n"
			   "_certbot()\n"
			   "{\n"
			   "\tlocal current=${COMP_WORDS[COMP_CWORD]}\n"
			   "\tlocal previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
			   "\n"
			   "\tCOMPREPLY=()\n"
			   "\tcase $previous in\n";

/* Options of the plugins named so far that are not built in. */
static const char programs[] =
	"_certbot_of_programs()\n"
	"{\n"
	"\tlocal i name\n"
	"\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	"\t\tname=${COMP_WORDS[i]}\n"
	"\t\tcase ${COMP_WORDS[i - 1]} in\n"
	"\t\t-a | -i | --authenticator | --installer | --configurator) ;;\n"
	"\t\t*) continue ;;\n"
	"\t\tesac\n"
	"\t\t[[ $name =~ ^[a-z0-9_-]+$ && \" $_certbot_plugins \" != *\" $name \"* ]] || continue\n"
	"\t\ttimeout 2 \"${COMP_WORDS[0]}\" --help \"$name\" 2>/dev/null </dev/null |\n"
	"\t\t\tgrep -oE -- \"^  --$name-[a-z0-9_-]+\"\n"
	"\tdone\n"
	"}\n";

static const char tail[] =
	"\tesac\n"
	"\tif [[ $current == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$_certbot_options $(_certbot_of_programs)\""
	" -- \"$current\"))\n"
	"\telse\n"
	"\t\tCOMPREPLY=($(compgen -W \"$_certbot_verbs\" -- \"$current\"))\n"
	"\tfi\n"
	"}\n"
	"complete -F _certbot certbot\n";

/* Names of the certificates, from the files that describe their renewal. They are compared here,
 * because compgen would expand their contents. */
static void add_certificate_names(const struct option_table *table, struct strbuf *out)
{
	strbuf_addf(out,
		    "\t\tlocal name\n"
		    "\t\tfor name in %s/renewal/*.conf; do\n"
		    "\t\t\tname=${name##*/}\n"
		    "\t\t\tname=${name%%.conf}\n"
		    "\t\t\t[[ $name != '*' && $name == \"$current\"* ]] && COMPREPLY+=(\"$name\")\n"
		    "\t\tdone\n",
		    option_table_find(table, "config_dir")->fallback);
}

/* A branch for the names of the option: "-w | --webroot-path)". */
static void add_branch(const struct option *option, struct strbuf *out)
{
	struct span rest = span_of(option->names), name;
	const char *separator = "\t";

	while (span_take_until(&rest, ' ', &name)) {
		strbuf_addf(out, "%s%.*s", separator, (int)name.len, name.ptr);
		separator = " | ";
	}
	strbuf_adds(out, ")\n");
}

/* The words are ours, without quotes or dollar signs: compgen -W would expand them. */
static void add_words(const char *words, struct strbuf *out)
{
	strbuf_addf(out, "\t\tCOMPREPLY=($(compgen -W \"%s\" -- \"$current\"))\n", words);
}

/* Adds the words to type: "http" of "http=http-01". */
static void add_choices(const struct option *option, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;
	struct span rest = span_of(option->choices), choice;

	while (span_take_until(&rest, ' ', &choice)) {
		struct span written;

		span_take_until(&choice, '=', &written);
		strbuf_addf(&words, "%s%.*s", words.len ? " " : "", (int)written.len, written.ptr);
	}
	add_words(words.text, out);
}

/* Adds the completions of an option's value, chosen by the metavar, which also tells people the
 * kind of value. */
static void add_value(const struct option_table *table, const struct option *option,
		      struct strbuf *out)
{
	const char *metavar = help_metavar(option);

	if (option->choices && !strstr(option->choices, ".."))
		add_choices(option, out);
	else if (strcmp(option->dest, "certname") == 0)
		add_certificate_names(table, out);
	else if (str_starts(metavar, "DIR") || strcmp(option->dest, "webroot_path") == 0)
		strbuf_adds(out, "\t\tCOMPREPLY=($(compgen -d -- \"$current\"))\n"
				 "\t\tcompopt -o filenames\n");
	else if (str_starts(metavar, "FILE"))
		strbuf_adds(out, "\t\tCOMPREPLY=($(compgen -f -- \"$current\"))\n"
				 "\t\tcompopt -o filenames\n");
	strbuf_adds(out, "\t\treturn\n\t\t;;\n");
}

/* A name may be a topic, a subcommand and a plugin at once. */
static void collect_topics(const struct help_source *source, struct strvec *ret_words)
{
	strvec_push(ret_words, "all");
	strvec_push(ret_words, "commands");
	for (size_t i = 0; i < help_topic_count; i++)
		strvec_push_unique(ret_words, help_topics[i].name);
	for (size_t i = 0; i < verb_count; i++)
		strvec_push_unique(ret_words, verbs[i].name);
	for (size_t i = 0; i < source->plugin_count; i++)
		strvec_push_unique(ret_words, source->plugins[i].name);
}

/* The topic of --help is optional, so its row is not one with a value. */
static void add_help_branch(const struct help_source *source, struct strbuf *out)
{
	AUTO(strvec) struct strvec topics = STRVEC_INIT;
	AUTO_FREE char *words = NULL;

	collect_topics(source, &topics);
	words = strvec_join(&topics, " ");
	strbuf_adds(out, "\t-h | --help)\n");
	add_words(words, out);
	strbuf_adds(out, "\t\treturn\n\t\t;;\n");
}

/* The lists come last because they are long, and people want to read the functions above. */
static void add_lists(const struct help_source *source, struct strbuf *out)
{
	strbuf_adds(out, "_certbot_verbs=\"");
	for (size_t i = 0; i < verb_count; i++)
		if (!(verbs[i].flags & VERB_HIDDEN))
			strbuf_addf(out, "%s%s", i ? " " : "", verbs[i].name);
	strbuf_adds(out, "\"\n_certbot_options=\"");
	for (size_t i = 0; i < source->table->count; i++)
		if (!(source->table->rows[i]->flags & OPTION_HIDDEN))
			strbuf_addf(out, "%s%s", i ? " " : "", source->table->rows[i]->names);
	strbuf_adds(out, "\"\n_certbot_plugins=\"");
	for (size_t i = 0; i < source->plugin_count; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", source->plugins[i].name);
	strbuf_adds(out, "\"\n");
}

void help_print_bash(const struct help_source *source, struct strbuf *out)
{
	strbuf_adds(out, head);
	for (size_t i = 0; i < source->table->count; i++) {
		const struct option *option = source->table->rows[i];

		if (option->flags & OPTION_HIDDEN || !option_takes_value(option))
			continue;
		add_branch(option, out);
		add_value(source->table, option, out);
	}
	add_help_branch(source, out);
	strbuf_adds(out, tail);
	strbuf_adds(out, programs);
	add_lists(source, out);
}
