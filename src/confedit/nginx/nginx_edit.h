/*
 * Edits of one nginx file, collected as splices over its bytes. New lines are indented and ended
 * like their neighbours, and carry NGINX_MANAGED at their end when the caller puts it there.
 *
 * Text to be inserted is one or more lines, "\n" between them and none at the end; a "\t" at the
 * start of a line is one step of indentation relative to the block it goes into.
 */
#ifndef CONFEDIT_NGINX_NGINX_EDIT_H
#define CONFEDIT_NGINX_NGINX_EDIT_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "confedit/edit.h"
#include "confedit/nginx/nginx_conf.h"

/* Comment at the end of every line that we write. */
#define NGINX_MANAGED " # managed by Certbot"

/* Inserts lines at the top of the block (NULL: of the file). */
void nginx_edit_insert_first(struct edit *edit, const struct nginx_conf *conf,
			     const struct nginx_directive *block, const char *lines);
/* Inserts lines at the end of the block (NULL: of the file); an empty line separates them from
 * lines that are not managed. */
void nginx_edit_insert_last(struct edit *edit, const struct nginx_conf *conf,
			    const struct nginx_directive *block, const char *lines);
/* Inserts lines below the directive. */
void nginx_edit_insert_after(struct edit *edit, const struct nginx_conf *conf,
			     const struct nginx_directive *directive, const char *lines);
/* Inserts a block below the directive, separated by an empty line. The text is used unchanged,
 * except for the indentation of its first line. */
void nginx_edit_insert_block_after(struct edit *edit, const struct nginx_conf *conf,
				   const struct nginx_directive *directive, const char *block);

/* Replaces all arguments with the text and marks the line as managed. */
void nginx_edit_set_arguments(struct edit *edit, const struct nginx_conf *conf,
			      const struct nginx_directive *directive, const char *arguments);
/* Deletes the directive, and its line when that holds nothing else except our comment. */
void nginx_edit_remove(struct edit *edit, const struct nginx_conf *conf,
		       const struct nginx_directive *directive);
/* Turns the directive into a comment, followed by " # <note>". */
void nginx_edit_comment_out(struct edit *edit, const struct nginx_conf *conf,
			    const struct nginx_directive *directive, const char *note);

/* Puts the directive into a block of its own on the same line: "<head> { directive; }". */
void nginx_edit_wrap(struct edit *edit, const struct nginx_conf *conf,
		     const struct nginx_directive *directive, const char *head);

/* True when the comment after the directive says that we wrote it. */
bool nginx_edit_is_managed(const struct nginx_conf *conf, const struct nginx_directive *directive);

#endif
