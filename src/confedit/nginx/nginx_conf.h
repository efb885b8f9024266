/*
 * One nginx configuration file as a lossless tree: every node knows its bytes, and between the
 * nodes there are only blanks and comments. The tree is read-only; edits are splices over its bytes
 * (nginx_edit.h), and the result is parsed again.
 *
 *	const struct nginx_directive *d;
 *	for (d = nginx_conf_first(conf); d; d = d->next)
 *	if (nginx_directive_is(d, "server"))
 *	...
 *
 * This module does not know what directives mean: nginx may not know their names, or allow their
 * arguments or blocks.
 */
#ifndef CONFEDIT_NGINX_NGINX_CONF_H
#define CONFEDIT_NGINX_NGINX_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

struct nginx_word {
	size_t start, end; /* bytes in the file, quotes included */
	char quote;        /* '"', '\'' or 0 */
	const char *text;  /* as nginx sees it */
};

enum nginx_body {
	NGINX_BODY_NONE,       /* ends with ';' */
	NGINX_BODY_DIRECTIVES, /* { … } */
	NGINX_BODY_LUA,        /* { … } of a "*_by_lua_block": no children */
};

struct nginx_directive {
	const struct nginx_word *words; /* words[0] is the name */
	size_t word_count;
	enum nginx_body body;
	size_t start, end;           /* from the name to after the ';' or '}' */
	size_t body_start, body_end; /* between the braces; both 0 for NGINX_BODY_NONE */
	size_t line, column;
	const struct nginx_directive *parent, *first_child, *last_child, *next, *previous;
};

struct nginx_conf;

/* Parses a file, whose bytes are copied; the caller frees the tree. ERR_PARSE when nginx would not
 * accept the bytes as directives either; the text names line and column and has nginx's message. */
int nginx_conf_parse(struct span bytes, struct nginx_conf **ret_conf,
		     struct error *err) WARN_UNUSED;
void nginx_conf_free(struct nginx_conf *conf);
DEFINE_AUTO_PTR(nginx_conf, nginx_conf_free);

/* The file's bytes, borrowed. */
struct span nginx_conf_bytes(const struct nginx_conf *conf);
/* The first directive outside of all blocks, borrowed, or NULL. */
const struct nginx_directive *nginx_conf_first(const struct nginx_conf *conf);
/* The last directive outside of all blocks, borrowed, or NULL. */
const struct nginx_directive *nginx_conf_last(const struct nginx_conf *conf);

/* True when the directive has this name. */
bool nginx_directive_is(const struct nginx_directive *directive, const char *name);
/* An argument as nginx sees it (0: the first after the name), borrowed, or NULL when there are
 * fewer. */
const char *nginx_directive_argument(const struct nginx_directive *directive, size_t index);
/* True when both have the same name and arguments, as nginx sees them; bodies are not compared. */
bool nginx_directive_same_words(const struct nginx_directive *a, const struct nginx_directive *b);

#endif
