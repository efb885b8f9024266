/*
 * Variables (see apache_vars.h) as ap_resolve_env() replaces them: once, and not inside the values.
 */
#include "confedit/apache/apache_vars.h"

#include <string.h>

#include "base/alloc.h"

bool apache_vars_in(const char *text)
{
	return strstr(text, "${") != NULL;
}

/* Unknown variables stay as they are: httpd warns and does the same. */
void apache_vars_expand(const char *text, const struct map *defines, const struct map *environment,
			struct strbuf *out)
{
	const char *start, *end;

	for (; (start = strstr(text, "${")) && (end = strchr(start, '}')); text = end + 1) {
		AUTO_FREE char *name = xstrndup(start + 2, (size_t)(end - start - 2));
		const char *value = map_get(defines, name);

		if (!value && environment)
			value = map_get(environment, name);
		strbuf_add(out, text, (size_t)(start - text));
		if (value)
			strbuf_adds(out, value);
		else
			strbuf_add(out, start, (size_t)(end + 1 - start));
	}
	strbuf_adds(out, text);
}
