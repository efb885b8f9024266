/*
 * Internals shared by the files that implement xml.h; nobody else includes this.
 */
#ifndef CODEC_XML_PARTS_H
#define CODEC_XML_PARTS_H

#include "base/strbuf.h"
#include "base/strvec.h"
#include "codec/xml.h"

/* Maximum nesting of elements. */
enum { XML_MAX_DEPTH = 32 };

struct xml {
	char *name;
	struct strbuf text;
	struct strvec attributes; /* a name, its value, the next name, ... */
	struct xml_place place;
	struct xml *parent; /* NULL: the root */
	struct xml **children;
	size_t count, capacity;
};

/* Appends an element without text to `parent` (NULL: makes a root). Takes over own_name. */
struct xml *xml_new(char *own_name, struct xml *parent);

#endif
