/*
 * What the files behind ini.h share; nobody else includes this.
 *
 * The grammar (ini_line.c, ini_value.c) works on spans of the document and allocates nothing. It
 * follows the regular expressions of ConfigObj 5 with their order of alternatives and their
 * backtracking, because files that rely on it exist. White space is what Python's str.isspace()
 * says.
 */
#ifndef CODEC_INI_PARTS_H
#define CODEC_INI_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/strvec.h"
#include "codec/ini.h"

/* ini_chars.c */

/* Bytes of the white space character at the start (end) of the text, or 0. */
size_t ini_space_width(struct span text);
size_t ini_space_width_before(struct span text);
struct span ini_skip_space(struct span text);
struct span ini_drop_trailing_space(struct span text);
/* Without the quotes around it, when the first and last character are the same quote. */
struct span ini_unquote(struct span text);
/* True when the text is white space and, maybe, a comment. */
bool ini_is_tail(struct span text);
bool ini_is_quote(char c);

enum ini_value_kind {
	INI_STRING,
	INI_MULTILINE, /* text between triple quotes, with its line ends */
	INI_LIST,
};

struct ini_value {
	enum ini_value_kind kind;
	struct span text; /* string: without quotes */
	struct span head; /* list: all items that a comma follows */
	struct span last; /* list: the item behind the last comma, with quotes */
	bool has_last;
	struct span spelling; /* the value with its quotes, as it stands in the document */
};

enum ini_line_kind {
	INI_LINE_COMMENT, /* or blank */
	INI_LINE_SECTION,
	INI_LINE_SETTING,
	INI_LINE_BAD,
};

struct ini_line {
	enum ini_line_kind kind;
	size_t len; /* with its line end; a multi-line value is one line */
	struct span indent;
	struct span name; /* of key or section, without quotes */
	size_t depth;     /* of a section */
	struct ini_value value;
	const char *complaint; /* about a bad line */
};

/* ini_line.c */

/* Reads the line at the start of the text, which is not empty. */
void ini_read_line(struct span text, struct ini_line *ret_line);

/* ini_value.c */

/* Reads what stands behind "=" on one line, without triple quotes. False: not a value. */
bool ini_read_value(struct span text, struct ini_value *ret_value);
/* Takes the next item, with its quotes, out of the head of a list. False at the end. An item may be
 * found empty, which makes the list malformed. */
bool ini_take_item(struct span *head, struct span *ret_item);

/* ini_quote.c */

/* Spelling number `attempt` of a text, in order of preference; NULL when there is none left. The
 * caller tries until one reads back as the same. Heap text. */
char *ini_spell_text(const char *text, size_t attempt);
char *ini_spell_list(const struct strvec *items, size_t attempt);
char *ini_spell_name(const char *name, size_t attempt);

/* ini.c, ini_parse.c */

#define INI_BYTE_ORDER_MARK "\xef\xbb\xbf"

struct ini_entry {
	const char *key;
	uint32_t key_hash;
	bool is_list;
	const char *text;    /* of a string */
	struct strvec items; /* of a list */
	struct span lead;    /* comments and blank lines above */
	struct span line;    /* as printed, with its line end */
	size_t value_at;     /* where in the line the value's spelling stands */
	size_t value_len;
	char *own_key, *own_text, *own_line; /* what the document's text does not hold, or NULL */
};

struct ini_section {
	struct ini *ini;
	struct ini_section *parent; /* NULL: the root */
	const char *name;
	uint32_t name_hash;
	size_t depth;
	struct span lead, line; /* as in an entry; none for the root */
	char *own_name, *own_line;
	struct ini_entry *entries;
	size_t entry_count, entry_capacity;
	struct ini_section **sections;
	size_t section_count, section_capacity;
};

struct ini {
	char *text;       /* the document as read; spans point into it */
	char *cells;      /* a copy in which keys and values are NUL-terminated */
	bool has_mark;    /* it begins with a byte order mark */
	struct span head; /* comments before everything */
	struct span tail; /* comments behind everything */
	const char *newline;
	struct span indent; /* of one level, taken from the first indented line */
	bool changed;
	struct ini_section *root;
};

struct ini_entry *ini_find_entry(const struct ini_section *section, const char *key);
uint32_t ini_hash(const char *name);
/* A new, empty section or entry at the end of its parent. */
struct ini_section *ini_append_section(struct ini_section *parent);
struct ini_entry *ini_append_entry(struct ini_section *section);

#endif
