/*
 * Inserts, replaces and removes directives (see nginx_edit.h). This module only decides where bytes
 * go; a directive may share its line with others, and a block may be on one line.
 */
#include "confedit/nginx/nginx_edit.h"

#include <string.h>

#include "base/alloc.h"
#include "confedit/layout.h"

#define MANAGED_WORDS "managed by Certbot"

/* Appends the lines, each with its indentation and a newline before or after it. */
static void add_lines(struct strbuf *out, struct span text, struct span indent, const char *lines)
{
	const char *newline = layout_newline(text), *step = layout_indent_step(text);
	struct span rest = span_of(lines), line;

	while (span_take_until(&rest, '\n', &line)) {
		if (line.len)
			strbuf_add(out, indent.ptr, indent.len);
		while (span_skip_prefix(&line, "\t"))
			strbuf_adds(out, step);
		strbuf_add(out, line.ptr, line.len);
		strbuf_adds(out, newline);
	}
}

static size_t skip_blanks(struct span text, size_t at)
{
	while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
		at++;
	return at;
}

static size_t skip_blanks_back(struct span text, size_t at)
{
	while (at > 0 && (text.ptr[at - 1] == ' ' || text.ptr[at - 1] == '\t'))
		at--;
	return at;
}

/* True when nothing but blanks and a comment follows on the line. */
static bool ends_line(struct span text, size_t offset)
{
	struct span rest = layout_rest_of_line(text, offset);

	return !rest.len || rest.ptr[0] == '#';
}

/* Indentation of what is inside the block; heap text. */
static char *child_indent(const struct nginx_conf *conf, const struct nginx_directive *block)
{
	struct span text = nginx_conf_bytes(conf);
	const struct nginx_directive *child = block ? block->first_child : nginx_conf_first(conf);
	struct span indent;

	for (; child; child = child->next)
		if (layout_starts_line(text, child->start))
			return span_dup(layout_indent(text, child->start));
	if (!block)
		return xstrdup("");
	indent = layout_indent(text, block->start);
	return xasprintf("%.*s%s", (int)indent.len, indent.ptr, layout_indent_step(text));
}

/* Inserts whole lines at a place inside a line, replacing the blanks there: what is around it goes
 * to lines of its own, and the rest of the line gets the indentation `after`. */
static void insert_amid_line(struct edit *edit, size_t offset, struct span indent,
			     const char *lines, struct span after)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_adds(&out, layout_newline(edit->base));
	add_lines(&out, edit->base, indent, lines);
	strbuf_add(&out, after.ptr, after.len);
	edit_replace(edit, skip_blanks_back(edit->base, offset), skip_blanks(edit->base, offset),
		     out.text);
}

/* The last line of a file may lack its newline. */
static void insert_lines_at(struct edit *edit, size_t offset, struct span indent, const char *lines)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	struct span text = edit->base;

	if (offset > 0 && text.ptr[offset - 1] != '\n')
		strbuf_adds(&out, layout_newline(text));
	add_lines(&out, text, indent, lines);
	edit_insert(edit, offset, out.text);
}

void nginx_edit_insert_first(struct edit *edit, const struct nginx_conf *conf,
			     const struct nginx_directive *block, const char *lines)
{
	AUTO_FREE char *indent = child_indent(conf, block);
	size_t at = block ? block->body_start : 0;

	if (!block)
		insert_lines_at(edit, 0, span_of(indent), lines);
	else if (ends_line(edit->base, at))
		insert_lines_at(edit, layout_next_line(edit->base, at), span_of(indent), lines);
	else
		insert_amid_line(edit, at, span_of(indent), lines,
				 block->first_child ? span_of(indent)
						    : layout_indent(edit->base, block->start));
}

void nginx_edit_insert_last(struct edit *edit, const struct nginx_conf *conf,
			    const struct nginx_directive *block, const char *lines)
{
	const struct nginx_directive *last = block ? block->last_child : nginx_conf_last(conf);
	bool apart = last && layout_starts_line(edit->base, last->start) &&
		     !nginx_edit_is_managed(conf, last);
	AUTO_FREE char *indent = child_indent(conf, block);
	AUTO_FREE char *set_apart = xasprintf("%s%s", apart ? "\n" : "", lines);
	size_t end = block ? block->body_end : edit->base.len;

	if (!block)
		insert_lines_at(edit, end, span_of(indent), set_apart);
	else if (layout_starts_line(edit->base, end))
		insert_lines_at(edit, layout_line_start(edit->base, end), span_of(indent),
				set_apart);
	else
		insert_amid_line(edit, end, span_of(indent), lines,
				 layout_indent(edit->base, block->start));
}

