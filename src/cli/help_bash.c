/*
 * Completion for bash (see help.h): subcommands, options, the words an option allows, files and
 * directories, names of certificates. The script is made from the rows alone. It starts a program
 * only if the line names a plugin that is a program: only that plugin knows its options, and it has
 * two seconds to list them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"
#include "cli/help.h"
#include "cli/help_parts.h"
#include "cli/verbs.h"

enum {
	ROLE_AUTHENTICATOR = 1 << 0,
	ROLE_INSTALLER = 1 << 1,
};

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

/* Completes a word that is not an option: the subcommand, and after it the words that its usage
 * allows ("import acme.sh|dehydrated|lego DIR"). Options and values before it are skipped. */
static const char plain_words[] =
	"_certbot_word()\n"
	"{\n"
	"\tlocal -a before=() words\n"
	"\tlocal i word offered\n"
	"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
	"\t\t[[ ${#before[@]} -gt 0 && $word != -* || \" $_certbot_verbs \" == *\" $word \"* ]] &&\n"
	"\t\t\tbefore+=(\"$word\")\n"
	"\tdone\n"
	"\twhile read -ra words; do\n"
	"\t\tfor ((i = 0; i < ${#before[@]}; i++)); do\n"
	"\t\t\t[[ \"|${words[i]}|\" == *\"|${before[i]}|\"* ]] || continue 2\n"
	"\t\tdone\n"
	"\t\toffered+=\" ${words[i]//|/ }\"\n"
	"\tdone <<<\"$_certbot_usages\"\n"
	"\tcase $offered in\n"
	"\t' DIR')\n"
	"\t\tCOMPREPLY=($(compgen -d -- \"$current\"))\n"
	"\t\tcompopt -o filenames\n"
	"\t\t;;\n"
	"\t' NAME') _certbot_names ;;\n"
	"\t*) COMPREPLY=($(compgen -W \"$offered\" -- \"$current\")) ;;\n"
	"\tesac\n"
	"}\n";

static const char tail[] =
	"\tesac\n"
	"\tif [[ $current == -* ]]; then\n"
	"\t\tCOMPREPLY=($(compgen -W \"$_certbot_options $(_certbot_of_programs)\""
	" -- \"$current\"))\n"
	"\telse\n"
	"\t\t_certbot_word\n"
	"\tfi\n"
	"}\n"
	"complete -F _certbot certbot\n";

/* Names of the certificates, from the files that describe their renewal. They are compared here,
 * because compgen would expand their contents. */
