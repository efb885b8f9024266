/*
 * Reads zone files line by line (see zone_file.h). A record over several lines, in parentheses, is
 * none of ours: what a challenge needs fits one string.
 */
#include "net/parser/zone_file.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

#define BLANKS " \t"

/* Time to live and class may stand before the type, in any order. */
static bool is_before_type(const char *word)
{
	return (*word >= '0' && *word <= '9') || str_eq_nocase(word, "IN") ||
	       str_eq_nocase(word, "CH") || str_eq_nocase(word, "HS");
}

/* Takes the next word off a line. Heap; "" at its end. */
static char *take_zone_word(const char **line)
{
	const char *start = *line + strspn(*line, BLANKS);
	size_t len = strcspn(start, BLANKS);

	*line = start + len;
	return xstrndup(start, len);
}

/* The type of the line's record, heap; `line` is moved to behind it. */
static char *take_type(const char **line)
{
	char *word = take_zone_word(line);

	for (int i = 0; i < 2 && is_before_type(word); i++)
		REPLACE(word, take_zone_word(line));
	return word;
}

static void add_txt(struct json *records, const char *name, const char *value)
{
	struct json *record = json_object_new();
	size_t len = strlen(value);
	AUTO_FREE char *trimmed = NULL;

	while (len && strchr(BLANKS, value[len - 1]))
		len--;
	trimmed = xstrndup(value, len);
	json_set_string(record, "name", name);
	json_set_string(record, "value", trimmed);
	json_push(records, record);
}

/* Returns true for the record that only a zone has. `owner` is the name of the line before, which a
 * line that begins with a blank has as well. */
static bool take_zone_line(struct json *records, const char *line, char **owner)
{
	AUTO_FREE char *type = NULL;

	if (*line == ';' || *line == '$')
		return false;
	if (*line && !strchr(BLANKS, *line))
		REPLACE(*owner, take_zone_word(&line));
	type = take_type(&line);
	line += strspn(line, BLANKS);
	if (!*owner || !*line)
		return false;
	if (str_eq_nocase(type, "TXT"))
		add_txt(records, *owner, line);
	return str_eq_nocase(type, "SOA");
}

int zone_file_parse(struct span text, struct json **ret_records, struct error *err)
{
	AUTO(json) struct json *records = json_array_new();
	/* A NUL byte ends the text. */
	AUTO_FREE char *copy = xstrndup(text.ptr ? text.ptr : "", text.len);
	AUTO_FREE char *owner = NULL;
	bool is_zone = false;

	for (char *line = copy, *rest = copy; line; line = rest) {
		rest = strpbrk(line, "\r\n");
		if (rest)
			*rest++ = 0;
		is_zone |= take_zone_line(records, line, &owner);
	}
	if (!is_zone)
		return error_set(err, ERR_PARSE, "expected a zone file");
	*ret_records = STEAL(records);
	return 0;
}
