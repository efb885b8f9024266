/*
 * Reads forms (see form.h). Lines count as fields too: some servers put each on one of its own.
 */
#include "codec/form.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strvec.h"
#include "codec/url.h"

static void take_form_field(struct json *form, const char *field)
{
	const char *equals = strchr(field, '=');
	AUTO_FREE char *raw = xstrndup(field, strcspn(field, "="));
	AUTO_FREE char *name = url_unescape_form(raw);
	AUTO_FREE char *value = url_unescape_form(equals ? equals + 1 : "");

	if (!equals || !*name)
		return;
	if (!json_member(form, name))
		json_set(form, name,
			 str_ends(name, "[]") ? json_array_new() : json_string_new(value));
	if (json_is_array(json_member(form, name)))
		json_push_string(json_member(form, name), value);
}

struct json *form_parse(struct span text)
{
	AUTO(strvec) struct strvec fields = STRVEC_INIT;
	/* A NUL byte ends the text. */
	AUTO_FREE char *copy = xstrndup(text.ptr ? text.ptr : "", text.len);
	struct json *form = json_object_new();

	strvec_split(&fields, copy, "&\r\n");
	for (size_t i = 0; i < fields.count; i++)
		take_form_field(form, fields.items[i]);
	return form;
}
