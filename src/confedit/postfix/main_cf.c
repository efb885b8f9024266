/*
 * Reads and edits main.cf, and reads master.cf (see main_cf.h). Both consist of logical lines.
 */
#include "confedit/postfix/main_cf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/edit.h"
#include "confedit/layout.h"

static bool is_ignored(struct span line)
{
	struct span text = span_trim(line);

	return !text.len || text.ptr[0] == '#';
}

static bool is_continuation(struct span line)
{
	return line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
}

/* One logical line: its place in the text, and its words on one line. */
struct logical_line {
	size_t start, end; /* without the last line's end */
	char *text;
};

static void logical_line_release(struct logical_line *line)
{
	free(line->text);
	line->text = NULL;
}
DEFINE_AUTO(logical_line, logical_line_release);

/* Takes the next logical line of the text, from `at` on. The caller releases it. */
static bool take_logical_line(struct span text, size_t *at, struct logical_line *ret_line)
{
	AUTO(strbuf) struct strbuf joined = STRBUF_INIT;
	struct logical_line line = {.text = NULL};

	for (; *at < text.len; *at = layout_next_line(text, *at)) {
		size_t end = layout_line_end(text, *at);
		struct span part = span_make(text.ptr + *at, end - *at), words = span_trim(part);

		if (is_ignored(part))
			continue;
		if (joined.len && !is_continuation(part))
			break;
		if (!joined.len)
			line.start = *at;
		else
			strbuf_addc(&joined, ' ');
		strbuf_add(&joined, words.ptr, words.len);
		line.end = end;
	}
	if (!joined.len)
		return false;
	line.text = strbuf_detach(&joined);
	*ret_line = line;
	return true;
}

/* The value of a line "name = value", or NULL when it sets something else. */
static const char *value_in_line(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) != 0)
		return NULL;
	line += len + strspn(line + len, " \t");
	return *line == '=' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

/* Finds the line that counts. */
static bool find_line(struct span text, const char *name, struct logical_line *ret_line)
{
	bool is_found = false;
	struct logical_line line;

	for (size_t at = 0; take_logical_line(text, &at, &line);) {
		if (!value_in_line(line.text, name)) {
			logical_line_release(&line);
			continue;
		}
		if (is_found)
			logical_line_release(ret_line);
		*ret_line = line;
		is_found = true;
	}
	return is_found;
}

char *main_cf_get(struct span text, const char *name)
{
	AUTO(logical_line) struct logical_line line = {.text = NULL};

	return find_line(text, name, &line) ? xstrdup(value_in_line(line.text, name)) : NULL;
}

bool main_cf_set(struct strbuf *text, const char *name, const char *value)
{
	struct span old = span_make(text->text, text->len);
	AUTO(logical_line) struct logical_line line = {.text = NULL};
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;
	AUTO_FREE char *setting = xasprintf("%s = %s", name, value);
	AUTO(edit) struct edit edit = EDIT_INIT(old);

	if (find_line(old, name, &line)) {
		if (strcmp(value_in_line(line.text, name), value) == 0)
			return false;
		edit_replace(&edit, line.start, line.end, setting);
	} else {
		if (old.len && old.ptr[old.len - 1] != '\n')
			edit_insert(&edit, old.len, layout_newline(old));
		edit_insert(&edit, old.len, setting);
		edit_insert(&edit, old.len, layout_newline(old));
	}
	edit_apply(&edit, &changed);
	strbuf_clear(text);
	strbuf_add(text, changed.text, changed.len);
	return true;
}

/* ---- master.cf ---- */

/* The bytes up to the brace that closes the first one; all of them if none does. */
static size_t braced_length(struct span text)
{
	size_t depth = 0, len = 0;

	do {
		depth += text.ptr[len] == '{';
		depth -= text.ptr[len++] == '}';
	} while (depth && len < text.len);
	return len;
}

/* Appends the blank-separated words of a line. One in braces may have blanks, and is appended
 * without them: -o { name = value } (master(5)). */
static void split_words(const char *line, struct strvec *ret_words)
{
	struct span rest = span_trim(span_of(line));

	while (rest.len) {
		bool is_braced = rest.ptr[0] == '{';
		size_t len = is_braced ? braced_length(rest) : 0;
		struct span word;

		while (!is_braced && len < rest.len && !strchr(" \t", rest.ptr[len]))
			len++;
		word = span_make(rest.ptr, len);
		if (is_braced && len > 1)
			word = span_trim(span_make(rest.ptr + 1, len - 2));
		strvec_give(ret_words, span_dup(word));
		rest = span_trim(span_make(rest.ptr + len, rest.len - len));
	}
}

/* The columns of a service (master(5)). */
enum {
	COLUMN_SERVICE,
	COLUMN_TYPE,
	COLUMN_COMMAND = 7,
};

static bool listens_on_tcp(const struct strvec *words)
{
	return words->count > COLUMN_COMMAND && strcmp(words->items[COLUMN_TYPE], "inet") == 0;
}

/* The value of the last "-o NAME=VALUE", or NULL; borrowed. */
static const char *override_in(const struct strvec *words, const char *name)
{
	for (size_t i = words->count; i-- > COLUMN_COMMAND + 2;) {
		const char *value = value_in_line(words->items[i], name);

		if (value && strcmp(words->items[i - 1], "-o") == 0)
			return value;
	}
	return NULL;
}

void master_cf_overriding(struct span text, const char *name, struct strvec *ret_services)
{
	struct logical_line line;

	for (size_t at = 0; take_logical_line(text, &at, &line);) {
		AUTO(strvec) struct strvec words = STRVEC_INIT;

		split_words(line.text, &words);
		logical_line_release(&line);
		if (listens_on_tcp(&words) && override_in(&words, name))
			strvec_push_unique(ret_services, words.items[COLUMN_SERVICE]);
	}
}

char *master_cf_get(struct span text, const char *service, const char *name)
{
	struct logical_line line;
	char *value = NULL;

	for (size_t at = 0; !value && take_logical_line(text, &at, &line);) {
		AUTO(strvec) struct strvec words = STRVEC_INIT;

		split_words(line.text, &words);
		logical_line_release(&line);
		if (listens_on_tcp(&words) && strcmp(words.items[COLUMN_SERVICE], service) == 0)
			value = xstrdup_or_null(override_in(&words, name));
	}
	return value;
}

void master_cf_smtpd(struct span text, struct strvec *ret_services)
{
	struct logical_line line;

	for (size_t at = 0; take_logical_line(text, &at, &line);) {
		AUTO(strvec) struct strvec words = STRVEC_INIT;

		split_words(line.text, &words);
		logical_line_release(&line);
		if (listens_on_tcp(&words) && strcmp(words.items[COLUMN_COMMAND], "smtpd") == 0)
			strvec_push_unique(ret_services, words.items[COLUMN_SERVICE]);
	}
}

bool main_cf_can_hold(const char *path)
{
	return !strpbrk(path, " \t\r\n,$");
}
