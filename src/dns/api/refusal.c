/*
 * Refusals (see refusal.h). The codes of providers often have a meaning that their status does not
 * have: a zone that does not exist comes with 200, 400, 403 and 404.
 */
#include "dns/api/refusal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "dns/api/reply.h"

/* The first row that matches decides, so special words stand before general ones. */
enum dns_verdict dns_judge_words(const char *said, const struct dns_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(said, reasons[i].words))
			return reasons[i].verdict;
	return DNS_REFUSED;
}

/* Appends a text or number, or those of an array. */
static void add_plain(const struct json *value, struct strbuf *out)
{
	AUTO_FREE char *text = json_plain(value);

	strbuf_adds(out, text ? text : "");
	for (size_t i = 0; json_is_array(value) && i < json_count(value); i++) {
		AUTO_FREE char *part = json_plain(json_at(value, i));

		if (part && *part)
			strbuf_addf(out, "%s%s", out->len ? ", " : "", part);
	}
}

/* Appends what XML has of that name: attributes are for what is short, so they come first. */
static void add_xml(const struct xml *element, const char *name, struct strbuf *out)
{
	const char *text = xml_attribute(element, name);

	if (!text && element)
		text = *name ? xml_find_text(element, name) : xml_text(element);
	strbuf_adds(out, text ? text : "");
}

/* Returns the text of that name where the path ends in an answer, or "". Heap. */
static char *answer_text(const struct dns_reply *reply, const char *const path[2], const char *name)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const struct json *json = reply->json;
	const struct xml *xml = reply->xml;

	for (size_t i = 0; i < 2 && path[i]; i++) {
		json = json_member(json, path[i]);
		xml = xml_find(xml, path[i]);
	}
	if (name && xml)
		add_xml(xml, name, &text);
	else if (name)
		add_plain(json_member(json, name), &text);
	return strbuf_detach(&text);
}

char *dns_error_code(const struct dns_error_shape *shape, const struct dns_reply *reply)
{
	return answer_text(reply, shape->path, shape->code);
}

enum dns_verdict dns_judge_error(const struct dns_error_shape *shape, const struct dns_reply *reply)
{
	static const char *const whole[2] = {NULL};
	AUTO_FREE char *code = dns_error_code(shape, reply);
	AUTO_FREE char *status = shape->status ? answer_text(reply, whole, shape->status)
					       : xstrdup(code);
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	if ((!shape->reasons && !shape->status) || !*status ||
	    (shape->success && str_starts(status, shape->success)))
		return DNS_AS_STATUS;
	if (shape->judges_words)
		dns_explain_shape(shape, reply, &words);
	return dns_judge_words(words.len ? words.text : code, shape->reasons, shape->reason_count);
}

void dns_explain_shape(const struct dns_error_shape *shape, const struct dns_reply *reply,
		       struct strbuf *out)
{
	const char *const names[] = {shape->code, shape->message, shape->more};
	bool is_first = true;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *text = answer_text(reply, shape->path, names[i]);

		if (!*text)
			continue;
		strbuf_addf(out, "%s%s", is_first ? "" : ": ", text);
		is_first = false;
	}
}
