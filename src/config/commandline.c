/*
 * Turns argv and cli.ini files into settings (see commandline.h): finds the subcommand, requests
 * for help or the version, and the config files, and decides what overrides what. scanner.c reads
 * the words, config_files.c the files, given_options.c the values; checks.c checks for conflicts.
 */
#include "config/commandline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "config/config_files.h"
#include "config/given_options.h"
#include "config/scanner.h"
#include "os/file/file.h"
#include "os/users.h"

/* Far above any real cli.ini: the limit is for a device or a log named by mistake. */
#define MAX_CONFIG_FILE (1024 * 1024)

void commandline_release(struct commandline *commandline)
{
	free(commandline->verb);
	free(commandline->topic);
	settings_free(commandline->settings);
	strvec_release(&commandline->warnings);
	*commandline = (struct commandline)COMMANDLINE_INIT;
}

/* The order is that of weight, weakest first, as in Certbot. */
void commandline_default_files(struct strvec *ret_paths)
{
	const char *config_home = getenv("XDG_CONFIG_HOME");
	AUTO_FREE char *home = users_home_dir();

	strvec_push(ret_paths, "/etc/letsencrypt/cli.ini");
	if (config_home)
		strvec_pushf(ret_paths, "%s/letsencrypt/cli.ini", config_home);
	else if (home)
		strvec_pushf(ret_paths, "%s/.config/letsencrypt/cli.ini", home);
}

static bool is_verb(const char *const *verbs, const char *word)
{
	for (; *verbs; verbs++)
		if (strcmp(*verbs, word) == 0)
			return true;
	return false;
}

/* Index of the first word that is a subcommand, wherever it stands; words->count when none is.
 * Certbot looks for it anywhere, so `certbot -d example.com certonly` works. The value of an option
 * that is spelled like a subcommand is taken for one there as well. */
static size_t find_verb(const char *const *verbs, const struct strvec *words)
{
	size_t i = 0;

	while (i < words->count && !is_verb(verbs, words->items[i]))
		i++;
	return i;
}

/* The name that begins at a word; heap. A subcommand of two words ("dns-persist show") has a name with
 * a hyphen between them. No word is joined unless the pair is a subcommand, so "delete" followed by
 * a stray word is still refused as such. */
static char *name_at(const char *const *verbs, const struct strvec *words, size_t at,
		     size_t *ret_width)
{
	AUTO_FREE char *both = NULL;

	if (at + 1 < words->count)
		both = xasprintf("%s-%s", words->items[at], words->items[at + 1]);
	*ret_width = both && is_verb(verbs, both) ? 2 : 1;
	return *ret_width == 2 ? STEAL(both) : xstrdup(words->items[at]);
}

