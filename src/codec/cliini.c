/*
 * Lines of a cli.ini (see cliini.h), read the way Certbot's parser (configargparse) reads them.
 * Each line is independent; section headers are ignored.
 *
 * A value ends at a blank that is followed by "#" or ";", but never before its first character.
 * Quotes count only when they enclose the whole value; everything else is literal, even an unpaired
 * quote.
 */
#include "codec/cliini.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"

static bool is_comment_mark(char c)
{
	return c == '#' || c == ';';
}

/* True for an empty text, blanks, and blanks followed by a comment. */
static bool is_end_of_line(struct span text)
{
	size_t blanks = 0;

	while (blanks < text.len && ascii_is_space(text.ptr[blanks]))
		blanks++;
	return blanks == text.len || (blanks && is_comment_mark(text.ptr[blanks]));
}

/* The shortest quoted text after which the line ends; false when there is none. */
static bool take_quoted(struct span text, struct span *ret_value)
{
	if (text.len < 2 || (text.ptr[0] != '"' && text.ptr[0] != '\''))
		return false;
	for (size_t i = 1; i < text.len; i++)
		if (text.ptr[i] == text.ptr[0] && is_end_of_line(span_drop(text, i + 1))) {
			*ret_value = span_make(text.ptr + 1, i - 1);
			return true;
		}
	return false;
}

/* A comment needs a blank before it: "#" is common in passwords and URLs. */
static struct span take_value(struct span text)
{
	struct span value = text;

	if (take_quoted(text, &value))
		return value;
	for (size_t i = 1; i < text.len; i++)
		if (ascii_is_space(text.ptr[i]) && is_end_of_line(span_drop(text, i)))
			return span_make(text.ptr, i);
	return text;
}

static bool ends_key(char c)
{
	return c == ':' || c == '=' || is_comment_mark(c) || ascii_is_space(c);
}

static bool says_nothing(struct span line)
{
	return !line.len || is_comment_mark(line.ptr[0]) || line.ptr[0] == '[' ||
	       span_skip_prefix(&line, "---");
}

struct setting {
	struct span key, value;
	bool has_value;
};

/* True for "certbot-dns-x:dns-x-..." up to the colon: plugins outside Certbot had the name of their
 * distribution in front of their options. None of Certbot's own options begins like that. */
static bool is_distribution(struct span key)
{
	return (span_skip_prefix(&key, "certbot") || span_skip_prefix(&key, "letsencrypt")) &&
	       (span_skip_prefix(&key, "-") || span_skip_prefix(&key, "_"));
}

/* A colon separates key and value, except the one after the name of a distribution. */
static size_t key_length(struct span line)
{
	size_t len = 0;

	while (len < line.len && !ends_key(line.ptr[len]))
		len++;
	if (len + 1 >= line.len || line.ptr[len] != ':' || ends_key(line.ptr[len + 1]) ||
	    !is_distribution(span_make(line.ptr, len)))
		return len;
	for (len++; len < line.len && !ends_key(line.ptr[len]);)
		len++;
	return len;
}

/* `line` is trimmed and not empty. */
static int read_setting(struct span line, struct setting *ret_setting, struct error *err)
{
	struct span rest = line;
	size_t key_len = key_length(line);

	rest = span_drop(line, key_len);
	if (!key_len || (rest.len && is_comment_mark(rest.ptr[0])))
		return error_set(err, ERR_CONFIG, "unexpected line '%.*s'", (int)line.len,
				 line.ptr);
	ret_setting->key = span_make(line.ptr, key_len);
	rest = span_trim(rest);
	ret_setting->has_value = rest.len > 0;
	if (span_skip_prefix(&rest, "=") || span_skip_prefix(&rest, ":"))
		rest = span_trim(rest);
	ret_setting->value = take_value(rest);
	return 0;
}

static int read_line(struct span line, cliini_setting_fn *setting, void *context, int number,
		     struct error *err)
{
	struct setting found = {.has_value = false};
	AUTO_FREE char *key = NULL;
	AUTO_FREE char *value = NULL;

	if (says_nothing(line))
		return 0;
	if (span_has_nul(line))
		return error_set(err, ERR_CONFIG, "line contains a NUL byte");
	if (read_setting(line, &found, err) < 0)
		return err->code;
	key = span_dup(found.key);
	value = found.has_value ? span_dup(found.value) : NULL;
	return setting(context, key, value, number, err);
}

int cliini_parse(const char *text, size_t len, const char *path, cliini_setting_fn *setting,
		 void *context, struct error *err)
{
	struct span rest = span_make(text, len);
	struct span line;

	/* The byte order mark of editors on Windows. */
	span_skip_prefix(&rest, "\xef\xbb\xbf");
	for (int number = 1; span_take_line(&rest, &line); number++) {
		int rc = read_line(span_trim(line), setting, context, number, err);

		if (rc < 0) {
			error_wrap(err, "%s:%d", path, number);
			return rc;
		}
	}
	return 0;
}
