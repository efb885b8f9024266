/*
 * Internals shared by the files that implement ini.h; nobody else includes this.
 *
 * The grammar (ini_line.c, ini_value.c) works on spans of the document and allocates nothing. It
 * follows the regular expressions of ConfigObj 5, with their order of alternatives and their
 * backtracking, because existing files rely on it. White space is whatever Python's str.isspace()
 * accepts.
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

/* Returns the number of bytes of the white space character at the start of the text, or 0. */
size_t ini_space_width(struct span text);
/* The same for the end of the text. */
size_t ini_space_width_before(struct span text);
/* Returns the text without leading white space. */
struct span ini_skip_space(struct span text);
/* Returns the text without trailing white space. */
struct span ini_drop_trailing_space(struct span text);
/* Removes the quotes when the first and last characters are the same quote. */
struct span ini_unquote(struct span text);
/* True when the text holds only white space and possibly a comment. */
bool ini_is_tail(struct span text);
/* True for a single or double quote. */
bool ini_is_quote(char c);

enum ini_value_kind {
	INI_STRING,
	INI_MULTILINE, /* text between triple quotes, with its line ends */
	INI_LIST,
};

struct ini_value {
	enum ini_value_kind kind;
	struct span text; /* string: without quotes */
	struct span head; /* list: the items that are followed by a comma */
	struct span last; /* list: the item after the last comma, with quotes */
	bool has_last;
	struct span spelling; /* the value as the document spells it, with quotes */
};

enum ini_line_kind {
	INI_LINE_COMMENT, /* or blank */
	INI_LINE_SECTION,
	INI_LINE_SETTING,
	INI_LINE_BAD,
};

struct ini_line {
	enum ini_line_kind kind;
	size_t len; /* including its line end; a multi-line value is one line */
	struct span indent;
	struct span name; /* of key or section, without quotes */
	size_t depth;     /* of a section */
	struct ini_value value;
	const char *complaint; /* what is wrong with a bad line */
};

/* ini_line.c */

/* Reads the line at the start of the text, which must not be empty. Spans are borrowed from it. */
void ini_read_line(struct span text, struct ini_line *ret_line);

/* ini_value.c */

/* Reads what follows "=" on one line; triple quotes are handled by ini_read_line(). Returns false
 * when it is not a valid value. */
bool ini_read_value(struct span text, struct ini_value *ret_value);
/* Takes the next item, with its quotes, from the head of a list. Returns false at the end. The item
 * may be empty, which makes the list malformed. */
bool ini_take_item(struct span *head, struct span *ret_item);

/* ini_quote.c */

/* Returns the attempt-th spelling of a text in order of preference, or NULL when there are no more.
 * The caller frees it, and tries the spellings until one reads back as the same text. */
char *ini_spell_text(const char *text, size_t attempt);
/* The same for a list, written in one line. */
char *ini_spell_list(const struct strvec *items, size_t attempt);
/* The same for the name of a key or section. */
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
	struct span line;    /* as printed, including its line end */
	size_t value_at;     /* offset of the value's spelling in the line */
	size_t value_len;
	char *own_key, *own_text, *own_line; /* what is not in the document's text, or NULL */
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
	bool has_mark;    /* the document begins with a byte order mark */
	struct span head; /* comments at the start */
	struct span tail; /* comments at the end */
	const char *newline;
	struct span indent; /* one level, taken from the first indented line */
	bool changed;
	bool has_secret; /* see ini_mark_secret() */
	struct ini_section *root;
};

/* A key or a section's name with its hash (FNV-1a), so that look-ups rarely compare strings. */
struct ini_name {
	const char *text; /* borrowed */
	uint32_t hash;
};

/* Hashes a name once for several look-ups. */
struct ini_name ini_name_of(const char *text);
/* Returns the section's entry for the key, or NULL. */
struct ini_entry *ini_find_entry(const struct ini_section *section, const char *key);
/* The same for a key that has been hashed. */
struct ini_entry *ini_find_entry_named(const struct ini_section *section,
				       const struct ini_name *key);
/* Returns the section with that name in its parent, or NULL. */
struct ini_section *ini_find_section_named(const struct ini_section *parent,
					   const struct ini_name *name);
/* Appends an empty, unnamed section to its parent. */
struct ini_section *ini_append_section(struct ini_section *parent);
/* Appends an empty entry to the section. The pointer is valid until the next append. */
struct ini_entry *ini_append_entry(struct ini_section *section);

#endif
