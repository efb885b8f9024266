/*
 * Small XML documents, read only: a tree of elements with text and attributes. Only
 * codec/xml_parse.c uses the XML library, which is loaded by the first document. Comments and
 * processing instructions are skipped, and namespaces are ignored (Amazon's answers use one default
 * namespace). A document type declaration is refused, so a document cannot define entities.
 *
 * xml_parse() returns the root, which the caller frees; elements read from it are borrowed.
 */
#ifndef CODEC_XML_H
#define CODEC_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct xml;

/* Parses a whole document of at most 32 levels; `what` names it in errors. ERR_PARSE with the line;
 * ERR_IO when the library is missing. */
int xml_parse(const char *text, size_t len, const char *what, struct xml **ret_root,
	      struct error *err) WARN_UNUSED;
void xml_free(struct xml *element);
DEFINE_AUTO_PTR(xml, xml_free);

/* Returns the name of the element, borrowed. */
const char *xml_name(const struct xml *element);
/* Returns the character data directly inside, trimmed; "" when there is none. Borrowed. */
const char *xml_text(const struct xml *element);
/* Where an element is in the text that was parsed: offsets in bytes. */
struct xml_place {
	size_t start, end;   /* with its tags */
	size_t inner, close; /* what is between them; both are `end` for "<a/>" */
};
/* Returns the place of the element, borrowed; zeros when it came from a record (xml_record.h). */
const struct xml_place *xml_place(const struct xml *element);

/* Returns the index-th child element in document order; NULL beyond the end. `parent` may be
 * NULL. */
const struct xml *xml_at(const struct xml *parent, size_t index);
/* Returns the first child element of that name, or NULL. `parent` may be NULL. */
const struct xml *xml_find(const struct xml *parent, const char *name);
/* Returns the text of that child, or NULL when there is no such element. */
const char *xml_find_text(const struct xml *parent, const char *name);

/* Returns the value of the element's attribute, or NULL when it has none of that name; borrowed.
 * `element` may be NULL. */
const char *xml_attribute(const struct xml *element, const char *name);
/* Returns true if the element has the attribute with that value, in any case. `element` may be
 * NULL. */
bool xml_says(const struct xml *element, const char *name, const char *value);

/* Appends the text escaped, for what is between tags; not for the value of an attribute. */
void xml_add_text(struct strbuf *out, const char *text);
/* Appends <name>text</name> with the text escaped. */
void xml_add_element(struct strbuf *out, const char *name, const char *text);

#endif
