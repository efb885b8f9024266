/*
 * Parses a document of the ConfigObj dialect into its tree (see ini.h, ini_parts.h).
 *
 * The text is kept as a whole, never copied line by line: entries hold spans of it for printing.
 * Callers want keys and values as C strings, so these live in a second copy of the text, in which
 * the byte after each of them (an equals sign, quote, comma, bracket, blank or line end) is set to
 * NUL.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "codec/ini_parts.h"

enum {
	MAX_DEPTH = 64,
	MAX_COMPLAINTS = 10,
};

struct parser {
	struct ini *ini;
	struct span rest;
	struct ini_section *section; /* the one that settings go to */
	const char *lead;            /* start of the comments above the line */
	size_t line_number;
	bool is_indent_known;
	size_t complaint_count;
	struct strbuf complaints;
};

static void parser_release(struct parser *parser)
{
	strbuf_release(&parser->complaints);
}
DEFINE_AUTO(parser, parser_release);

/* All lines are reported at once, since a person who edits the file wants to know them all; but a
 * binary file would fill the screen. */
static void complain_of_line(struct parser *parser, const char *complaint)
{
	if (parser->complaint_count++ >= MAX_COMPLAINTS)
		return;
	strbuf_addf(&parser->complaints, "%sline %zu: %s", parser->complaint_count > 1 ? "; " : "",
		    parser->line_number, complaint);
}

/* The second copy has the same layout as the text, so a span of one is found in the other by its
 * offset. */
static char *cell_of(const struct ini *ini, struct span text)
{
	return ini->cells + (text.ptr - ini->text);
}

static const char *cell_string(const struct ini *ini, struct span text)
{
	char *cell;

	if (!text.len)
		return "";
	cell = cell_of(ini, text);
	cell[text.len] = '\0';
	return cell;
}

/* Carriage returns before a line feed are not part of the value. */
static const char *cell_lines(const struct ini *ini, struct span text)
{
	char *cell, *to;

	if (!text.len)
		return "";
	cell = to = cell_of(ini, text);
	for (size_t i = 0; i < text.len; i++) {
		while (cell[i] == '\n' && to > cell && to[-1] == '\r')
			to--;
		*to++ = cell[i];
	}
	*to = '\0';
	return cell;
}

static void take_items(struct ini_entry *entry, const struct ini_value *value)
{
	struct span head = value->head, item;

	entry->is_list = true;
	while (ini_take_item(&head, &item))
		strvec_give(&entry->items, span_dup(ini_unquote(item)));
	if (value->has_last)
		strvec_give(&entry->items, span_dup(ini_unquote(value->last)));
}

static void take_value(const struct ini *ini, struct ini_entry *entry,
		       const struct ini_value *value)
{
	switch (value->kind) {
	case INI_STRING:
		entry->text = cell_string(ini, value->text);
		break;
	case INI_MULTILINE:
		entry->text = cell_lines(ini, value->text);
		break;
	case INI_LIST:
		take_items(entry, value);
		break;
	}
}

static struct span lead_of(const struct parser *parser, const char *line_start)
{
	return span_make(parser->lead, (size_t)(line_start - parser->lead));
}

/* ConfigObj keeps keys and sections in one dictionary, so they exclude each other. */
static bool is_name_taken(const struct ini_section *section, const struct ini_name *name)
{
	return ini_find_entry_named(section, name) || ini_find_section_named(section, name);
}

static void take_setting(struct parser *parser, const struct ini_line *line)
{
	const char *start = parser->rest.ptr;
	const struct ini_name key = ini_name_of(cell_string(parser->ini, line->name));
	struct ini_entry *entry;

	if (is_name_taken(parser->section, &key)) {
		complain_of_line(parser, "duplicate key");
		return;
	}
	entry = ini_append_entry(parser->section);
	entry->key = key.text;
	entry->key_hash = key.hash;
	entry->lead = lead_of(parser, start);
	entry->line = span_make(start, line->len);
	entry->value_at = (size_t)(line->value.spelling.ptr - start);
	entry->value_len = line->value.spelling.len;
	take_value(parser->ini, entry, &line->value);
}

/* The section in which a header of that depth opens a new one, or NULL. */
static struct ini_section *parent_at_depth(struct ini_section *section, size_t depth)
{
	if (depth > section->depth + 1 || depth > MAX_DEPTH)
		return NULL;
	while (section->depth >= depth)
		section = section->parent;
	return section;
}

