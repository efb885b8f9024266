/*
 * Lines and indentation of a text (see layout.h). A lone CR is not a line end, because neither
 * nginx nor httpd treats it as one.
 */
#include "confedit/layout.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t layout_line_start(struct span text, size_t offset)
{
	while (offset > 0 && text.ptr[offset - 1] != '\n')
		offset--;
	return offset;
}

size_t layout_next_line(struct span text, size_t offset)
{
	const char *found = NULL;

	if (offset < text.len)
		found = memchr(text.ptr + offset, '\n', text.len - offset);
	return found ? (size_t)(found - text.ptr) + 1 : text.len;
}

size_t layout_line_end(struct span text, size_t offset)
{
	size_t next = layout_next_line(text, offset);

	if (next > offset && text.ptr[next - 1] == '\n') {
		next--;
		if (next > offset && text.ptr[next - 1] == '\r')
			next--;
	}
	return next;
}

bool layout_starts_line(struct span text, size_t offset)
{
	while (offset > 0 && is_blank(text.ptr[offset - 1]))
		offset--;
	return offset == 0 || text.ptr[offset - 1] == '\n';
}

struct span layout_indent(struct span text, size_t offset)
{
	size_t start = layout_line_start(text, offset), end = start;

	while (end < offset && is_blank(text.ptr[end]))
		end++;
	return span_make(text.ptr + start, end - start);
}

struct span layout_rest_of_line(struct span text, size_t offset)
{
	return span_trim(span_make(text.ptr + offset, layout_line_end(text, offset) - offset));
}

const char *layout_newline(struct span text)
{
	size_t next = layout_next_line(text, 0);

	return next >= 2 && text.ptr[next - 1] == '\n' && text.ptr[next - 2] == '\r' ? "\r\n"
										     : "\n";
}

const char *layout_indent_step(struct span text)
{
	for (size_t at = 0; at < text.len; at = layout_next_line(text, at))
		if (is_blank(text.ptr[at]) && layout_rest_of_line(text, at).len)
			return text.ptr[at] == '\t' ? "\t" : "    ";
	return "    ";
}

void layout_position(struct span text, size_t offset, size_t *ret_line, size_t *ret_column)
{
	size_t line = 1, line_start = 0;

	for (size_t at = 0; at < offset; at++) {
		if (text.ptr[at] == '\n') {
			line++;
			line_start = at + 1;
		}
	}
	*ret_line = line;
	*ret_column = offset - line_start + 1;
}
