/*
 * Virtual hosts and their directives (see apache_vhost.h).
 */
#include "confedit/apache/apache_vhost.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "confedit/names.h"

void apache_items_clear(struct apache_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		char **arguments = items->items[i].arguments;

		for (size_t j = 0; arguments && arguments[j]; j++)
			free(arguments[j]);
		free(arguments);
	}
	items->count = 0;
}

void apache_vhost_release(struct apache_vhost *vhost)
{
	apache_items_clear(&vhost->items);
	free(vhost->items.items);
	for (size_t i = 0; i < vhost->address_count; i++)
		apache_address_release(&vhost->addresses[i]);
	free(vhost->addresses);
	free(vhost->name);
	strvec_release(&vhost->aliases);
}

const struct apache_item *apache_items_find(const struct apache_items *items, const char *name,
					    const struct apache_item *after)
{
	for (size_t i = after ? (size_t)(after - items->items) + 1 : 0; i < items->count; i++)
		if (apache_directive_is(items->items[i].directive, name))
			return &items->items[i];
	return NULL;
}

const struct apache_item *apache_items_find_last(const struct apache_items *items, const char *name)
{
	for (size_t i = items->count; i > 0; i--)
		if (apache_directive_is(items->items[i - 1].directive, name))
			return &items->items[i - 1];
	return NULL;
}

const char *apache_item_argument(const struct apache_item *item, size_t index)
{
	if (index + 1 >= item->directive->word_count)
		return NULL;
	return item->arguments ? item->arguments[index] : item->directive->words[index + 1].text;
}

void apache_place(const struct apache_file *file, const struct apache_directive *directive,
		  struct strbuf *out)
{
	strbuf_addf(out, "%s:%zu", file->path, directive->line);
}

/* With the place, as hosts without a name, or with the same one, are common. */
char *apache_vhost_title(const struct apache_vhost *vhost)
{
	AUTO(strbuf) struct strbuf title = STRBUF_INIT;

	if (vhost->name)
		strbuf_addf(&title, "virtual host '%s' (", vhost->name);
	else
		strbuf_adds(&title, "virtual host without a name (");
	apache_place(vhost->file, vhost->directive, &title);
	strbuf_addc(&title, ')');
	return strbuf_detach(&title);
}

bool apache_vhost_has_name(const struct apache_vhost *vhost, const char *name)
{
	if (vhost->name && str_eq_nocase(vhost->name, name))
		return true;
	for (size_t i = 0; i < vhost->aliases.count; i++)
		if (names_match_glob(vhost->aliases.items[i], name))
			return true;
	return false;
}
