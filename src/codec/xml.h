/*
 * Small XML documents, read only: a tree of elements with text. The only home of the XML library,
 * which is loaded by the first document. Attributes, comments and processing instructions are
 * passed over, namespaces count as part of nothing (Amazon's answers use one default namespace); a
 * document type declaration is refused, and with it every entity of the document's own.
 *
 * xml_parse() returns the root, which the caller frees; elements got from it are borrowed.
 */
#ifndef CODEC_XML_H
#define CODEC_XML_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

struct xml;

/* Parses a whole document of at most 32 levels; `what` names it in errors. ERR_PARSE with the line,
 * ERR_IO: the library is missing. */
int xml_parse(const char *text, size_t len, const char *what, struct xml **ret_root,
	      struct error *err) WARN_UNUSED;
void xml_free(struct xml *element);
DEFINE_AUTO_PTR(xml, xml_free);

const char *xml_name(const struct xml *element);
/* The character data directly inside, without white space around it; "" when there is none. */
const char *xml_text(const struct xml *element);
/* Elements directly inside, in document order; NULL beyond the end. */
const struct xml *xml_at(const struct xml *parent, size_t index);
/* The first element of that name directly inside, or NULL. NULL has no elements. */
const struct xml *xml_find(const struct xml *parent, const char *name);
/* Its text, or NULL when there is no such element. */
const char *xml_find_text(const struct xml *parent, const char *name);

/* Appends <name>text</name> with the text escaped. */
void xml_add_element(struct strbuf *out, const char *name, const char *text);

#endif
