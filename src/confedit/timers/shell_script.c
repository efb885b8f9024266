/*
 * Reads lines of shell scripts (see shell_script.h). The grammar is not parsed: a line counts as a
 * command of its own only if nothing in it hints at more, so that what is in doubt is left to a
 * person.
 */
#include "confedit/timers/shell_script.h"

#include <string.h>

#include "base/ascii.h"
#include "base/macros.h"

#define MARK ": # disabled by certbot handover: "

/* Words that open, divide or close a compound command. "if ...; then ...; fi" on one line is one as
 * a whole, but not worth telling from its parts. */
static const char *const of_compound[] = {"if",   "then",  "else",  "elif", "fi",
					  "for",  "while", "until", "do",   "done",
					  "case", "esac",  "{",     "}",    "function"};
/* Commands that the lines below notice, unless they are run in a subshell. */
static const char *const of_state[] = {"cd", "exit", "export", "set"};

static bool is_one_of(struct span word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(word, words[i]))
			return true;
	return false;
}

static bool hints_at_more(struct span line)
{
	bool is_subshell = line.len && line.ptr[0] == '(';

	while (line.len) {
		struct span word;
		size_t len = 0;

		while (len < line.len && !strchr(" \t;&|()", line.ptr[len]))
			len++;
		word = span_make(line.ptr, len);
		if (is_one_of(word, of_compound, ARRAY_LEN(of_compound)) ||
		    (!is_subshell && is_one_of(word, of_state, ARRAY_LEN(of_state))))
			return true;
		line = span_drop(line, len < line.len ? len + 1 : len);
	}
	return false;
}

/* True for a program whose name is that of a shell like sh. */
static bool is_shell(struct span path)
{
	static const char *const names[] = {"sh", "ash", "dash", "bash", "ksh", "mksh", "zsh"};
	struct span name = path;

	while (span_take_until(&path, '/', &name))
		continue;
	return is_one_of(name, names, ARRAY_LEN(names));
}

static struct span cut_word(struct span *line)
{
	struct span word;
	size_t len = 0;

	*line = span_trim(*line);
	while (len < line->len && !ascii_is_space(line->ptr[len]))
		len++;
	word = span_make(line->ptr, len);
	*line = span_drop(*line, len);
	return word;
}

/* A file without "#!" is run by a shell. "env" is looked behind: its options and assignments stand
 * in front of the name. */
static bool is_of_other_program(struct span text)
{
	struct span line, word;

	if (!span_take_line(&text, &line) || !span_skip_prefix(&line, "#!"))
		return false;
	word = cut_word(&line);
	if (span_eq(word, "/usr/bin/env") || span_eq(word, "/bin/env"))
		do
			word = cut_word(&line);
		while (word.len && (word.ptr[0] == '-' || memchr(word.ptr, '=', word.len)));
	return !is_shell(word);
}

struct shell_script shell_script_begin(struct span text)
{
	return (struct shell_script){.rest = text, .is_foreign = is_of_other_program(text)};
}

/* The state in which one line leaves the next. */
struct walk {
	char quote;
	int depth;      /* of parentheses */
	bool has_inner; /* a command whose output is used: $( or ` */
	bool has_document;
	bool ends_branch; /* ";;" of a case, or ";&" */
	char last;        /* the last byte outside blanks and comments */
};

static void walk_byte(struct walk *walk, struct span *rest, char before)
{
	char byte = rest->ptr[0];

	*rest = span_drop(*rest, 1);
	walk->has_inner = walk->has_inner || byte == '`' || (byte == '(' && before == '$');
	if (byte == '\\' && walk->quote != '\'' && rest->len)
		*rest = span_drop(*rest, 1);
	else if (walk->quote)
		walk->quote = byte == walk->quote ? '\0' : walk->quote;
	else if (byte == '\'' || byte == '"')
		walk->quote = byte;
	else if (byte == '#' && (!before || ascii_is_space(before)))
		*rest = span_make(rest->ptr, 0);
	else
		walk->depth += (byte == '(') - (byte == ')');
	walk->has_document = walk->has_document || (!walk->quote && byte == '<' && before == '<');
	if (!ascii_is_space(byte) && (byte != '#' || rest->len))
		walk->last = byte;
}

static struct walk walk_line(struct span line, char quote)
{
	struct walk walk = {.quote = quote};
	char before = '\0';

	while (line.len) {
		char byte = line.ptr[0];

		walk.ends_branch = walk.ends_branch ||
				   (!walk.quote && before == ';' && (byte == ';' || byte == '&'));
		walk_byte(&walk, &line, before);
		before = byte;
	}
	return walk;
}

bool shell_script_next(struct shell_script *script, struct shell_line *ret_line)
{
	struct span line;

	while (span_take_line(&script->rest, &line)) {
		struct span text = span_trim(line);
		bool was_open = script->quote || script->goes_on || script->has_document;
		struct walk walk = walk_line(text, script->quote);

		script->line++;
		if (!text.len || (text.ptr[0] == '#' && !script->quote))
			continue;
		script->quote = walk.quote;
		/* "\", "&&", "||" and "|" at the end; a single "&" ends a command. */
		script->goes_on = walk.last == '|' || text.ptr[text.len - 1] == '\\' ||
				  (text.len > 1 && walk.last == '&' &&
				   text.ptr[text.len - 2] == '&');
		script->has_document = script->has_document || walk.has_document;
		*ret_line = (struct shell_line){script->line, text, false};
		ret_line->is_separate = !script->is_foreign && !was_open && !walk.quote &&
					!walk.depth && !walk.has_inner && !script->goes_on &&
					!walk.has_document && !walk.ends_branch &&
					!hints_at_more(text);
		return true;
	}
	return false;
}

void shell_script_silence(struct span text, size_t line, struct strbuf *out)
{
	struct span rest = text, current = text;

	for (size_t i = 0; i < line; i++)
		if (!span_take_line(&rest, &current))
			current = span_make(text.ptr + text.len, 0);
	strbuf_add(out, text.ptr, (size_t)(current.ptr - text.ptr));
	strbuf_adds(out, MARK);
	strbuf_add(out, current.ptr, (size_t)(text.ptr + text.len - current.ptr));
}
