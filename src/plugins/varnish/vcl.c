/*
 * VCL with answers to challenges (see vcl.h).
 */
#include "plugins/varnish/vcl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

/* A status code marks our answers between vcl_recv and vcl_synth; clients get 200. */
enum {
	FIRST_MARK = 777,
	LAST_MARK = 999,
};

/* Skips blanks and comments. */
static void skip_comments(struct span *rest)
{
	for (;;) {
		struct span line;
		const char *end;

		*rest = span_trim(*rest);
		if (span_skip_prefix(rest, "#") || span_skip_prefix(rest, "//")) {
			if (!span_take_line(rest, &line))
				return;
		} else if (span_skip_prefix(rest, "/*")) {
			end = memmem(rest->ptr, rest->len, "*/", 2);
			*rest = end ? span_make(end + 2, (size_t)(rest->ptr + rest->len - end) - 2)
				    : span_make(rest->ptr + rest->len, 0);
		} else {
			return;
		}
	}
}

/* The end of "vcl 4.x;", before which only comments may come, or NULL. */
static const char *after_version(struct span source)
{
	const char *end;

	skip_comments(&source);
	if (!span_skip_prefix(&source, "vcl") || !source.len || !strchr(" \t", source.ptr[0]))
		return NULL;
	end = memchr(source.ptr, ';', source.len);
	return end ? end + 1 : NULL;
}

/* True when the number occurs by itself, not as a part of a longer one. Comments and strings count,
 * too: to know them, VCL would have to be parsed. */
static bool has_number(struct span text, const char *digits)
{
	size_t len = strlen(digits);

	for (size_t at = 0; at + len <= text.len; at++)
		if (memcmp(text.ptr + at, digits, len) == 0 &&
		    (at == 0 || !ascii_is_digit(text.ptr[at - 1])) &&
		    (at + len == text.len || !ascii_is_digit(text.ptr[at + len])))
			return true;
	return false;
}

/* A status code that does not occur in the text, which the caller frees; NULL: there is none. */
static char *free_mark(struct span text)
{
	for (int mark = FIRST_MARK; mark <= LAST_MARK; mark++) {
		AUTO_FREE char *digits = xasprintf("%d", mark);

		if (!has_number(text, digits))
			return STEAL(digits);
	}
	return NULL;
}

/* One test for each token. Tokens contain nothing that VCL's strings treat in a special way
 * (base64url, RFC 8555 section 8.1). */
static void add_requests(const struct map *answers, const char *mark, struct strbuf *out)
{
	strbuf_adds(out, "\nsub vcl_recv {\n");
	for (size_t i = 0; i < answers->count; i++)
		strbuf_addf(out,
			    "\tif (req.url == \"/.well-known/acme-challenge/%s\") {\n"
			    "\t\treturn (synth(%s, \"%s\"));\n\t}\n",
			    answers->entries[i].key, mark, (const char *)answers->entries[i].value);
	strbuf_adds(out, "}\n");
}

int vcl_add_answers(struct span source, struct span whole, const struct map *answers,
		    struct strbuf *ret_vcl, struct error *err)
{
	const char *middle = after_version(source);
	AUTO_FREE char *mark = free_mark(whole);

	if (!middle)
		return error_set(err, ERR_PARSE, "the active VCL does not begin with 'vcl 4.x;'");
	if (!mark)
		return error_set(
			err, ERR_REFUSED,
			"the active VCL uses all numbers from %d to %d, one of which would "
			"mark answers to challenges",
			FIRST_MARK, LAST_MARK);
	strbuf_add(ret_vcl, source.ptr, (size_t)(middle - source.ptr));
	add_requests(answers, mark, ret_vcl);
	strbuf_addf(ret_vcl,
		    "sub vcl_synth {\n"
		    "\tif (resp.status == %s) {\n"
		    "\t\tset resp.body = resp.reason;\n"
		    "\t\tset resp.status = 200;\n"
		    "\t\tset resp.reason = \"OK\";\n"
		    "\t\tset resp.http.Content-Type = \"application/octet-stream\";\n"
		    "\t\treturn (deliver);\n\t}\n}\n",
		    mark);
	strbuf_add(ret_vcl, middle, source.len - (size_t)(middle - source.ptr));
	return 0;
}
