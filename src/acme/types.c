/*
 * Lists of identifiers (see types.h). A list is short (a certificate has at most a few hundred
 * names), so a lookup scans it.
 */
#include "acme/types.h"

#include <string.h>

#include "base/alloc.h"

void acme_identifiers_release(struct acme_identifiers *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].value);
	free(list->items);
	*list = (struct acme_identifiers)ACME_IDENTIFIERS_INIT;
}

/* Values arrive normalized (config/names.c), so they are compared byte by byte from here on. */
void acme_identifiers_add(struct acme_identifiers *list, enum acme_identifier_kind kind,
			  const char *value)
{
	ARRAY_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] = (struct acme_identifier){
		.kind = kind,
		.value = xstrdup(value),
	};
}

void acme_identifiers_copy(struct acme_identifiers *to, const struct acme_identifiers *from)
{
	for (size_t i = 0; i < from->count; i++)
		acme_identifiers_add(to, from->items[i].kind, from->items[i].value);
}

bool acme_identifiers_contain(const struct acme_identifiers *list, const char *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].value, value) == 0)
			return true;
	return false;
}
