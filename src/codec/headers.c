/*
 * HTTP header fields (see headers.h): Link as in RFC 8288 section 3, Retry-After as in RFC 9110
 * section 10.2.3. Values are hostile: anything that does not parse is skipped.
 */
#include "codec/headers.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "codec/datetime.h"
#include "codec/url.h"

void headers_init(struct headers *headers)
{
	*headers = (struct headers)HEADERS_INIT;
}

void headers_release(struct headers *headers)
{
	strvec_release(&headers->names);
	strvec_release(&headers->values);
}

void headers_add(struct headers *headers, const char *name, const char *value)
{
	strvec_push(&headers->names, name);
	strvec_push(&headers->values, value);
}

/* Of a repeated field the first counts: all that are read here have a single value. */
const char *headers_get(const struct headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->names.count; i++)
		if (str_eq_nocase(headers->names.items[i], name))
			return headers->values.items[i];
	return NULL;
}

static void skip_blanks(struct span *rest)
{
	while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
		rest->ptr++;
		rest->len--;
	}
}

static bool is_token_character(char c)
{
	return ascii_is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* A token (maybe empty) from the front. */
static struct span take_token(struct span *rest)
{
	struct span token = span_make(rest->ptr, 0);

	while (token.len < rest->len && is_token_character(rest->ptr[token.len]))
		token.len++;
	rest->ptr += token.len;
	rest->len -= token.len;
	return token;
}

/* The rest of a quoted string after its opening quote. False without a closing quote. */
static bool take_quoted(struct span *rest, struct strbuf *ret_text)
{
	while (rest->len) {
		char c = rest->ptr[0];
		bool escaped = c == '\\' && rest->len > 1;

		if (escaped)
			c = rest->ptr[1];
		rest->ptr += 1 + escaped;
		rest->len -= 1 + escaped;
		if (c == '"' && !escaped)
			return true;
		strbuf_addc(ret_text, c);
	}
	return false;
}

/* One parameter after its semicolon: its name, and its value if it has one. */
static bool take_parameter(struct span *rest, struct span *ret_name, struct strbuf *ret_value)
{
	struct span token;

	skip_blanks(rest);
	*ret_name = take_token(rest);
	skip_blanks(rest);
	if (!span_skip_prefix(rest, "="))
		return true;
	skip_blanks(rest);
	if (span_skip_prefix(rest, "\""))
		return take_quoted(rest, ret_value);
	token = take_token(rest);
	strbuf_add(ret_value, token.ptr, token.len);
	return true;
}

/* One link may have several relations, separated by blanks (RFC 8288 section 3.3). */
static bool names_relation(const char *relations, const char *wanted)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_split(&names, relations, " \t");
	for (size_t i = 0; i < names.count; i++)
		if (str_eq_nocase(names.items[i], wanted))
			return true;
	return false;
}

/* Reads the parameters of one link; only the first "rel" counts. False when malformed. */
static bool take_relation(struct span *rest, const char *wanted, bool *ret_matches)
{
	bool seen = false;

	*ret_matches = false;
	for (;;) {
		AUTO(strbuf) struct strbuf value = STRBUF_INIT;
		struct span name;

		skip_blanks(rest);
		if (!span_skip_prefix(rest, ";"))
			return !rest->len || rest->ptr[0] == ',';
		if (!take_parameter(rest, &name, &value))
			return false;
		if (!seen && span_eq_nocase(name, "rel")) {
			seen = true;
			*ret_matches = names_relation(value.text, wanted);
		}
	}
}

/* Checked here, because callers fetch what they get. */
static void push_target(struct strvec *urls, const char *base, struct span target)
{
	AUTO_FREE char *reference = span_dup(target);
	AUTO_FREE char *text = url_resolve(base, reference);
	AUTO(url) struct url url = {.port = -1};
	AUTO(error) struct error ignored = ERROR_INIT;

	if (!span_has_nul(target) && url_parse(text, &url, &ignored) == 0)
		strvec_push(urls, text);
}

/* All links of one field value; stops at the first that is malformed. */
static void collect_links(const char *value, const char *base, const char *relation,
			  struct strvec *urls)
{
	struct span rest = span_of(value);
	struct span target;
	bool matches;

	for (;;) {
		do
			skip_blanks(&rest);
		/* Empty list elements are allowed (RFC 9110 section 5.6.1). */
		while (span_skip_prefix(&rest, ","));
		if (!span_skip_prefix(&rest, "<") || !memchr(rest.ptr, '>', rest.len) ||
		    !span_take_until(&rest, '>', &target) ||
		    !take_relation(&rest, relation, &matches))
			return;
		if (matches)
			push_target(urls, base, target);
	}
}

void headers_links(const struct headers *headers, const char *base, const char *relation,
		   struct strvec *ret_urls)
{
	for (size_t i = 0; i < headers->names.count; i++)
		if (str_eq_nocase(headers->names.items[i], "Link"))
			collect_links(headers->values.items[i], base, relation, ret_urls);
}

int64_t headers_retry_after(const struct headers *headers, int64_t now_seconds)
{
	const char *field = headers_get(headers, "Retry-After");
	AUTO_FREE char *value = field ? span_dup(span_trim(span_of(field))) : NULL;
	int64_t seconds;

	if (!value || !value[0])
		return 0;
	if (value[strspn(value, "0123456789")] == '\0') {
		/* Longer than any wait that makes sense: the caller caps it. */
		if (!str_to_int64(value, 0, INT32_MAX, &seconds))
			seconds = INT32_MAX;
		return now_seconds + seconds;
	}
	if (!datetime_parse_http(value, &seconds))
		return 0;
	return seconds > now_seconds ? seconds : now_seconds;
}
