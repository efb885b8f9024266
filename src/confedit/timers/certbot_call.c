/*
 * Finds calls of Certbot (see certbot_call.h). Words are split as a shell splits them (POSIX XCU
 * 2.2 and 2.3) as far as quotes and separators go; no variable is expanded, since its value is not
 * known here.
 */
#include "confedit/timers/certbot_call.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"

/* Scripts in scripts: far more than anybody writes by hand. */
#define MAX_DEPTH 4

/* Of all its years, and of Debian's packages. */
static const char *const names[] = {"certbot",   "certbot-auto", "certbot-2",
				    "certbot-3", "letsencrypt",  "letsencrypt-auto"};
/* The name that snapd gives the command of its timer. */
static const char snap_name[] = "certbot.renew";
/* Options that a timer's call has because nobody is there to see it. They change neither what is
 * renewed nor what is done afterwards. */
static const char *const quiet_words[] = {"-q",
					  "--quiet",
					  "-n",
					  "--non-interactive",
					  "--noninteractive",
					  "--no-random-sleep-on-renew",
					  "-nq",
					  "-qn",
					  "-t",
					  "--text",
					  "--no-self-upgrade"};

/* Commands whose words are not run, and that nobody would miss without the call: they say, look or
 * test. */
static const char *const sayings[] = {
	"echo", "printf", "logger", "mail",  "mailx",  "sendmail", "test", "[",    "[[",
	"ls",   "cat",    "which",  "type",  "grep",   "pgrep",    "ps",   "touch", "sleep",
	":",    "true",   "false",  "cd",    "exit",   "export",   "set"};
/* These do not run their words either, but have an effect of their own. */
static const char *const deeds[] = {"pkill", "killall", "rm",  "apt-get", "dnf",
				    "yum",   "pip",     "apt", "snapd"};
/* These take the output of a call, or close a compound command. */
static const char *const endings[] = {"tee", "fi", "done", "esac", "else", "}"};
/* The shell allows these in front of a command. */
static const char *const keywords[] = {"if", "then", "else", "elif", "while", "until",
				       "do", "!",    "{",    "time", "exec"};

void certbot_call_release(struct certbot_call *call)
{
	strvec_release(&call->programs);
	strvec_release(&call->options);
	free(call->program);
	free(call->verb);
}

