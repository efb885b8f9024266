/*
 * Reads zone files line by line (see zone_file.h). A record over several lines, in parentheses, is
 * none of ours: what a challenge needs fits one string.
 */
#include "dns/api/zone_file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "codec/json.h"
#include "dns/api/records.h"

/* The value of a line "name [300] [IN] TXT value", or NULL. Borrowed. */
static const char *txt_value(const char *line)
{
	const char *word = line + strcspn(line, " \t");

	for (int i = 0; i < 3; i++) {
		size_t len;

		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		if (len == strlen("TXT") && strncmp(word, "TXT", len) == 0)
			return word + len + strspn(word + len, " \t");
		word += len;
	}
	return NULL;
}

static void take_zone_line(struct dns_found *found, const char *line)
{
	AUTO_FREE char *name = xstrndup(line, strcspn(line, " \t"));
	AUTO(json) struct json *record = json_object_new();
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;
	const char *value = txt_value(line);

	/* A line without a name has that of the line before, which nobody writes for TXT. */
	if (!*name || !value)
		return;
	json_set_string(record, "name", name);
	json_set_string(record, "value", value);
	json_print(record, JSON_COMPACT, &id);
	dns_found_add(found, name, value, id.text);
}

void dns_found_add_zone_file(struct dns_found *found, const char *text)
{
	AUTO(strvec) struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, text, "\r\n");
	for (size_t i = 0; i < lines.count; i++)
		take_zone_line(found, lines.items[i]);
}
