/*
 * HAProxy's configuration as lines of words. A line that begins with a section's keyword begins a
 * section, and everything up to the next one belongs to it. The reader takes any text, keeps every
 * byte, and never opens a file; whether HAProxy accepts the text is for `haproxy -c` to say.
 *
 * Words are separated by blanks. `\` escapes the next byte, "..." and '...' quote several, `#`
 * begins a comment, and lines cannot be continued (HAProxy's configuration manual, section 2).
 * Variables are left as they are. The lines of both branches of an `.if` count.
 */
#ifndef CONFEDIT_HAPROXY_HAPROXY_CONF_H
#define CONFEDIT_HAPROXY_HAPROXY_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct haproxy_word {
	size_t start, end; /* bytes of the text */
	char *text;        /* without quotes */
};

struct haproxy_line {
	size_t start; /* of its first word */
	struct haproxy_word *words;
	size_t count, capacity; /* at least one word: other lines are not kept */
};

enum haproxy_section_kind {
	HAPROXY_OTHER, /* also what comes before the first section */
	HAPROXY_GLOBAL,
	HAPROXY_DEFAULTS,
	HAPROXY_FRONTEND,
	HAPROXY_LISTEN,
	HAPROXY_BACKEND,
};

struct haproxy_section {
	enum haproxy_section_kind kind;
	const char *name;  /* "" when it has none; borrowed from its first line */
	size_t first, end; /* lines, the first of which has the keyword */
	bool is_http;      /* `mode http`, its own or that of its defaults */
};

struct haproxy_conf {
	struct span text; /* borrowed */
	struct haproxy_line *lines;
	size_t line_count, line_capacity;
	struct haproxy_section *sections;
	size_t section_count, section_capacity;
};

#define HAPROXY_CONF_INIT                                                                          \
	{                                                                                          \
		.lines = NULL                                                                      \
	}
void haproxy_conf_release(struct haproxy_conf *conf);
DEFINE_AUTO(haproxy_conf, haproxy_conf_release);

/* The modes of `defaults` sections, for the files after theirs: MAP_INIT(NULL) before the first. */
struct haproxy_modes {
	struct map http; /* names of the sections with `mode http` */
	bool last_is_http;
};

/* Reads a file into `ret`, which is HAPROXY_CONF_INIT. */
void haproxy_conf_read(struct span text, struct haproxy_modes *modes, struct haproxy_conf *ret);

/* True for a frontend or listen section. */
bool haproxy_section_listens(const struct haproxy_section *section);
/* The value of the last line "KEYWORD VALUE" of the sections of that kind, borrowed; NULL when there
 * is none. */
const char *haproxy_conf_value(const struct haproxy_conf *conf, enum haproxy_section_kind kind,
			       const char *keyword);
/* True when the line's first words are those, up to two; the second may be NULL. */
bool haproxy_line_is(const struct haproxy_line *line, const char *first, const char *second);
/* The word after the first one that equals the keyword, borrowed; NULL when there is none. */
const char *haproxy_line_value(const struct haproxy_line *line, const char *keyword);

/* Appends a word in the form that is read back as the text. */
void haproxy_quote(const char *text, struct strbuf *out);

/* Appends the host names that the rules of a section compare with that of a request, in lower case,
 * each once. Those in files and regular expressions are not among them. */
void haproxy_section_hosts(const struct haproxy_conf *conf, const struct haproxy_section *section,
			   struct strvec *ret_hosts);
/* Appends the backends to which a section sends requests for paths that begin with `prefix`. */
void haproxy_section_backends(const struct haproxy_conf *conf,
			      const struct haproxy_section *section, const char *prefix,
			      struct strvec *ret_backends);

#endif
