/*
 * One httpd configuration file as a tree that has lost nothing: every node knows its bytes, and
 * what is between the nodes are blanks and comments. The tree is read-only; edits are splices over
 * its bytes, and the result is parsed again.
 *
 * What a directive means is not known here, variables are not replaced, and conditions are not
 * looked at: a section is a section whether or not httpd enters it.
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
	APACHE_BODY_RAW,        /* the same, with text of another language in it: no children */
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

/* Parses a file; the bytes are copied. ERR_PARSE: sections do not match; the text names the
 * line. */
int apache_conf_parse(struct span bytes, struct apache_conf **ret_conf,
		      struct error *err) WARN_UNUSED;
void apache_conf_free(struct apache_conf *conf);
DEFINE_AUTO_PTR(apache_conf, apache_conf_free);

/* The file's bytes, borrowed. */
struct span apache_conf_bytes(const struct apache_conf *conf);
/* First directive outside of all sections, or NULL. */
const struct apache_directive *apache_conf_first(const struct apache_conf *conf);
/* Every directive in the order of the file, sections before their contents: NULL starts and
 * ends. */
const struct apache_directive *apache_conf_next(const struct apache_conf *conf,
						const struct apache_directive *directive);
/* Appends the file, put together again from the nodes of the tree and what is between them. */
void apache_conf_print(const struct apache_conf *conf, struct strbuf *out);

/* True when the directive (or section) has this name; case does not count. */
bool apache_directive_is(const struct apache_directive *directive, const char *name);
/* True for a section of that name. */
bool apache_directive_is_section(const struct apache_directive *directive, const char *name);

#endif
