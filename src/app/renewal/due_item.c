/*
 * The state of a lineage while it is being checked (see due_item.h).
 */
#include "app/renewal/due_item.h"

#include "base/ascii.h"

void due_item_set(struct due_item *item, const char *reason)
{
	item->due = true;
	item->reason = reason;
}

/* ConfigObj's words for false, which Certbot accepts in any case. */
static bool says_no(const char *text)
{
	static const char *const words[] = {"false", "no", "off", "0"};

	for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(text, words[i]))
			return true;
	return false;
}

/* `autorenew` in [renewalparams], or at the top level where Certbot 0.23 looked for it. */
bool due_item_is_switched_off(const struct lineage *lineage)
{
	const struct ini_section *params = lineage_params(lineage);

	return (params && says_no(ini_peek(params, "autorenew"))) ||
	       says_no(ini_peek(ini_root(lineage_conf(lineage)), "autorenew"));
}