static bool is_among(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static const char *last_part(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? slash + 1 : word;
}

static bool is_separator(char byte)
{
	return byte != '\0' && strchr(";&|()\n", byte);
}

/* ---- Words ---- */

struct splitter {
	struct span rest;
	struct strbuf word;
	bool has_word; /* also an empty one, '' */
	struct strvec *words;
};

static void end_word(struct splitter *splitter)
{
	if (splitter->has_word)
		strvec_push(splitter->words, splitter->word.text);
	strbuf_clear(&splitter->word);
	splitter->has_word = false;
}

/* A NUL would end the word early for everybody who reads it; none is in a real command. */
static void add_byte(struct splitter *splitter, char byte)
{
	strbuf_addc(&splitter->word, byte ? byte : '?');
	splitter->has_word = true;
}

/* Inside double quotes a backslash escapes few bytes, but none that names a program. */
static void take_quoted_part(struct splitter *splitter, char quote)
{
	splitter->has_word = true;
	while (splitter->rest.len) {
		char byte = splitter->rest.ptr[0];

		splitter->rest = span_drop(splitter->rest, 1);
		if (byte == quote)
			return;
		if (byte == '\\' && quote == '"' && splitter->rest.len) {
			byte = splitter->rest.ptr[0];
			splitter->rest = span_drop(splitter->rest, 1);
		}
		add_byte(splitter, byte);
	}
}

/* A shell reads nothing from a "#" that begins a word to the end of the line. */
static struct span skip_comment(struct span rest)
{
	while (rest.len && rest.ptr[0] != '\n')
		rest = span_drop(rest, 1);
	return rest;
}

/* "2>&1" and "&>file" are words: that "&" separates no commands. */
static bool is_of_redirection(const struct splitter *splitter)
{
	const struct strbuf *word = &splitter->word;

	return (word->len && strchr("<>", word->text[word->len - 1])) ||
	       (splitter->rest.len && splitter->rest.ptr[0] == '>');
}

void certbot_call_split(struct span command, struct strvec *ret_words)
{
	struct splitter splitter = {.rest = command, .word = STRBUF_INIT, .words = ret_words};

	while (splitter.rest.len) {
		char byte = splitter.rest.ptr[0];

		splitter.rest = span_drop(splitter.rest, 1);
		if (byte == '\'' || byte == '"') {
			take_quoted_part(&splitter, byte);
		} else if (byte == '\\' && splitter.rest.len) {
			add_byte(&splitter, splitter.rest.ptr[0]);
			splitter.rest = span_drop(splitter.rest, 1);
		} else if (byte == '#' && !splitter.has_word) {
			splitter.rest = skip_comment(splitter.rest);
		} else if (byte == '&' && is_of_redirection(&splitter)) {
			add_byte(&splitter, byte);
		} else if (is_separator(byte)) {
			end_word(&splitter);
			strvec_push(ret_words, ";");
		} else if (ascii_is_space(byte)) {
			end_word(&splitter);
		} else {
			add_byte(&splitter, byte);
		}
	}
	end_word(&splitter);
	strbuf_release(&splitter.word);
}

/* ---- Calls ---- */

static void find_in_words(const struct strvec *words, int depth, struct certbot_call *call);

static size_t end_of_command(const struct strvec *words, size_t from)
{
	while (from < words->count && strcmp(words->items[from], ";") != 0)
		from++;
	return from;
}

static bool is_redirection(const char *word)
{
	return strchr(word, '<') || strchr(word, '>');
}

/* "[ ! -d PATH ]", or "! [ -d PATH ]". */
static bool is_denied(const struct strvec *words, size_t dash)
{
	const char *before = dash ? words->items[dash - 1] : "";

	if (dash > 1 && (strcmp(before, "test") == 0 || strcmp(before, "[") == 0))
		before = words->items[dash - 2];
	return strcmp(before, "!") == 0;
}

/* Debian's line: "test -x /usr/bin/certbot -a \! -d /run/systemd/system && ..."; ours: "! test -d
 * /run/systemd/system && ...". There the package has a timer. */
static bool is_left_to_systemd(const struct strvec *words, size_t at)
{
	for (size_t i = 1; i < at; i++)
		if (strcmp(words->items[i - 1], "-d") == 0 &&
		    strcmp(words->items[i], "/run/systemd/system") == 0 && is_denied(words, i - 1))
			return true;
	return false;
}

/* A word that takes no part in what is renewed: where output goes, and with `certonly` that it is
 * done only when due, or always. Skips the file of a redirection. */
static bool is_beside(const struct strvec *words, size_t *at)
{
	const char *word = words->items[*at];

	if (is_redirection(word)) {
		*at += strchr("<>", word[strlen(word) - 1]) != NULL;
		return true;
	}
	return is_among(quiet_words, ARRAY_LEN(quiet_words), word);
}

/* `certonly` again and again is how renewals were told before there was `renew` (0.4). The option
 * may be shortened, as argparse allows. */
static bool repeats(const char *word)
{
	static const char *const options[] = {"--keep-until-expiring", "--keep", "--reinstall",
					      "--renew-by-default", "--force-renewal"};
	bool is_long_enough = strlen(word) > strlen("--keep") - 1;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (is_long_enough && str_starts(options[i], word))
			return true;
	return false;
}

/* Certbot takes the first word that is one for its verb, wherever it stands. */
static bool is_verb(const char *word)
{
	static const char *const verbs[] = {
		"renew",    "certonly",       "run",          "auth",     "install",
		"revoke",   "delete",         "certificates", "register", "unregister",
		"enhance",  "update_account", "show_account", "plugins",  "reconfigure",
		"rollback", "config_changes", "everything",   "help",     "update_symlinks",
	};

	return is_among(verbs, ARRAY_LEN(verbs), word);
}

static bool renews_when_repeated(const char *verb)
{
	static const char *const verbs[] = {"certonly", "run", "auth"};

	return is_among(verbs, ARRAY_LEN(verbs), verb);
}

static void take_call(const struct strvec *words, size_t at, struct certbot_call *call)
{
	size_t end = end_of_command(words, at);
	AUTO(strvec) struct strvec options = STRVEC_INIT;
	const char *verb = NULL;
	bool is_repeated = false;

	for (size_t i = at + 1; i < end; i++) {
		const char *word = words->items[i];

		if (is_beside(words, &i))
			continue;
		is_repeated = is_repeated || repeats(word);
		if (!verb && is_verb(word))
			verb = word;
		else
			strvec_push(&options, word);
	}
	if (!verb || call->renews ||
	    (strcmp(verb, "renew") != 0 && !(renews_when_repeated(verb) && is_repeated)))
		return;
	call->renews = true;
	call->verb = xstrdup(verb);
	call->leaves_to_systemd = is_left_to_systemd(words, at);
	call->program = xstrdup(words->items[at]);
	strvec_extend(&call->options, &options);
}

/* A word with blanks is a script, such as that of sh -c, or a hook; Certbot's name in it counts. */
static void look_into(const char *word, int depth, struct certbot_call *call)
{
	AUTO(strvec) struct strvec inner = STRVEC_INIT;

	if (depth >= MAX_DEPTH || !strpbrk(word, " \t\n"))
		return;
	certbot_call_split(span_of(word), &inner);
	find_in_words(&inner, depth + 1, call);
}

/* Past keywords of the shell and assignments, which stand in front of the name of a command. */
static size_t skip_to_name(const struct strvec *words, size_t from, size_t end)
{
	while (from < end &&
	       (is_among(keywords, ARRAY_LEN(keywords), words->items[from]) ||
		(strchr(words->items[from], '=') && !strpbrk(words->items[from], "/ -"))))
		from++;
	return from;
}

static void find_in_command(const struct strvec *words, size_t from, int depth,
			    struct certbot_call *call)
{
	size_t end = end_of_command(words, from);
	size_t at = skip_to_name(words, from, end);
	const char *command = at < end ? last_part(words->items[at]) : NULL;
	bool runs = command && !is_among(sayings, ARRAY_LEN(sayings), command) &&
		    !is_among(deeds, ARRAY_LEN(deeds), command);

	for (size_t i = from; i < end; i++) {
		const char *name = last_part(words->items[i]);

		if (is_among(names, ARRAY_LEN(names), name))
			strvec_push(&call->programs, words->items[i]);
		if (!runs)
			continue;
		if (strcmp(name, snap_name) == 0 && !call->renews) {
			strvec_push(&call->programs, name);
			call->renews = true;
			call->verb = xstrdup("renew");
			call->program = xstrdup("snap");
		} else if (is_among(names, ARRAY_LEN(names), name)) {
			take_call(words, i, call);
		} else {
			look_into(words->items[i], depth, call);
		}
	}
}

/* A random pause, as Debian's line and the instructions for pip have it: perl -e 'sleep ...'. */
static bool is_pause(const struct strvec *words, size_t at, size_t end)
{
	const char *name = last_part(words->items[at]);

	if (!str_starts(name, "perl") && !str_starts(name, "python"))
		return false;
	return end - at == 3 && strstr(words->items[at + 2], "sleep");
}

/* "command -v certbot" only looks for it. */
static bool is_search(const struct strvec *words, size_t at, size_t end)
{
	return end - at > 1 && strcmp(words->items[at], "command") == 0 &&
	       str_starts(words->items[at + 1], "-v");
}

static bool is_harmless(const struct strvec *words, size_t from)
{
	size_t end = end_of_command(words, from);
	size_t at = skip_to_name(words, from, end);
	const char *name;

	if (at == end || is_search(words, at, end) || is_pause(words, at, end))
		return true;
	name = last_part(words->items[at]);
	return is_among(sayings, ARRAY_LEN(sayings), name) ||
	       is_among(endings, ARRAY_LEN(endings), name);
}

/* A hook belongs to its call. Other commands of the line do not, and would be lost with it. */
static void find_in_words(const struct strvec *words, int depth, struct certbot_call *call)
{
	bool renewed_before = call->renews, runs_more = false;

	for (size_t i = 0; i < words->count; i = end_of_command(words, i) + 1) {
		bool renewed = call->renews;

		find_in_command(words, i, depth, call);
		if (call->renews == renewed && !is_harmless(words, i))
			runs_more = true;
	}
	if (!renewed_before && call->renews && runs_more)
		call->runs_more = true;
}

void certbot_call_find_words(const struct strvec *words, struct certbot_call *call)
{
	find_in_words(words, 0, call);
}

void certbot_call_find(struct span command, struct certbot_call *call)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	certbot_call_split(command, &words);
	find_in_words(&words, 0, call);
}
