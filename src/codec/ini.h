/*
 * The ConfigObj dialect of renewal confs and credential files, handled without loss: an unchanged
 * document prints back byte for byte, and a changed one keeps the comments, order and spelling of
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

/* Parses a document, which the caller frees with ini_free(). ERR_PARSE names `what` (usually the
 * path) and every bad line. */
int ini_parse(const char *text, size_t len, const char *what, struct ini **ret_ini,
	      struct error *err) WARN_UNUSED;
/* Returns an empty document, which the caller frees. */
struct ini *ini_new(void) WARN_UNUSED;
void ini_free(struct ini *ini);
DEFINE_AUTO_PTR(ini, ini_free);
/* Notes that the section's document holds a secret, so that who writes it lets nobody else read the
 * file. The text does not say so: a document that is read has no such note. */
void ini_mark_secret(struct ini_section *section);
/* True after ini_mark_secret(). */
bool ini_has_secret(const struct ini *ini);
/* Appends the text of the document. */
void ini_print(const struct ini *ini, struct strbuf *out);

/* Returns the root section. All sections are borrowed from the document. */
struct ini_section *ini_root(const struct ini *ini);
/* Returns the sub-section of that name, or NULL. */
struct ini_section *ini_find_section(const struct ini_section *parent, const char *name);
/* Returns the sub-section of that name; appends a new one when it is missing. */
struct ini_section *ini_add_section(struct ini_section *parent, const char *name);
/* Removes a sub-section with everything in it. Does nothing when it is missing. */
void ini_remove_section(struct ini_section *parent, const char *name);
/* Returns the section's name, borrowed; "" for the root. */
const char *ini_section_name(const struct ini_section *section);
/* Returns the number of sub-sections. */
size_t ini_section_count(const struct ini_section *parent);
/* Returns the index-th sub-section in file order, or NULL beyond the end. */
struct ini_section *ini_section_at(const struct ini_section *parent, size_t index);

/* Returns the number of keys in the section, without those of its sub-sections. */
size_t ini_key_count(const struct ini_section *section);
/* Returns the index-th key in file order, borrowed, or NULL beyond the end. */
const char *ini_key_at(const struct ini_section *section, size_t index);
/* True when the section has the key. */
bool ini_has(const struct ini_section *section, const char *key);
/* True when the key's value is a list ("a, b" or "a,"). */
bool ini_is_list(const struct ini_section *section, const char *key);
/* True when a # right behind the value, without a blank, began a comment: in a password it was
 * probably meant to be a part of it. */
bool ini_is_cut(const struct ini_section *section, const char *key);

/* Reads a value into a heap string, with interpolation applied; a list reads as its items joined by
 * ", ". ERR_NOT_FOUND: no such key. ERR_PARSE: a reference "%(name)s" has no target. */
int ini_get(const struct ini_section *section, const char *key, char **ret_text,
	    struct error *err) WARN_UNUSED;
/* Returns the string value as written in the file, borrowed, without allocating. Returns NULL when
 * the key is missing, its value is a list, or the value needs interpolation. */
const char *ini_peek(const struct ini_section *section, const char *key);
/* Appends the items of a list; a plain string is a list of one, and "" gives one empty item. Same
 * errors as ini_get(). */
int ini_get_list(const struct ini_section *section, const char *key, struct strvec *ret_items,
		 struct error *err) WARN_UNUSED;

/* Sets a value, quoting it as ConfigObj does. A new key is added after the section's other keys and
 * replaces a sub-section of that name. An equal value leaves its line alone; a different one
 * changes only the value within the line. Returns false and changes nothing when the dialect cannot
 * express the text: invalid UTF-8, a list item with a line end, or both kinds of triple quotes. */
bool ini_set(struct ini_section *section, const char *key, const char *text);
/* The same for a list of items. */
bool ini_set_list(struct ini_section *section, const char *key, const struct strvec *items);
/* Removes the key with the comments above it. Does nothing when it is missing. */
void ini_remove(struct ini_section *section, const char *key);
/* Removes a key of a section below the root, and the section if nothing is left in it. */
void ini_drop(struct ini *ini, const char *section_name, const char *key);

#endif
