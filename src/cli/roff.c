/*
 * The macros and escapes of man(7), as few as groff and mandoc agree on (see roff.h).
 */
#include "cli/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* groff turns plain -, ~, ^ and ' into typographic characters, which cannot be pasted into a shell.
 * A dot or quote at the start of a line would begin a request. */
static void add_char(struct strbuf *out, char c)
{
	bool is_at_start = !out->len || out->text[out->len - 1] == '\n';

	if (is_at_start && (c == '.' || c == '\''))
		strbuf_adds(out, "\\&");
	if (c == '-')
		strbuf_adds(out, "\\-");
	else if (c == '\\')
		strbuf_adds(out, "\\e");
	else if (c == '~')
		strbuf_adds(out, "\\(ti");
	else if (c == '^')
		strbuf_adds(out, "\\(ha");
	else if (c == '\'')
		strbuf_adds(out, "\\(aq");
	else
		strbuf_addc(out, c);
}

static void add_verbatim(struct strbuf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		add_char(out, text[i]);
}

void roff_title(struct strbuf *out, const char *name, int section, const char *version,
		const char *date)
{
	strbuf_adds(out, ".TH ");
	for (; *name; name++)
		add_char(out, (char)toupper((unsigned char)*name));
	strbuf_addf(out, " %d \"%s\" \"certbot %s\" \"%s\"\n", section, date, version,
		    section == 1 ? "User Commands" : "Plugins of certbot");
}

void roff_section(struct strbuf *out, const char *title)
{
	strbuf_addf(out, ".SH %s\n", title);
}

void roff_subsection(struct strbuf *out, const char *title)
{
	strbuf_addf(out, ".SS %s\n", title);
}

/* Backquotes mark what is to be typed, in help texts as in the documentation. */
void roff_add(struct strbuf *out, const char *text)
{
	bool is_bold = false;

	for (; *text; text++) {
		if (*text != '`') {
			add_char(out, *text);
			continue;
		}
		is_bold = !is_bold;
		strbuf_adds(out, is_bold ? "\\fB" : "\\fR");
	}
}

void roff_add_bold(struct strbuf *out, const char *text, size_t len)
{
	strbuf_adds(out, "\\fB");
	add_verbatim(out, text, len);
	strbuf_adds(out, "\\fR");
}

void roff_line(struct strbuf *out, const char *text)
{
	roff_add(out, text);
	strbuf_addc(out, '\n');
}

void roff_paragraph(struct strbuf *out)
{
	strbuf_adds(out, ".PP\n");
}

/* mandoc warns of a paragraph right after a heading. */
static bool follows_heading(const struct strbuf *out)
{
	size_t line = out->len ? out->len - 1 : 0;

	while (line && out->text[line - 1] != '\n')
		line--;
	return strncmp(out->text + line, ".SH ", 4) == 0;
}

void roff_example(struct strbuf *out, const char *lines)
{
	if (!follows_heading(out))
		roff_paragraph(out);
	strbuf_adds(out, ".RS 4\n.EX\n");
	add_verbatim(out, lines, strlen(lines));
	strbuf_adds(out, "\n.EE\n.RE\n");
}

void roff_entry(struct strbuf *out, const char *term, const char *text)
{
	strbuf_adds(out, ".TP\n");
	roff_add_bold(out, term, strlen(term));
	strbuf_addc(out, '\n');
	roff_line(out, text);
}

void roff_entries(struct strbuf *out, const char *title, const struct roff_entry *entries,
		  size_t count)
{
	roff_section(out, title);
	for (size_t i = 0; i < count; i++)
		roff_entry(out, entries[i].term, entries[i].text);
}