static void take_section(struct parser *parser, const struct ini_line *line)
{
	struct ini_section *parent = parent_at_depth(parser->section, line->depth);
	const char *start = parser->rest.ptr;
	const struct ini_name name = ini_name_of(cell_string(parser->ini, line->name));

	if (!parent) {
		complain_of_line(parser, "section is nested too deeply");
		return;
	}
	if (is_name_taken(parent, &name)) {
		complain_of_line(parser, "duplicate section");
		return;
	}
	parser->section = ini_append_section(parent);
	parser->section->name = name.text;
	parser->section->name_hash = name.hash;
	parser->section->lead = lead_of(parser, start);
	parser->section->line = span_make(start, line->len);
}

/* The first indented line shows how wide one level is. */
static void learn_indent(struct parser *parser, const struct ini_line *line)
{
	if (parser->is_indent_known || !line->indent.len)
		return;
	parser->ini->indent = line->indent;
	parser->is_indent_known = true;
}

static void take_line(struct parser *parser, const struct ini_line *line)
{
	if (!parser->ini->head.ptr) {
		/* Comments before everything belong to the document, not to its first line. */
		parser->ini->head = lead_of(parser, parser->rest.ptr);
		parser->lead = parser->rest.ptr;
	}
	learn_indent(parser, line);
	if (line->kind == INI_LINE_SETTING)
		take_setting(parser, line);
	else if (line->kind == INI_LINE_SECTION)
		take_section(parser, line);
	else
		complain_of_line(parser, line->complaint);
}

/* A value in triple quotes covers several lines, so lines are counted by their ends. */
static size_t count_lines(struct span text)
{
	size_t count = 0;

	for (const char *at = text.ptr; (at = memchr(at, '\n', text.len - (size_t)(at - text.ptr)));
	     at++)
		count++;
	return count;
}

static void parse_lines(struct parser *parser)
{
	while (parser->rest.len) {
		struct ini_line line;

		ini_read_line(parser->rest, &line);
		if (line.kind != INI_LINE_COMMENT)
			take_line(parser, &line);
		parser->line_number += count_lines(span_make(parser->rest.ptr, line.len));
		parser->rest.ptr += line.len;
		parser->rest.len -= line.len;
		if (line.kind != INI_LINE_COMMENT)
			parser->lead = parser->rest.ptr;
	}
	if (parser->ini->head.ptr)
		parser->ini->tail = lead_of(parser, parser->rest.ptr);
	else
		parser->ini->head = lead_of(parser, parser->rest.ptr);
}

/* "\r\n" when the first line ends so. */
static const char *newline_of(struct span text)
{
	const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;

	return end && end > text.ptr && end[-1] == '\r' ? "\r\n" : "\n";
}

/* Keys and values are C strings from here on, and the error messages quote them. */
static int check_bytes(struct span text, const char *what, struct error *err)
{
	if (span_has_nul(text))
		return error_set(err, ERR_PARSE, "cannot read '%s': it contains a NUL byte", what);
	if (!utf8_is_valid(text.ptr, text.len))
		return error_set(err, ERR_PARSE, "cannot read '%s': it is not UTF-8", what);
	return 0;
}

int ini_parse(const char *text, size_t len, const char *what, struct ini **ret_ini,
	      struct error *err)
{
	AUTO(ini) struct ini *ini = ini_new();
	AUTO(parser) struct parser parser = {
		.ini = ini,
		.section = ini->root,
		.line_number = 1,
		.complaints = STRBUF_INIT,
	};

	if (check_bytes(span_make(text, len), what, err) < 0)
		return err->code;
	ini->text = xstrndup(text, len);
	ini->cells = xmemdup(ini->text, len + 1);
	ini->newline = newline_of(span_make(ini->text, len));
	parser.rest = span_make(ini->text, len);
	ini->has_mark = span_skip_prefix(&parser.rest, INI_BYTE_ORDER_MARK);
	parser.lead = parser.rest.ptr;
	parse_lines(&parser);
	if (parser.complaint_count > MAX_COMPLAINTS)
		strbuf_addf(&parser.complaints, "; and %zu more",
			    parser.complaint_count - MAX_COMPLAINTS);
	if (parser.complaint_count)
		return error_set(err, ERR_PARSE, "cannot read '%s': %s", what,
				 parser.complaints.text);
	*ret_ini = STEAL(ini);
	return 0;
}