void nginx_edit_insert_after(struct edit *edit, const struct nginx_conf *conf,
			     const struct nginx_directive *directive, const char *lines)
{
	AUTO_FREE char *indent = child_indent(conf, directive->parent);
	size_t end = directive->end;

	if (ends_line(edit->base, end))
		insert_lines_at(edit, layout_next_line(edit->base, end), span_of(indent), lines);
	else
		insert_amid_line(edit, end, span_of(indent), lines,
				 directive->next ? span_of(indent)
						 : layout_indent(edit->base, directive->start));
}

void nginx_edit_insert_block_after(struct edit *edit, const struct nginx_conf *conf,
				   const struct nginx_directive *directive, const char *block)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO_FREE char *indent = child_indent(conf, directive->parent);
	const char *newline = layout_newline(edit->base);
	size_t at = directive->end, end = at;

	if (ends_line(edit->base, at))
		at = end = layout_line_end(edit->base, at);
	else
		end = skip_blanks(edit->base, at);
	strbuf_addf(&out, "%s%s%s%s", newline, newline, indent, block);
	if (end != layout_line_end(edit->base, end))
		strbuf_addf(&out, "%s%s", newline, directive->next ? indent : "");
	edit_replace(edit, at, end, out.text);
}

/* The comment after the directive on its last line, without its '#'; empty when there is none. */
static struct span trailing_comment(struct span text, const struct nginx_directive *directive)
{
	struct span rest = layout_rest_of_line(text, directive->end);

	return span_skip_prefix(&rest, "#") ? span_trim(rest) : span_make("", 0);
}

/* The same words as Certbot's, so that each program knows the other's lines. */
bool nginx_edit_is_managed(const struct nginx_conf *conf, const struct nginx_directive *directive)
{
	return span_eq(trailing_comment(nginx_conf_bytes(conf), directive), MANAGED_WORDS);
}

/* Breaks the line after the directive when more than a comment follows. */
static void mark_and_break_line(struct edit *edit, const struct nginx_conf *conf,
				const struct nginx_directive *directive, const char *comment)
{
	AUTO_FREE char *indent = child_indent(conf, directive->parent);
	AUTO_FREE char *broken = NULL;
	struct span outer = layout_indent(edit->base, directive->start);

	if (ends_line(edit->base, directive->end)) {
		edit_insert(edit, directive->end, comment);
		return;
	}
	broken = directive->next ? xasprintf("%s%s%s", comment, layout_newline(edit->base), indent)
				 : xasprintf("%s%s%.*s", comment, layout_newline(edit->base),
					     (int)outer.len, outer.ptr);
	edit_replace(edit, directive->end, skip_blanks(edit->base, directive->end), broken);
}

void nginx_edit_set_arguments(struct edit *edit, const struct nginx_conf *conf,
			      const struct nginx_directive *directive, const char *arguments)
{
	const struct nginx_word *words = directive->words;
	AUTO_FREE char *spaced = xasprintf(" %s", arguments);

	edit_replace(edit, words[0].end, words[directive->word_count - 1].end, spaced);
	if (!trailing_comment(edit->base, directive).len)
		mark_and_break_line(edit, conf, directive, NGINX_MANAGED);
}

void nginx_edit_remove(struct edit *edit, const struct nginx_conf *conf,
		       const struct nginx_directive *directive)
{
	/* A comment of the user's is not deleted with the directive. */
	bool alone = ends_line(edit->base, directive->end) &&
		     (nginx_edit_is_managed(conf, directive) ||
		      !layout_rest_of_line(edit->base, directive->end).len);

	if (alone && layout_starts_line(edit->base, directive->start))
		edit_delete(edit, layout_line_start(edit->base, directive->start),
			    layout_next_line(edit->base, directive->end));
	else if (alone)
		edit_delete(edit, skip_blanks_back(edit->base, directive->start),
			    layout_line_end(edit->base, directive->end));
	else
		edit_delete(edit, directive->start, skip_blanks(edit->base, directive->end));
}

void nginx_edit_comment_out(struct edit *edit, const struct nginx_conf *conf,
			    const struct nginx_directive *directive, const char *note)
{
	AUTO_FREE char *comment = xasprintf(" # %s", note);
	/* A directive may continue over several lines, each of which becomes a comment. */
	size_t line = directive->start;

	do {
		edit_insert(edit, skip_blanks(edit->base, line), "# ");
		line = layout_next_line(edit->base, line);
	} while (line < directive->end);
	mark_and_break_line(edit, conf, directive, comment);
}

void nginx_edit_wrap(struct edit *edit, const struct nginx_conf *conf,
		     const struct nginx_directive *directive, const char *head)
{
	AUTO_FREE char *opening = xasprintf("%s { ", head);

	edit_insert(edit, directive->start, opening);
	if (trailing_comment(edit->base, directive).len)
		edit_insert(edit, directive->end, " }");
	else
		mark_and_break_line(edit, conf, directive, " }" NGINX_MANAGED);
}
