/*
 * Edits lines (see apache_edit.h). Additions match the existing text: they use the indentation of
 * the section and the line ends of the file.
 */
#include "confedit/apache/edit/apache_edit.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_lex.h"
#include "confedit/layout.h"

static struct span bytes_of(const struct apache_file *file)
{
	return apache_conf_bytes(file->conf);
}

/* Line ends and indentation for what goes into a section. */
struct style {
	const char *newline;
	char *indent; /* of lines in the section; heap */
};

/* The style of the lines in the section. The first line of the section shows its author's style. */
static struct style style_of(const struct apache_file *file, const struct apache_directive *section)
{
	struct span text = bytes_of(file), outer;
	struct style style = {.newline = layout_newline(text)};

	if (section->first_child) {
		style.indent = span_dup(layout_indent(text, section->first_child->start));
	} else {
		outer = layout_indent(text, section->start);
		style.indent = xasprintf("%.*s%s", (int)outer.len, outer.ptr,
					 layout_indent_step(text));
	}
	return style;
}

static void style_release(struct style *style)
{
	free(style->indent);
	style->indent = NULL;
}
DEFINE_AUTO(style, style_release);

static void insert_line(struct apache_changes *changes, const struct apache_file *file,
			const struct apache_directive *section, size_t offset, const char *text)
{
	AUTO(style) struct style style = style_of(file, section);
	AUTO_FREE char *line = xasprintf("%s%s%s", style.indent, text, style.newline);

	edit_insert(apache_changes_edit(changes, file), offset, line);
}

void apache_add_line(struct apache_changes *changes, const struct apache_file *file,
		     const struct apache_directive *section, const char *text)
{
	insert_line(changes, file, section, section->body_end, text);
}

void apache_add_first_line(struct apache_changes *changes, const struct apache_file *file,
			   const struct apache_directive *section, const char *text)
{
	insert_line(changes, file, section, section->body_start, text);
}

/* Ends the last line of the file where it has no end; once per edit. Otherwise the new line would
 * continue the last one. */
static void finish_last_line(struct edit *edit)
{
	struct span text = edit->base;

	if (!text.len || text.ptr[text.len - 1] == '\n')
		return;
	for (size_t i = 0; i < edit->count; i++)
		if (edit->splices[i].start == text.len)
			return;
	edit_insert(edit, text.len, layout_newline(text));
}

void apache_add_last_line(struct apache_changes *changes, const struct apache_file *file,
			  const char *text)
{
	struct edit *edit = apache_changes_edit(changes, file);
	AUTO_FREE char *line = xasprintf("%s%s", text, layout_newline(edit->base));

	finish_last_line(edit);
	edit_insert(edit, edit->base.len, line);
}

/* Debian's ports.conf has one. */
static bool is_if_ssl(const struct apache_directive *section)
{
	return apache_directive_is_section(section, "IfModule") && section->word_count == 2 &&
	       (strcmp(section->words[1].text, "mod_ssl.c") == 0 ||
		strcmp(section->words[1].text, "ssl_module") == 0);
}

/* Without the condition the server would not start any more once mod_ssl is disabled. */
void apache_add_lines_if_ssl(struct apache_changes *changes, const struct apache_file *file,
			     const struct strvec *lines)
{
	const struct apache_directive *section = apache_conf_first(file->conf);

	while (section && !is_if_ssl(section))
		section = section->next;
	if (!section)
		apache_add_last_line(changes, file, "<IfModule mod_ssl.c>");
	for (size_t i = 0; i < lines->count; i++) {
		AUTO_FREE char *indented = xasprintf("%s%s", layout_indent_step(bytes_of(file)),
						     lines->items[i]);

		if (section)
			apache_add_line(changes, file, section, lines->items[i]);
		else
			apache_add_last_line(changes, file, indented);
	}
	if (!section)
		apache_add_last_line(changes, file, "</IfModule>");
}

/* Whole lines, with what continues them. */
void apache_remove_line(struct apache_changes *changes, const struct apache_item *item)
{
	struct edit *edit = apache_changes_edit(changes, item->file);

	edit_delete(edit, layout_line_start(edit->base, item->directive->start),
		    layout_next_line(edit->base, item->directive->end));
}

void apache_set_argument(struct apache_changes *changes, const struct apache_item *item,
			 size_t index, const char *text)
{
	const struct apache_word *word = &item->directive->words[index + 1];
	AUTO(strbuf) struct strbuf quoted = STRBUF_INIT;

	apache_lex_quote(text, &quoted);
	edit_replace(apache_changes_edit(changes, item->file), word->start, word->end, quoted.text);
}

/* Arguments are quoted where they need it, so callers need not think of it. */
char *apache_line(const char *name, ...)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	const char *argument;
	va_list args;

	strbuf_adds(&line, name);
	va_start(args, name);
	while ((argument = va_arg(args, const char *))) {
		strbuf_addc(&line, ' ');
		apache_lex_quote(argument, &line);
	}
	va_end(args);
	return strbuf_detach(&line);
}

static bool is_inside(const struct apache_vhost *vhost, const struct apache_item *item)
{
	return item->file == vhost->file && item->directive->start > vhost->directive->start &&
	       item->directive->start < vhost->directive->end;
}

/* A change there would reach hosts that this run is not about. */
int apache_check_own(const struct apache_model *model, const struct apache_vhost *vhost,
		     const struct apache_item *item, struct error *err)
{
	AUTO(strbuf) struct strbuf place = STRBUF_INIT;

	if (is_inside(vhost, item))
		return 0;
	for (size_t i = 0; i < model->vhost_count; i++) {
		const struct apache_vhost *other = &model->vhosts[i];

		for (size_t j = 0; other->id != vhost->id && j < other->items.count; j++) {
			if (other->items.items[j].directive != item->directive)
				continue;
			apache_place(item->file, item->directive, &place);
			return error_set(err, ERR_REFUSED,
					 "cannot change '%s' (%s): other virtual hosts include it "
					 "too; move it into each of them",
					 item->directive->words[0].text, place.text);
		}
	}
	return 0;
}