static bool is_help(const char *word)
{
	return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

/* True when help is asked for. The topic is what follows -h, else the subcommand, if any. Before
 * anything is parsed: help must come even when the rest of the line is wrong. */
static bool find_help(const char *const *verbs, const struct strvec *words, char **ret_topic)
{
	size_t at = 0, verb, width;

	while (at < words->count && !is_help(words->items[at]))
		at++;
	if (at == words->count)
		return false;
	verb = find_verb(verbs, words);
	if (at + 1 < words->count && words->items[at + 1][0] != '-')
		*ret_topic = name_at(verbs, words, at + 1, &width);
	else if (verb < words->count)
		*ret_topic = name_at(verbs, words, verb, &width);
	return true;
}

/* The words after the program's name; a first `help` means --help. Only the first, since "help" may
 * be the value of an option elsewhere. */
static void collect_words(const struct commandline_input *input, struct strvec *ret_words)
{
	for (int i = 1; i < input->argc; i++) {
		bool is_help_word = i == 1 && strcmp(input->argv[i], "help") == 0;

		strvec_push(ret_words, is_help_word ? "--help" : input->argv[i]);
	}
}

/* Puts what a file gives before what is given already. */
static int read_config_file(const struct option_table *table, const char *path,
			    struct given_options *given, struct error *err)
{
	AUTO(given_options) struct given_options weaker = GIVEN_OPTIONS_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (file_read(path, MAX_CONFIG_FILE, &text, err) < 0 ||
	    config_file_read(table, path, text.text, text.len, &weaker, err) < 0)
		return err->code;
	given_options_prepend(given, &weaker);
	return 0;
}

/* Paths of -c, in order; "~/" is the home directory. The shell does not expand "~" in
 * --config=~/cli.ini. */
static void collect_config_files(const struct given_options *given, struct strvec *ret_paths)
{
	AUTO_FREE char *home = users_home_dir();

	for (size_t i = 0; i < given->count; i++) {
		const char *path = given->items[i].value;

		if (strcmp(given->items[i].option->dest, "config_file") != 0)
			continue;
		if (home && str_starts(path, "~/"))
			strvec_pushf(ret_paths, "%s%s", home, path + 1);
		else
			strvec_push(ret_paths, path);
	}
}

/* Reads the files of -c and the default ones, the strongest first. A file named by hand must exist,
 * a default one may be missing. Each is put before what is there, so the strongest comes first. */
static int read_files(const struct commandline_input *input, const struct option_table *table,
		      const struct strvec *named, const char *verb, struct given_options *given,
		      struct error *err)
{
	bool has_default = input->config_files && (!input->reads_files || input->reads_files(verb));
	size_t count = 0;

	for (size_t i = named->count; i-- > 0;)
		if (read_config_file(table, named->items[i], given, err) < 0)
			return error_recode(err, ERR_USAGE);
	while (has_default && input->config_files[count])
		count++;
	while (count-- > 0)
		if (file_exists(input->config_files[count]) &&
		    read_config_file(table, input->config_files[count], given, err) < 0)
			return err->code;
	return 0;
}

/* Takes the subcommand out of the words. */
static char *take_verb(const struct commandline_input *input, struct strvec *words)
{
	size_t at = find_verb(input->verbs, words), width;
	char *verb;

	if (at == words->count)
		return xstrdup(input->default_verb);
	verb = name_at(input->verbs, words, at, &width);
	while (width--)
		strvec_remove(words, at);
	return verb;
}

/* Reads words and files and makes values of all that was given. The scanner stops at --help and
 * --version, so either of them is the last option if it is there at all. */
static int read_options(const struct commandline_input *input, const struct option_table *table,
			const struct strvec *words, struct commandline *commandline,
			struct error *err)
{
	const struct scanner_grammar grammar = {
		.table = table,
		.verbs = input->verbs,
		.operands = input->operands_of ? input->operands_of(commandline->verb) : NULL,
	};
	AUTO(given_options) struct given_options given = GIVEN_OPTIONS_INIT;
	AUTO(strvec) struct strvec named = STRVEC_INIT;
	const char *last;

	if (scanner_read(&grammar, words, &given, err) < 0)
		return err->code;
	last = given.count ? given.items[given.count - 1].option->dest : "";
	commandline->help = strcmp(last, "help") == 0;
	commandline->version = strcmp(last, "version") == 0;
	if (commandline->help || commandline->version)
		return 0;
	collect_config_files(&given, &named);
	if (read_files(input, table, &named, commandline->verb, &given, err) < 0)
		return err->code;
	return given_options_apply(&given, commandline->settings, &commandline->warnings, err);
}

int commandline_parse(const struct commandline_input *input, const struct option_table *table,
		      struct commandline *ret_commandline, struct error *err)
{
	AUTO(commandline) struct commandline commandline = COMMANDLINE_INIT;
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	collect_words(input, &words);
	commandline.settings = settings_new(table);
	commandline.help = find_help(input->verbs, &words, &commandline.topic);
	commandline.version = !commandline.help && strvec_contains(&words, "--version");
	if (commandline.help || commandline.version) {
		commandline.verb = xstrdup(input->default_verb);
	} else {
		commandline.verb = take_verb(input, &words);
		if (read_options(input, table, &words, &commandline, err) < 0)
			return err->code;
	}
	*ret_commandline = commandline;
	commandline = (struct commandline)COMMANDLINE_INIT;
	return 0;
}

/* Is the word an option, written in full or not, whose value nobody may see? */
static bool names_secret(const struct option_table *table, const char *word, size_t len)
{
	AUTO_FREE char *name = xstrndup(word, len);
	AUTO(error) struct error ambiguous = ERROR_INIT;
	const struct option *option = NULL;

	return str_starts(name, "--") && scanner_find(table, name, &option, &ambiguous) == 0 &&
	       option && option->flags & OPTION_SECRET;
}

/* They go to the log and to the journal of changes, which are sent to strangers for help. */
void commandline_words(int argc, char *const *argv, const struct option_table *table,
		       struct strvec *ret_words)
{
	bool is_secret_value = false;

	for (int i = 1; i < argc; i++) {
		AUTO(strbuf) struct strbuf word = STRBUF_INIT;
		size_t len = strlen(argv[i]), name_len = strcspn(argv[i], "=");
		bool is_secret = names_secret(table, argv[i], name_len);
		bool is_cut = is_secret && name_len < len;

		if (!is_secret_value)
			strbuf_add_printable(&word, argv[i], is_cut ? name_len + 1 : len);
		if (is_secret_value || is_cut)
			strbuf_adds(&word, "***");
		strvec_give(ret_words, strbuf_detach(&word));
		is_secret_value = is_secret && !is_cut;
	}
}

void commandline_describe(const struct strvec *words, struct strbuf *out)
{
	strbuf_adds(out, "[");
	for (size_t i = 0; i < words->count; i++)
		strbuf_addf(out, "%s'%s'", i ? ", " : "", words->items[i]);
	strbuf_adds(out, "]");
}
