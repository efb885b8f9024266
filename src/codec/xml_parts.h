/*
 * What the files behind xml.h share; nobody else includes this.
 */
#ifndef CODEC_XML_PARTS_H
#define CODEC_XML_PARTS_H

#include "base/strbuf.h"
#include "codec/xml.h"

/* Levels of elements in each other. */
enum { XML_MAX_DEPTH = 32 };

struct xml {
	char *name;
	struct strbuf text;
	struct xml *parent; /* NULL: the root */
	struct xml **children;
	size_t count, capacity;
};

/* An element without text, the last one in `parent` (NULL: a root). */
struct xml *xml_new(char *own_name, struct xml *parent);

#endif
