/*
 * Lines of the ConfigObj dialect (see ini_parts.h): comment, section header, or setting.
 *
 * A header is "[name]" with one pair of brackets per level; a setting is "key = value". Both kinds
 * of name may be quoted. The patterns are tried in ConfigObj's order: a line that matches a header
 * is a header, even if it could also be a setting.
 */
#include "codec/ini_parts.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

/* The closing brackets of a header at the start of the text, followed by nothing but a comment. */
static bool match_close(struct span text, size_t *ret_depth)
{
	size_t depth = 0;

	for (;;) {
		struct span next = ini_skip_space(text);

		if (!span_skip_prefix(&next, "]"))
			break;
		text = next;
		depth++;
	}
	*ret_depth = depth;
	return depth && ini_is_tail(text);
}

/* Shortest name of at least `min_len` bytes that ends in `end` (0: in anything) and is followed by
 * the closing brackets. */
static bool match_name(struct span text, size_t min_len, char end, struct span *ret_name,
		       size_t *ret_close_depth)
{
	const char *last_bracket = memrchr(text.ptr, ']', text.len);

	for (size_t len = min_len; last_bracket && text.ptr + len <= last_bracket; len++) {
		if (end ? text.ptr[len - 1] != end
			: text.ptr[len] != ']' && !ini_space_width(span_drop(text, len)))
			continue;
		if (match_close(span_drop(text, len), ret_close_depth)) {
			*ret_name = span_make(text.ptr, len);
			return true;
		}
	}
	return false;
}

/* A name that begins with a quote must end with it: ConfigObj tries no other reading. */
static bool match_section_name(struct span text, struct span *ret_name, size_t *ret_close_depth)
{
	struct span inner;

	if (!text.len)
		return false;
	if (!ini_is_quote(text.ptr[0]))
		return match_name(text, 1, '\0', ret_name, ret_close_depth);
	/* Between the quotes there must be something besides white space. */
	inner = ini_skip_space(span_drop(text, 1));
	return match_name(text, (size_t)(inner.ptr - text.ptr) + 2, text.ptr[0], ret_name,
			  ret_close_depth);
}

/* The text after the opening brackets, of which at most `max_depth` are taken. */
static struct span skip_open(struct span text, size_t max_depth, size_t *ret_depth)
{
	size_t depth = 0;

	while (depth < max_depth && span_skip_prefix(&text, "[")) {
		text = ini_skip_space(text);
		depth++;
	}
	*ret_depth = depth;
	return text;
}

/* A header; with fewer opening brackets than there are, the rest belongs to the name. */
static bool match_section(struct span line, struct ini_line *ret_line)
{
	struct span open = ini_skip_space(line);
	size_t close_depth, depth;
	struct span rest = skip_open(open, SIZE_MAX, &depth);

	if (!depth || !memchr(open.ptr, ']', open.len))
		return false;
	while (!match_section_name(rest, &ret_line->name, &close_depth)) {
		if (depth == 1)
			return false;
		rest = skip_open(open, depth - 1, &depth);
	}
	ret_line->kind = depth == close_depth ? INI_LINE_SECTION : INI_LINE_BAD;
	ret_line->complaint = "different numbers of opening and closing brackets";
	ret_line->indent = span_make(line.ptr, line.len - open.len);
	ret_line->name = ini_unquote(ret_line->name);
	ret_line->depth = depth;
	return true;
}

/* A quoted key: it ends at the first closing quote that is followed by "=". */
static bool match_quoted_key(struct span text, struct span *ret_key, struct span *ret_rest)
{
	for (size_t len = 2; len <= text.len; len++) {
		if (text.ptr[len - 1] != text.ptr[0])
			continue;
		*ret_rest = ini_skip_space(span_drop(text, len));
		if (span_skip_prefix(ret_rest, "=")) {
			*ret_key = span_make(text.ptr, len);
			return true;
		}
	}
	return false;
}

/* A plain key: its first character, which may be anything, and all up to "=". */
static bool match_plain_key(struct span text, size_t first_width, struct span *ret_key,
			    struct span *ret_rest)
{
	struct span behind = span_drop(text, first_width);
	const char *equals = behind.len ? memchr(behind.ptr, '=', behind.len) : NULL;

	if (!equals)
		return false;
	*ret_key = ini_drop_trailing_space(span_make(text.ptr, (size_t)(equals - text.ptr)));
	if (ret_key->len < first_width)
		ret_key->len = first_width;
	*ret_rest = span_drop(text, (size_t)(equals - text.ptr) + 1);
	return true;
}