static void add_certificate_names(const struct option_table *table, struct strbuf *out)
{
	strbuf_addf(out,
		    "_certbot_names()\n"
		    "{\n"
		    "\tlocal name\n"
		    "\tfor name in %s/renewal/*.conf; do\n"
		    "\t\tname=${name##*/}\n"
		    "\t\tname=${name%%.conf}\n"
		    "\t\t[[ $name != '*' && $name == \"$current\"* ]] && COMPREPLY+=(\"$name\")\n"
		    "\tdone\n"
		    "}\n",
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

/* The variable with the plugins that an option may name. */
static const char *plugins_for(const struct option *option)
{
	if (strcmp(option->dest, "authenticator") == 0)
		return "$_certbot_authenticators";
	return strcmp(option->dest, "installer") == 0 ? "$_certbot_installers"
						      : "$_certbot_plugins";
}

/* Lists of plugins are variables: the script has them anyway. */
static void add_value(const struct help_source *source, const struct option *option,
		      struct strbuf *out)
{
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	switch (help_value_of(source, option, &words)) {
	case HELP_VALUE_NONE:
	case HELP_VALUE_ANY:
		break;
	case HELP_VALUE_WORDS:
		add_words(strcmp(help_metavar(option), "PLUGIN") == 0 ? plugins_for(option)
								      : words.text,
			  out);
		break;
	case HELP_VALUE_CERTIFICATE:
		strbuf_adds(out, "\t\t_certbot_names\n");
		break;
	case HELP_VALUE_DIRECTORY:
		strbuf_adds(out, "\t\tCOMPREPLY=($(compgen -d -- \"$current\"))\n"
				 "\t\tcompopt -o filenames\n");
		break;
	case HELP_VALUE_FILE:
		strbuf_adds(out, "\t\tCOMPREPLY=($(compgen -f -- \"$current\"))\n"
				 "\t\tcompopt -o filenames\n");
		break;
	}
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

/* The words of a usage before its first option: "fleet snippet nginx|apache". The optional name of a
 * certificate is one of them; other optional words cannot be guessed. */
static void add_usage_words(const struct verb *verb, struct strbuf *out)
{
	struct span rest = span_of(verb->usage), word;
	size_t start = out->len;

	span_skip_prefix(&rest, "certbot ");
	while (span_take_until(&rest, ' ', &word) && word.ptr[0] != '-' && word.ptr[0] != '[')
		strbuf_addf(out, "%s%.*s", out->len > start ? " " : "", (int)word.len, word.ptr);
	if (out->len == start)
		strbuf_adds(out, verb->name);
	else if (span_eq(word, "[NAME"))
		strbuf_adds(out, " NAME");
}

static void add_plugins(const struct help_source *source, const char *variable, unsigned roles,
			struct strbuf *out)
{
	const char *separator = "";

	strbuf_addf(out, "%s=\"", variable);
	for (size_t i = 0; i < source->plugin_count; i++) {
		const struct help_plugin *plugin = &source->plugins[i];
		unsigned has = (plugin->is_authenticator ? ROLE_AUTHENTICATOR : 0) |
			       (plugin->is_installer ? ROLE_INSTALLER : 0);

		if ((has & roles) != roles)
			continue;
		strbuf_addf(out, "%s%s", separator, plugin->name);
		separator = " ";
	}
	strbuf_adds(out, "\"\n");
}

/* The lists come last because they are long, and people want to read the functions above. */
static void add_lists(const struct help_source *source, struct strbuf *out)
{
	strbuf_adds(out, "_certbot_verbs=\"");
	for (size_t i = 0; i < verb_count; i++)
		if (!(verbs[i].flags & VERB_HIDDEN))
			strbuf_addf(out, "%s%s%s%s", i ? " " : "", verbs[i].name,
				    verbs[i].aliases ? " " : "",
				    verbs[i].aliases ? verbs[i].aliases : "");
	strbuf_adds(out, "\"\n_certbot_usages=\"");
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN)
			continue;
		strbuf_adds(out, i ? "\n" : "");
		add_usage_words(&verbs[i], out);
	}
	strbuf_adds(out, "\"\n_certbot_options=\"");
	for (size_t i = 0; i < source->table->count; i++)
		if (!(source->table->rows[i]->flags & OPTION_HIDDEN))
			strbuf_addf(out, "%s%s", i ? " " : "", source->table->rows[i]->names);
	strbuf_adds(out, "\"\n");
	add_plugins(source, "_certbot_plugins", 0, out);
	add_plugins(source, "_certbot_authenticators", ROLE_AUTHENTICATOR, out);
	add_plugins(source, "_certbot_installers", ROLE_INSTALLER, out);
}

void help_print_bash(const struct help_source *source, struct strbuf *out)
{
	strbuf_adds(out, head);
	for (size_t i = 0; i < source->table->count; i++) {
		const struct option *option = source->table->rows[i];

		if (option->flags & OPTION_HIDDEN || !option_takes_value(option))
			continue;
		add_branch(option, out);
		add_value(source, option, out);
	}
	add_help_branch(source, out);
	strbuf_adds(out, tail);
	add_certificate_names(source->table, out);
	strbuf_adds(out, plain_words);
	strbuf_adds(out, programs);
	add_lists(source, out);
}
