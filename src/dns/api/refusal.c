/*
 * Refusals (see refusal.h). The codes of providers often have a meaning that their status does not
 * have: a zone that does not exist comes with 200, 400, 403 and 404.
 */
#include "dns/api/refusal.h"

#include <string.h>

#include "codec/json.h"

enum dns_verdict dns_judge_words(const char *said, const struct dns_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(said, reasons[i].words))
			return reasons[i].verdict;
	return DNS_REFUSED;
}

/* A text of the error, or "". */
static const char *error_text(const struct dns_error_shape *shape, const struct json *answer,
			      const char *name)
{
	const char *text;

	for (size_t i = 0; i < ARRAY_LEN(shape->path) && shape->path[i]; i++)
		answer = json_member(answer, shape->path[i]);
	text = json_text(json_member(answer, name));
	return text ? text : "";
}

enum dns_verdict dns_judge_error(const struct dns_error_shape *shape, const struct json *answer)
{
	const char *code = shape->reasons ? error_text(shape, answer, shape->code) : "";

	return *code ? dns_judge_words(code, shape->reasons, shape->reason_count) : DNS_AS_STATUS;
}

void dns_explain_shape(const struct dns_error_shape *shape, const struct json *answer,
		       struct strbuf *out)
{
	const char *code = error_text(shape, answer, shape->code);
	const char *message = error_text(shape, answer, shape->message);

	strbuf_addf(out, "%s%s%s", code, *code && *message ? ": " : "", message);
}
