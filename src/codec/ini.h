/*
 * The ConfigObj dialect of renewal confs and credential files, lossless: a document that is not
 * changed prints back byte for byte; a changed one keeps the comments, order and spelling of
 * everything else.
 *
 * A document is a tree of sections; the root section has depth 0. Values are strings or lists.
 * Interpolation "%(name)s" is applied when a value is read.
 */
#ifndef CODEC_INI_H
#define CODEC_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct ini;
struct ini_section;

/* Parses a document; ERR_PARSE names `what` (usually the path) and every bad line. */
int ini_parse(const char *text, size_t len, const char *what, struct ini **ret_ini,
	      struct error *err) WARN_UNUSED;
struct ini *ini_new(void) WARN_UNUSED;
void ini_free(struct ini *ini);
DEFINE_AUTO_PTR(ini, ini_free);
void ini_print(const struct ini *ini, struct strbuf *out);

struct ini_section *ini_root(const struct ini *ini);
/* Sub-section by name, or NULL. */
struct ini_section *ini_find_section(const struct ini_section *parent, const char *name);
/* Sub-section by name, added at the end when missing. */
struct ini_section *ini_add_section(struct ini_section *parent, const char *name);
void ini_remove_section(struct ini_section *parent, const char *name);
const char *ini_section_name(const struct ini_section *section);
size_t ini_section_count(const struct ini_section *parent);
struct ini_section *ini_section_at(const struct ini_section *parent, size_t index);

/* Keys of the section in file order, borrowed. */
size_t ini_key_count(const struct ini_section *section);
const char *ini_key_at(const struct ini_section *section, size_t index);
bool ini_has(const struct ini_section *section, const char *key);
/* True when the key's value is a list ("a, b" or "a,"). */
bool ini_is_list(const struct ini_section *section, const char *key);

/* Reads a value with interpolation applied; a list reads as its items joined by ", ".
 * ERR_NOT_FOUND: no such key. ERR_PARSE: interpolation names nothing. Heap text. */
int ini_get(const struct ini_section *section, const char *key, char **ret_text,
	    struct error *err) WARN_UNUSED;
/* Fast path: the raw string value, borrowed; NULL: no key, a list, or in need of interpolation. */
const char *ini_peek(const struct ini_section *section, const char *key);
/* Reads a list; a plain string is a list of one; "" stays one empty item. Same errors. */
int ini_get_list(const struct ini_section *section, const char *key, struct strvec *ret_items,
		 struct error *err) WARN_UNUSED;

/* Sets a value, quoting it as ConfigObj does; a new key goes to the end of the section's keys, a
 * section of that name makes room. An equal value leaves the line as it is, another one leaves
 * everything in the line but the value. False, with nothing changed, for what the dialect cannot
 * express: text that is not UTF-8, a list item with a line end, both kinds of triple quotes. */
bool ini_set(struct ini_section *section, const char *key, const char *text);
bool ini_set_list(struct ini_section *section, const char *key, const struct strvec *items);
/* Removes the key with the comments above it. */
void ini_remove(struct ini_section *section, const char *key);

#endif
