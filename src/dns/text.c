/*
 * Names and TXT values in the spellings of providers (see text.h).
 */
#include "dns/text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "dns/zone.h"

char *dns_relative(const char *name, const struct dns_zone *zone, const char *apex)
{
	size_t len = strlen(name), zone_len = strlen(zone->name);

	if (strcmp(name, zone->name) == 0)
		return xstrdup(apex);
	if (zone_len && len > zone_len + 1 && name[len - zone_len - 1] == '.' &&
	    strcmp(name + len - zone_len, zone->name) == 0)
		return xstrndup(name, len - zone_len - 1);
	return xstrdup(name);
}

bool dns_set_has(const struct dns_set *set, const char *value)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->records[i]->value, value) == 0)
			return true;
	return false;
}

bool dns_merge(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values)
{
	bool added = false;

	strvec_extend(ret_values, there);
	for (size_t i = 0; i < set->count; i++)
		added |= strvec_push_unique(ret_values, set->records[i]->value);
	return added;
}

bool dns_subtract(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values)
{
	bool removed = false;

	for (size_t i = 0; i < there->count; i++) {
		if (dns_set_has(set, there->items[i]))
			removed = true;
		else
			strvec_push(ret_values, there->items[i]);
	}
	return removed;
}

bool dns_change_quoted(const struct dns_set *set, bool is_removal, struct strvec *quoted)
{
	size_t before = quoted->count;

	for (size_t i = before; i-- > 0;) {
		AUTO_FREE char *plain = dns_unquote(quoted->items[i]);

		if (is_removal && dns_set_has(set, plain))
			strvec_remove(quoted, i);
	}
	for (size_t i = 0; !is_removal && i < set->count; i++) {
		AUTO_FREE char *value = dns_quote(set->records[i]->value);

		strvec_push_unique(quoted, value);
	}
	return quoted->count != before;
}

char *dns_quote(const char *value)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_addc(&out, '"');
	for (const char *c = value; *c; c++) {
		if (*c == '"' || *c == '\\')
			strbuf_addc(&out, '\\');
		strbuf_addc(&out, *c);
	}
	strbuf_addc(&out, '"');
	return strbuf_detach(&out);
}

char *dns_unquote(const char *text)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	bool quoted = false;

	if (text[0] != '"')
		return xstrdup(text);
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			quoted = !quoted;
		else if (*c == '\\' && c[1])
			strbuf_addc(&out, *++c);
		else if (quoted)
			strbuf_addc(&out, *c);
	}
	return strbuf_detach(&out);
}

bool dns_says_yes(const char *text)
{
	return text && (str_eq_nocase(text, "true") || str_eq_nocase(text, "yes") ||
			strcmp(text, "1") == 0);
}
