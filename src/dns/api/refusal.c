/*
 * Refusals (see refusal.h). The codes of providers often have a meaning that their status does not
 * have: a zone that does not exist comes with 200, 400, 403 and 404.
 */
#include "dns/api/refusal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"

/* The first row that matches decides, so special words stand before general ones. */
enum dns_verdict dns_judge_words(const char *said, const struct dns_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(said, reasons[i].words))
			return reasons[i].verdict;
	return DNS_REFUSED;
}

/* A text or number of the error, or "". Heap. */
static char *error_text(const struct dns_error_shape *shape, const struct json *answer,
			const char *name)
{
	char *text;

	for (size_t i = 0; i < ARRAY_LEN(shape->path) && shape->path[i]; i++)
		answer = json_member(answer, shape->path[i]);
	text = name ? json_plain(json_member(answer, name)) : NULL;
	return text ? text : xstrdup("");
}

char *dns_error_code(const struct dns_error_shape *shape, const struct json *answer)
{
	return error_text(shape, answer, shape->code);
}

enum dns_verdict dns_judge_error(const struct dns_error_shape *shape, const struct json *answer)
{
	AUTO_FREE char *code = dns_error_code(shape, answer);
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	if (!shape->reasons || !*code || (shape->success && str_starts(code, shape->success)))
		return DNS_AS_STATUS;
	if (shape->judges_words)
		dns_explain_shape(shape, answer, &words);
	return dns_judge_words(words.len ? words.text : code, shape->reasons, shape->reason_count);
}

void dns_explain_shape(const struct dns_error_shape *shape, const struct json *answer,
		       struct strbuf *out)
{
	const char *const names[] = {shape->code, shape->message, shape->more};
	bool is_first = true;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *text = error_text(shape, answer, names[i]);

		if (!*text)
			continue;
		strbuf_addf(out, "%s%s", is_first ? "" : ": ", text);
		is_first = false;
	}
}
