/*
 * XML as a tree of elements (see xml.h), and writing of elements.
 */
#include "codec/xml.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/xml_parts.h"

struct xml *xml_new(char *own_name, struct xml *parent)
{
	struct xml *element = XNEW(struct xml);

	element->name = own_name;
	strbuf_init(&element->text);
	strvec_init(&element->attributes);
	element->parent = parent;
	if (parent) {
		ARRAY_GROW(parent->children, parent->count, parent->capacity);
		parent->children[parent->count++] = element;
	}
	return element;
}

void xml_free(struct xml *element)
{
	if (!element)
		return;
	for (size_t i = 0; i < element->count; i++)
		xml_free(element->children[i]);
	free(element->children);
	strbuf_release(&element->text);
	strvec_release(&element->attributes);
	free(element->name);
	free(element);
}

const char *xml_name(const struct xml *element)
{
	return element->name;
}

const char *xml_text(const struct xml *element)
{
	return element->text.text;
}

const struct xml_place *xml_place(const struct xml *element)
{
	return &element->place;
}

const struct xml *xml_at(const struct xml *parent, size_t index)
{
	return parent && index < parent->count ? parent->children[index] : NULL;
}

const struct xml *xml_find(const struct xml *parent, const char *name)
{
	for (size_t i = 0; parent && i < parent->count; i++)
		if (strcmp(parent->children[i]->name, name) == 0)
			return parent->children[i];
	return NULL;
}

const char *xml_find_text(const struct xml *parent, const char *name)
{
	const struct xml *element = xml_find(parent, name);

	return element ? xml_text(element) : NULL;
}

const char *xml_attribute(const struct xml *element, const char *name)
{
	for (size_t i = 0; element && i + 1 < element->attributes.count; i += 2)
		if (strcmp(element->attributes.items[i], name) == 0)
			return element->attributes.items[i + 1];
	return NULL;
}

bool xml_says(const struct xml *element, const char *name, const char *value)
{
	const char *said = xml_attribute(element, name);

	return said && str_eq_nocase(said, value);
}

/* Quotes stay: they mean nothing between tags. */
void xml_add_text(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			strbuf_adds(out, "&amp;");
		else if (*text == '<')
			strbuf_adds(out, "&lt;");
		else if (*text == '>')
			strbuf_adds(out, "&gt;");
		else
			strbuf_addc(out, *text);
	}
}

void xml_add_element(struct strbuf *out, const char *name, const char *text)
{
	strbuf_addf(out, "<%s>", name);
	xml_add_text(out, text);
	strbuf_addf(out, "</%s>", name);
}
