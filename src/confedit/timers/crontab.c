/*
 * Reads crontabs (see crontab.h), by the grammar that Debian's cron and cronie have in common:
 * comments, NAME=value, five fields or @word, in the system's form a user, and the command.
 */
#include "confedit/timers/crontab.h"

#include <string.h>

#include "base/ascii.h"

#define MARK "# disabled by certbot handover: "

struct crontab_reader crontab_begin(struct span text, enum crontab_form form)
{
	return (struct crontab_reader){.rest = text, .form = form};
}

static struct span skip_cron_blanks(struct span text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = span_drop(text, 1);
	return text;
}

/* False when no further word follows this one: then there is no command. */
static bool skip_field(struct span *text)
{
	while (text->len && text->ptr[0] != ' ' && text->ptr[0] != '\t')
		*text = span_drop(*text, 1);
	*text = skip_cron_blanks(*text);
	return text->len > 0;
}

/* "NAME = value", with or without quotes around either. A job cannot look like that: its first
 * word begins with a digit, "*", "@", "~" or "-". */
static bool is_assignment(struct span line)
{
	return line.len && (ascii_is_alpha(line.ptr[0]) || line.ptr[0] == '_' ||
			    line.ptr[0] == '"' || line.ptr[0] == '\'');
}

/* Only PATH matters: it decides which program a name means. */
static void take_assignment(struct crontab_reader *reader, struct span line)
{
	struct span value;

	if (!span_skip_prefix(&line, "PATH"))
		return;
	value = skip_cron_blanks(line);
	if (!value.len || value.ptr[0] != '=')
		return;
	value = span_trim(span_drop(value, 1));
	if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
	    value.ptr[value.len - 1] == value.ptr[0])
		value = span_make(value.ptr + 1, value.len - 2);
	reader->search_path = value;
}

/* An unescaped "%" ends the command: what follows is its input. */
static struct span cut_input(struct span command)
{
	for (size_t i = 0; i < command.len; i++) {
		if (command.ptr[i] == '\\')
			i++;
		else if (command.ptr[i] == '%')
			return span_make(command.ptr, i);
	}
	return command;
}

static bool take_job(struct crontab_reader *reader, struct span line, struct crontab_job *job)
{
	int fields = line.ptr[0] == '@' ? 1 : 5;

	fields = reader->form == CRONTAB_OF_ANACRON ? 3
						    : fields + (reader->form == CRONTAB_OF_SYSTEM);
	for (int i = 0; i < fields; i++)
		if (!skip_field(&line))
			return false;
	*job = (struct crontab_job){reader->line, cut_input(line), reader->search_path};
	return true;
}

/* A field that is not valid, such as a word in a comment that lost its "#", makes no job. cronie's
 * lines may begin with "-", which keeps them out of the log, or "~", a random minute. */
static bool begins_like_job(struct span line)
{
	return ascii_is_digit(line.ptr[0]) || memchr("*@~-", line.ptr[0], 4);
}

bool crontab_next(struct crontab_reader *reader, struct crontab_job *ret_job)
{
	struct span line;

	while (span_take_line(&reader->rest, &line)) {
		reader->line++;
		line = skip_cron_blanks(line);
		if (is_assignment(line))
			take_assignment(reader, line);
		else if (line.len && begins_like_job(line) && take_job(reader, line, ret_job))
			return true;
	}
	return false;
}

void crontab_comment_out(struct span text, size_t line, struct strbuf *out)
{
	struct span rest = text, current;
	size_t number = 0;

	while (span_take_line(&rest, &current))
		if (++number == line) {
			size_t before = (size_t)(current.ptr - text.ptr);

			strbuf_add(out, text.ptr, before);
			strbuf_adds(out, MARK);
			strbuf_add(out, current.ptr, text.len - before);
			return;
		}
	strbuf_add(out, text.ptr, text.len);
}
