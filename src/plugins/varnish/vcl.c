/*
 * VCL with answers to challenges (see vcl.h).
 */
#include "plugins/varnish/vcl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

/* Marks our answers between vcl_recv and vcl_synth; clients get 200. */
#define MARK "777"

/* The end of the line with "vcl 4.x;", or NULL. Comments in front of it are skipped; nothing else
 * may stand there. */
static const char *after_version(struct span source)
{
	struct span rest = source, line;
	bool in_comment = false;

	while (span_take_line(&rest, &line)) {
		struct span text = span_trim(line);
		AUTO_FREE char *copy = span_dup(text);

		if (!in_comment && str_starts(copy, "vcl ") && strchr(copy, ';'))
			return text.ptr + strcspn(copy, ";") + 1;
		in_comment = (in_comment || str_starts(copy, "/*")) && !strstr(copy, "*/");
	}
	return NULL;
}

static bool uses_mark(struct span source)
{
	for (size_t at = 0; at + 3 <= source.len; at++)
		if (memcmp(source.ptr + at, MARK, 3) == 0 &&
		    (at == 0 || !ascii_is_digit(source.ptr[at - 1])) &&
		    (at + 3 == source.len || !ascii_is_digit(source.ptr[at + 3])))
			return true;
	return false;
}

static void add_requests(const struct map *answers, struct strbuf *out)
{
	strbuf_adds(out, "\nsub vcl_recv {\n");
	for (size_t i = 0; i < answers->count; i++)
		strbuf_addf(out,
			    "\tif (req.url == \"/.well-known/acme-challenge/%s\") {\n"
			    "\t\treturn (synth(" MARK ", \"%s\"));\n\t}\n",
			    answers->entries[i].key, (const char *)answers->entries[i].value);
	strbuf_adds(out, "}\n");
}

int vcl_add_answers(struct span source, const struct map *answers, struct strbuf *ret_vcl,
		    struct error *err)
{
	const char *middle = after_version(source);

	if (!middle)
		return error_set(err, ERR_PARSE, "the active VCL does not begin with 'vcl 4.x;'");
	if (uses_mark(source))
		return error_set(err, ERR_REFUSED,
				 "the active VCL uses the number " MARK
				 ", which marks answers to challenges here");
	strbuf_add(ret_vcl, source.ptr, (size_t)(middle - source.ptr));
	add_requests(answers, ret_vcl);
	strbuf_adds(ret_vcl, "sub vcl_synth {\n"
			     "\tif (resp.status == " MARK ") {\n"
			     "\t\tset resp.body = resp.reason;\n"
			     "\t\tset resp.status = 200;\n"
			     "\t\tset resp.reason = \"OK\";\n"
			     "\t\tset resp.http.Content-Type = \"application/octet-stream\";\n"
			     "\t\treturn (deliver);\n\t}\n}\n");
	strbuf_add(ret_vcl, middle, source.len - (size_t)(middle - source.ptr));
	return 0;
}
