/*
 * Reads and edits Exim's configuration (see exim_conf.h), by the rules of "The Exim run time
 * configuration file" in its specification.
 */
#include "confedit/exim/exim_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/edit.h"
#include "confedit/layout.h"

/* A logical line: its words on one line, and where they are in the text. */
struct logical_line {
	struct strbuf words;
	size_t start, end;
};

static void logical_line_release(struct logical_line *line)
{
	strbuf_release(&line->words);
}
DEFINE_AUTO(logical_line, logical_line_release);

/* Takes the next logical line of the text, from `at` on. `ret_line` is empty before. */
static bool take_logical_line(struct span text, size_t *at, struct logical_line *ret_line)
{
	bool goes_on = true;

	for (; goes_on && *at < text.len; *at = layout_next_line(text, *at)) {
		size_t end = layout_line_end(text, *at);
		struct span words = span_trim(span_make(text.ptr + *at, end - *at));

		if (!words.len || words.ptr[0] == '#')
			continue;
		if (!ret_line->words.len)
			ret_line->start = (size_t)(words.ptr - text.ptr);
		ret_line->end = (size_t)(words.ptr - text.ptr) + words.len;
		goes_on = words.ptr[words.len - 1] == '\\';
		strbuf_add(&ret_line->words, words.ptr, words.len - goes_on);
	}
	return ret_line->words.len > 0;
}

/* The options of the main section end here; what follows looks similar and means something else. */
static bool is_begin(const struct logical_line *line)
{
	return str_starts(line->words.text, "begin") && ascii_is_space(line->words.text[5]);
}

/* The value in a line that gives the name one, borrowed, or NULL. */
static const char *value_in_line(const struct logical_line *line, const char *name)
{
	const char *words = line->words.text;
	size_t len = strlen(name);

	/* "hide" keeps `exim -bP` from showing a value, and does not change what it means. */
	if (str_starts(words, "hide ") || str_starts(words, "hide\t"))
		words += 5 + strspn(words + 5, " \t");
	if (strncmp(words, name, len) != 0)
		return NULL;
	words += len + strspn(words + len, " \t");
	if (*words != '=')
		return NULL;
	words += words[1] == '=' ? 2 : 1;
	return words + strspn(words, " \t");
}

/* Finds the last line that gives the name a value: a macro anywhere, an option up to "begin". */
static bool find_line(struct span text, const char *name, struct logical_line *ret_line)
{
	/* Macros begin with a capital, options never do. */
	bool is_macro = name[0] >= 'A' && name[0] <= 'Z', is_found = false;

	for (size_t at = 0; at < text.len;) {
		AUTO(logical_line) struct logical_line line = {.words = STRBUF_INIT};

		if (!take_logical_line(text, &at, &line) || (!is_macro && is_begin(&line)))
			break;
		if (!value_in_line(&line, name))
			continue;
		strbuf_clear(&ret_line->words);
		strbuf_adds(&ret_line->words, line.words.text);
		ret_line->start = line.start;
		ret_line->end = line.end;
		is_found = true;
	}
	return is_found;
}

char *exim_conf_get(struct span text, const char *name)
{
	AUTO(logical_line) struct logical_line line = {.words = STRBUF_INIT};

	return find_line(text, name, &line) ? xstrdup(value_in_line(&line, name)) : NULL;
}

static void apply_edit(struct strbuf *text, const struct edit *edit)
{
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

	edit_apply(edit, &changed);
	strbuf_clear(text);
	strbuf_add(text, changed.text, changed.len);
}

bool exim_conf_set(struct strbuf *text, const char *name, const char *value)
{
	struct span old = span_make(text->text, text->len);
	AUTO(edit) struct edit edit = EDIT_INIT(old);
	AUTO(logical_line) struct logical_line line = {.words = STRBUF_INIT};
	const char *equals;
	size_t start;

	if (!find_line(old, name, &line))
		return false;
	equals = memchr(old.ptr + line.start, '=', line.end - line.start);
	for (start = (size_t)(equals - old.ptr); start < line.end && old.ptr[start] == '=';)
		start++;
	while (start < line.end && ascii_is_space(old.ptr[start]))
		start++;
	if (start == line.end && old.ptr[start - 1] == '=')
		edit_insert(&edit, start, " ");
	edit_replace(&edit, start, line.end, value);
	apply_edit(text, &edit);
	return true;
}

/* Adds a line at a place where a line begins, or at the end. */
static void insert_line(struct strbuf *text, size_t at, const char *name, const char *value)
{
	struct span old = span_make(text->text, text->len);
	const char *newline = layout_newline(old);
	AUTO(edit) struct edit edit = EDIT_INIT(old);
	AUTO_FREE char *line = xasprintf("%s = %s%s", name, value, newline);

	if (at && old.ptr[at - 1] != '\n')
		edit_insert(&edit, at, newline);
	edit_insert(&edit, at, line);
	apply_edit(text, &edit);
}

/* Where the first line begins that is not a comment (or the first "begin"), or the end. */
static size_t find_place(struct span text, bool is_at_begin)
{
	for (size_t at = 0; at < text.len;) {
		AUTO(logical_line) struct logical_line line = {.words = STRBUF_INIT};

		if (!take_logical_line(text, &at, &line))
			break;
		if (!is_at_begin || is_begin(&line))
			return layout_line_start(text, line.start);
	}
	return text.len;
}

void exim_conf_add_macro(struct strbuf *text, const char *name, const char *value)
{
	insert_line(text, find_place(span_make(text->text, text->len), false), name, value);
}

void exim_conf_add_option(struct strbuf *text, const char *name, const char *value)
{
	insert_line(text, find_place(span_make(text->text, text->len), true), name, value);
}

/* Exim expands "$" and "\", and splits lists at ":". */
bool exim_conf_can_hold(const char *path)
{
	for (; *path; path++)
		if (!ascii_is_alnum(*path) && !strchr("/._-+@~", *path))
			return false;
	return true;
}

void exim_conf_split(const char *list, struct strvec *ret_items)
{
	AUTO(strbuf) struct strbuf item = STRBUF_INIT;
	char separator = ':';

	list += strspn(list, " \t");
	if (list[0] == '<' && list[1]) {
		separator = list[1];
		list += 2;
	}
	for (;; list++) {
		if (list[0] == separator && list[1] == separator)
			strbuf_addc(&item, *list++);
		else if (*list && *list != separator)
			strbuf_addc(&item, *list);
		else {
			strbuf_trim(&item);
			if (item.len)
				strvec_push(ret_items, item.text);
			strbuf_clear(&item);
			if (!*list)
				return;
		}
	}
}
