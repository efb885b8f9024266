/*
 * One httpd configuration file as a lossless tree: every node knows its bytes, and between the
 * nodes there are only blanks and comments. The tree is read-only; edits are splices over its
 * bytes, and the result is parsed again.
 *
 * This module does not know what directives mean, does not replace variables and does not evaluate
 * conditions: a section is a section whether or not httpd enters it.
 */
#ifndef CONFEDIT_APACHE_APACHE_CONF_H
#define CONFEDIT_APACHE_APACHE_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

struct apache_word {
	size_t start, end; /* bytes in the file, quotes included */
	char quote;        /* '"', '\'' or 0 */
	const char *text;  /* without quotes and escapes; variables stay */
};

enum apache_body {
	APACHE_BODY_NONE,       /* a line */
	APACHE_BODY_DIRECTIVES, /* <Name …> … </Name> */
	APACHE_BODY_RAW, /* the same, but the contents are in another language: no children */
};

struct apache_directive {
	const struct apache_word *words; /* words[0] is the name: "VirtualHost" for a section */
	size_t word_count;
	enum apache_body body;
	size_t start, end; /* the name (or '<') up to the end of its last line, without LF */
	size_t body_start, body_end; /* lines between the first and the last one; 0 for a line */
	size_t line;                 /* from 1 */
	const struct apache_directive *parent, *first_child, *last_child, *next, *previous;
};

struct apache_conf;

/* Parses a file, whose bytes are copied; the caller frees the tree. ERR_PARSE when sections do not
 * match; the text names the line. */
int apache_conf_parse(struct span bytes, struct apache_conf **ret_conf,
		      struct error *err) WARN_UNUSED;
void apache_conf_free(struct apache_conf *conf);
DEFINE_AUTO_PTR(apache_conf, apache_conf_free);

/* The file's bytes, borrowed. */
struct span apache_conf_bytes(const struct apache_conf *conf);
/* The first directive outside of all sections, borrowed, or NULL. */
const struct apache_directive *apache_conf_first(const struct apache_conf *conf);
/* Iterates over all directives in the order of the file, sections before their contents: pass NULL
 * to start; NULL is the end. */
const struct apache_directive *apache_conf_next(const struct apache_conf *conf,
						const struct apache_directive *directive);

/* True when the directive (or section) has this name, ignoring case. */
bool apache_directive_is(const struct apache_directive *directive, const char *name);
/* True for a section of that name. */
bool apache_directive_is_section(const struct apache_directive *directive, const char *name);

#endif