/* "key =": the key with its quotes, and what follows the "=". */
static bool match_key(struct span line, struct span *ret_key, struct span *ret_rest)
{
	struct span start = ini_skip_space(line);
	struct span indent = span_make(line.ptr, line.len - start.len);
	size_t space_width = ini_space_width_before(indent);

	if (ini_is_quote(start.ptr[0]) && match_quoted_key(start, ret_key, ret_rest))
		return true;
	if (!ini_is_quote(start.ptr[0]) && start.ptr[0] != '=')
		return match_plain_key(start, 1, ret_key, ret_rest);
	/* A lone quote or "=" after one blank of indentation is a key. */
	start = span_make(start.ptr - space_width, start.len + space_width);
	return space_width && match_plain_key(start, space_width, ret_key, ret_rest);
}

/* One line without its line end; `*ret_len` counts that too. */
static struct span take_line(struct span text, size_t *ret_len)
{
	const char *end = memchr(text.ptr, '\n', text.len);
	struct span line = span_make(text.ptr, end ? (size_t)(end - text.ptr) : text.len);

	*ret_len = line.len + (end != NULL);
	while (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static const char *find_text(struct span text, const char *wanted)
{
	return memmem(text.ptr, text.len, wanted, strlen(wanted));
}

/* The first of the closing quotes that is followed by nothing but a comment on its line. */
static const char *find_close(struct span line, const char *quotes)
{
	const char *found;

	while ((found = find_text(line, quotes))) {
		const char *behind = found + strlen(quotes);

		if (ini_is_tail(span_make(behind, (size_t)(line.ptr + line.len - behind))))
			return found;
		line = span_drop(line, (size_t)(found - line.ptr) + 1);
	}
	return NULL;
}

/* A value in triple quotes, at the start of the text. Quotes on its first line close it there;
 * otherwise the first line that has them does. `*ret_len` counts all lines of the value. */
static bool read_multiline(struct span text, struct ini_value *ret_value, size_t *ret_len)
{
	char quotes[4] = {text.ptr[0], text.ptr[1], text.ptr[2], '\0'};
	const char *start = text.ptr + 3;
	struct span rest = span_drop(text, 3);
	const char *close = NULL;

	while (rest.len && !close) {
		size_t len;
		struct span line = take_line(rest, &len);

		close = find_close(line, quotes);
		/* Quotes with something after them are an error, not text. */
		if (!close && find_text(line, quotes))
			return false;
		rest = span_drop(rest, len);
	}
	if (!close)
		return false;
	*ret_value = (struct ini_value){
		.kind = INI_MULTILINE,
		.text = span_make(start, (size_t)(close - start)),
		.spelling = span_make(start - 3, (size_t)(close - start) + 6),
	};
	*ret_len = text.len - rest.len;
	return true;
}

/* Tried before the one-line forms: `""""` begins a long value, not an empty one. */
static bool starts_triple_quotes(struct span text)
{
	return text.len >= 3 && ini_is_quote(text.ptr[0]) && text.ptr[1] == text.ptr[0] &&
	       text.ptr[2] == text.ptr[0];
}

static void read_setting(struct span text, struct span line, struct ini_line *ret_line)
{
	struct span key, value;
	bool is_good;

	ret_line->kind = INI_LINE_BAD;
	ret_line->complaint = "neither a section nor a setting";
	if (!match_key(line, &key, &value))
		return;
	value = ini_skip_space(value);
	ret_line->complaint = "malformed value";
	if (starts_triple_quotes(value)) {
		size_t before = (size_t)(value.ptr - text.ptr), len = 0;

		is_good = read_multiline(span_drop(text, before), &ret_line->value, &len);
		if (is_good)
			ret_line->len = before + len;
	} else {
		is_good = ini_read_value(value, &ret_line->value);
	}
	if (!is_good)
		return;
	ret_line->kind = INI_LINE_SETTING;
	ret_line->indent = span_make(line.ptr, (size_t)(key.ptr - line.ptr));
	ret_line->name = ini_unquote(key);
}

void ini_read_line(struct span text, struct ini_line *ret_line)
{
	struct span line;

	*ret_line = (struct ini_line){.kind = INI_LINE_COMMENT};
	line = take_line(text, &ret_line->len);
	if (ini_is_tail(line) || match_section(line, ret_line))
		return;
	read_setting(text, line, ret_line);
}
