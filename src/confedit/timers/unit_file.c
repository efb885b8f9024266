/*
 * Reads unit files (see unit_file.h): sections, assignments, lines that are continued by a
 * backslash. Specifiers (%n) and variables stay as they are.
 */
#include "confedit/timers/unit_file.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/strbuf.h"

void unit_file_release(struct unit_file *unit)
{
	free(unit->unit);
	strvec_release(&unit->exec_start);
	strvec_release(&unit->environment_files);
}

static void set_unit(struct unit_file *unit, struct span value)
{
	REPLACE(unit->unit, value.len ? span_dup(value) : NULL);
}

/* As systemd does: an empty value empties the list. */
static void add_to_list(struct strvec *list, struct span value)
{
	if (value.len)
		strvec_give(list, span_dup(value));
	else
		strvec_release(list);
}

/* The leading signs say how it is run; they are not part of the path. */
static void add_command(struct unit_file *unit, struct span value)
{
	while (value.len && (value.ptr[0] == '@' || value.ptr[0] == '-' || value.ptr[0] == ':' ||
			     value.ptr[0] == '+' || value.ptr[0] == '!' || value.ptr[0] == '|'))
		value = span_drop(value, 1);
	add_to_list(&unit->exec_start, value);
}

static void add_environment_file(struct unit_file *unit, struct span value)
{
	span_skip_prefix(&value, "-");
	add_to_list(&unit->environment_files, value);
}

static const struct setting {
	const char *section, *key;
	void (*take)(struct unit_file *unit, struct span value);
} settings[] = {
	{"[Timer]", "Unit", set_unit},
	{"[Service]", "ExecStart", add_command},
	{"[Service]", "EnvironmentFile", add_environment_file},
};

static void take_setting(struct unit_file *unit, struct span section, struct span line)
{
	struct span rest = line, key;

	if (!span_take_until(&rest, '=', &key) || key.len == line.len || span_has_nul(rest))
		return;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (span_eq(section, settings[i].section) &&
		    span_eq(span_trim(key), settings[i].key))
			settings[i].take(unit, span_trim(rest));
}

static bool is_comment(struct span line)
{
	return line.len && (line.ptr[0] == '#' || line.ptr[0] == ';');
}

/* Joins a line and its continuations; the backslash becomes a blank. Comments between them are
 * skipped. */
static bool take_unit_line(struct span *rest, struct strbuf *line)
{
	struct span part;
	bool goes_on = true, is_first = true;

	strbuf_clear(line);
	while (goes_on && span_take_line(rest, &part)) {
		if (!is_first && is_comment(span_trim(part)))
			continue;
		is_first = false;
		goes_on = part.len && part.ptr[part.len - 1] == '\\';
		strbuf_add(line, part.ptr, part.len - goes_on);
		if (goes_on)
			strbuf_addc(line, ' ');
	}
	return !is_first;
}

void unit_file_read(struct span text, struct unit_file *unit)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO(strbuf) struct strbuf section = STRBUF_INIT;

	while (take_unit_line(&text, &line)) {
		struct span trimmed = span_trim(span_make(line.text, line.len));

		if (is_comment(trimmed))
			continue;
		if (trimmed.len && trimmed.ptr[0] == '[') {
			strbuf_clear(&section);
			strbuf_add(&section, trimmed.ptr, trimmed.len);
		} else {
			take_setting(unit, span_make(section.text, section.len), trimmed);
		}
	}
}
