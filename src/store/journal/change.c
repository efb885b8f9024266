/*
 * Records of changes as text (see change.h). Journals of ten thousand changes are listed within
 * milliseconds, so a record is read in one pass over its lines.
 */
#include "store/journal/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

enum field_kind {
	FIELD_TEXT,   /* char *, NULL when there is none */
	FIELD_NUMBER, /* int64_t, 0 likewise */
	FIELD_LIST,   /* struct strvec: a line for each */
};

/* Every line of a record but the first, the last, and those of files. */
static const struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
	bool is_detail; /* left out of brief lists */
} fields[] = {
	{"time", FIELD_NUMBER, offsetof(struct change, time), false},
	{"uid", FIELD_NUMBER, offsetof(struct change, uid), true},
	{"user", FIELD_TEXT, offsetof(struct change, user), false},
	{"verb", FIELD_TEXT, offsetof(struct change, verb), false},
	{"command", FIELD_TEXT, offsetof(struct change, command), true},
	{"title", FIELD_TEXT, offsetof(struct change, title), false},
	{"reason", FIELD_TEXT, offsetof(struct change, reason), false},
	{"lineage", FIELD_LIST, offsetof(struct change, lineages), false},
	{"plugin", FIELD_TEXT, offsetof(struct change, plugin), true},
	{"options", FIELD_TEXT, offsetof(struct change, options), true},
	{"obstacle", FIELD_TEXT, offsetof(struct change, obstacle), true},
	{"undoes", FIELD_NUMBER, offsetof(struct change, undoes), false},
	{"from", FIELD_NUMBER, offsetof(struct change, from), false},
	{"to", FIELD_NUMBER, offsetof(struct change, to), false},
	{"output", FIELD_LIST, offsetof(struct change, outputs), true},
	{"undo-command", FIELD_LIST, offsetof(struct change, undo_commands), true},
};

/* Fields are reached by their offsets, so that a new one is a row and not five functions. */
static char **text_of(struct change *change, const struct field *field)
{
	return (char **)((char *)change + field->offset);
}

static int64_t *number_of(struct change *change, const struct field *field)
{
	return (int64_t *)((char *)change + field->offset);
}

static struct strvec *list_of(struct change *change, const struct field *field)
{
	return (struct strvec *)((char *)change + field->offset);
}

/* XNEW() clears the struct, which is the empty value of all fields but lists. */
struct change *change_new(void)
{
	struct change *change = XNEW(struct change);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].kind == FIELD_LIST)
			strvec_init(list_of(change, &fields[i]));
	return change;
}

void change_free(struct change *change)
{
	if (!change)
		return;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (fields[i].kind == FIELD_TEXT)
			free(*text_of(change, &fields[i]));
		else if (fields[i].kind == FIELD_LIST)
			strvec_release(list_of(change, &fields[i]));
	}
	for (size_t i = 0; i < change->file_count; i++)
		free(change->files[i].path);
	free(change->files);
	free(change);
}

void change_add_file(struct change *change, const char *path, const struct file_state *before,
		     const struct file_state *after)
{
	ARRAY_GROW(change->files, change->file_count, change->file_capacity);
	change->files[change->file_count++] =
		(struct change_file){.path = xstrdup(path), .before = *before, .after = *after};
}

bool change_is_about(const struct change *change, const char *lineage)
{
	return strvec_contains(&change->lineages, lineage);
}

const struct change_file *change_find_file(const struct change *change, const char *path)
{
	for (size_t i = 0; i < change->file_count; i++)
		if (strcmp(change->files[i].path, path) == 0)
			return &change->files[i];
	return NULL;
}

/* ---- Writing ---- */

/* A line ends a value, and nothing else does. */
static void add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || c == '%')
			strbuf_addf(out, "%%%02X", c);
		else
			strbuf_addc(out, *text);
	}
}

static void add_text_line(struct strbuf *out, const char *key, const char *value)
{
	strbuf_addf(out, "%s ", key);
	add_escaped(out, value);
	strbuf_addc(out, '\n');
}

static void add_field(struct strbuf *out, struct change *change, const struct field *field)
{
	const struct strvec *list;

	switch (field->kind) {
	case FIELD_TEXT:
		if (*text_of(change, field))
			add_text_line(out, field->key, *text_of(change, field));
		break;
	case FIELD_NUMBER:
		if (*number_of(change, field))
			strbuf_addf(out, "%s %lld\n", field->key,
				    (long long)*number_of(change, field));
		break;
	case FIELD_LIST:
		list = list_of(change, field);
		for (size_t i = 0; i < list->count; i++)
			add_text_line(out, field->key, list->items[i]);
		break;
	}
}

/* The mode comes first, because its being 0 says that there is no digest. */
static void add_state(struct strbuf *out, const struct file_state *state)
{
	if (state->mode)
		strbuf_addf(out, "%o %s ", state->mode, state->digest);
	else
		strbuf_adds(out, "0 - ");
}

/* FNV-1a. It finds a record that was not written to its end, which is all that happens to one. */
static uint64_t checksum_of(struct span text)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.len; i++)
		sum = (sum ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
	return sum;
}

static void add_end(struct strbuf *out, size_t start, int64_t last)
{
	uint64_t sum = checksum_of(span_make(out->text + start, out->len - start));

	strbuf_addf(out, "end %lld %016llx\n", (long long)last, (unsigned long long)sum);
}

/* The path comes last on its line, since it may have blanks. */
void change_print(const struct change *change, struct strbuf *out)
{
	size_t start = out->len;

	strbuf_addf(out, "change %lld\n", (long long)change->number);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		add_field(out, (struct change *)change, &fields[i]);
	for (size_t i = 0; i < change->file_count; i++) {
		strbuf_adds(out, "file ");
		add_state(out, &change->files[i].before);
		add_state(out, &change->files[i].after);
		add_escaped(out, change->files[i].path);
		strbuf_addc(out, '\n');
	}
	add_end(out, start, change->number);
}

void change_print_outputs(int64_t number, const struct strvec *outputs, int64_t last,
			  struct strbuf *out)
{
	size_t start = out->len;

	strbuf_addf(out, "more %lld\n", (long long)number);
	for (size_t i = 0; i < outputs->count; i++)
		add_text_line(out, "output", outputs->items[i]);
	add_end(out, start, last);
}

void change_print_void(int64_t number, int64_t last, struct strbuf *out)
{
	size_t start = out->len;

	strbuf_addf(out, "void %lld\n", (long long)number);
	add_end(out, start, last);
}

/* ---- Reading ---- */

/* Anything that is not an escape stays: the reader must take any text. "%00" stays too, or a value
 * would end there. */
static char *unescape(struct span value)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!memchr(value.ptr, '%', value.len))
		return span_dup(value);
	for (size_t i = 0; i < value.len; i++) {
		int high = i + 2 < value.len ? ascii_hex_value(value.ptr[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(value.ptr[i + 2]) : -1;

		if (value.ptr[i] != '%' || low < 0 || !(high * 16 + low)) {
			strbuf_addc(&text, value.ptr[i]);
			continue;
		}
		strbuf_addc(&text, (char)(high * 16 + low));
		i += 2;
	}
	return strbuf_detach(&text);
}

/* Digits of that base at the front, and the blank after them. */
static bool take_number(struct span *rest, int base, int64_t *ret_value)
{
	struct span word = {.ptr = NULL};
	uint64_t value = 0;

	if (!span_take_until(rest, ' ', &word) || !word.len || word.len > 20)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		int digit = ascii_hex_value(word.ptr[i]);

		if (digit < 0 || digit >= base ||
		    value > (uint64_t)INT64_MAX / (unsigned)base - (unsigned)base)
			return false;
		value = value * (unsigned)base + (unsigned)digit;
	}
	*ret_value = (int64_t)value;
	return true;
}

/* "100644 HEX ", or "0 - " for none. */
static bool take_state(struct span *rest, struct file_state *ret_state)
{
	struct span digest;
	int64_t mode;

	*ret_state = (struct file_state){.mode = 0};
	if (!take_number(rest, 8, &mode) || mode > 0177777 || !span_take_until(rest, ' ', &digest))
		return false;
	if (!mode)
		return span_eq(digest, "-");
	if (digest.len != FILE_STATE_DIGEST)
		return false;
	for (size_t i = 0; i < digest.len; i++)
		if (ascii_hex_value(digest.ptr[i]) < 0)
			return false;
	ret_state->mode = (unsigned)mode;
	memcpy(ret_state->digest, digest.ptr, digest.len);
	return true;
}

/* A line that is not whole is left out rather than failing the record: the rest may still be
 * listed. */
static void take_file(struct change *change, struct span rest)
{
	struct file_state before, after;
	AUTO_FREE char *path = NULL;

	if (!take_state(&rest, &before) || !take_state(&rest, &after) || !rest.len)
		return;
	path = unescape(rest);
	if (path[0])
		change_add_file(change, path, &before, &after);
}

static void set_field(struct change *change, const struct field *field, struct span value)
{
	int64_t number;

	switch (field->kind) {
	case FIELD_TEXT:
		REPLACE(*text_of(change, field), unescape(value));
		break;
	case FIELD_NUMBER:
		if (take_number(&value, 10, &number))
			*number_of(change, field) = number;
		break;
	case FIELD_LIST:
		strvec_give(list_of(change, field), unescape(value));
		break;
	}
}

static void take_field_line(struct change *change, struct span line, bool is_brief)
{
	struct span key;

	if (!span_take_until(&line, ' ', &key))
		return;
	if (span_eq(key, "file")) {
		if (!is_brief)
			take_file(change, line);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (key.len && key.ptr[0] == fields[i].key[0] && span_eq(key, fields[i].key)) {
			if (!is_brief || !fields[i].is_detail)
				set_field(change, &fields[i], line);
			return;
		}
}

/* "end NUMBER CHECKSUM" */
static bool read_end(struct span line, int64_t *ret_last, uint64_t *ret_sum)
{
	AUTO_FREE char *sum = NULL;
	char *end = NULL;

	if (!line.len || line.ptr[0] != 'e' || !span_skip_prefix(&line, "end ") ||
	    !take_number(&line, 10, ret_last) || line.len != 16)
		return false;
	sum = span_dup(line);
	*ret_sum = strtoull(sum, &end, 16);
	return !*end;
}

/* Takes a line with its end; false: there is none, or it was cut off. */
static bool take_whole_line(struct span *rest, struct span *ret_line)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

	if (!end)
		return false;
	*ret_line = span_make(rest->ptr, (size_t)(end - rest->ptr));
	*rest = span_drop(*rest, ret_line->len + 1);
	return true;
}

static bool opens_record(struct span line)
{
	/* Called for each line; mostly the first letter decides. */
	if (!line.len || !strchr("cmv", line.ptr[0]) || !line.ptr[0])
		return false;
	return span_skip_prefix(&line, "change ") || span_skip_prefix(&line, "more ") ||
	       span_skip_prefix(&line, "void ");
}

/* The next whole record, without its last line. One that a power cut left incomplete is skipped: it
 * ends where the next one begins. */
static bool take_record(struct span *rest, struct span *ret_record, int64_t *ret_last)
{
	const char *start = NULL;
	struct span line;
	uint64_t sum;

	while (take_whole_line(rest, &line)) {
		if (opens_record(line))
			start = line.ptr;
		if (!start || !read_end(line, ret_last, &sum))
			continue;
		*ret_record = span_make(start, (size_t)(line.ptr - start));
		if (checksum_of(*ret_record) == sum)
			return true;
		start = NULL;
	}
	return false;
}

struct change *change_list_find(const struct change_list *list, int64_t number)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->items[low]->number == number ? list->items[low] : NULL;
}

/* A change that is in force undoes the one that it is about; if that one was an undo too, what it
 * had undone is in force again, and so on. */
static void set_in_force(const struct change_list *list, const struct change *change, bool value)
{
	while (change->undoes && change->undoes < change->number) {
		struct change *target = change_list_find(list, change->undoes);

		if (!target)
			return;
		target->undone_by = value ? change->number : 0;
		change = target;
		value = !value;
	}
}

/* Numbers that do not ascend are not ours: change_list_find() relies on it. */
static void add_change(struct change_list *list, int64_t number, struct span lines)
{
	struct change *change;
	struct span line;

	if (list->count && list->items[list->count - 1]->number >= number)
		return;
	change = change_new();
	change->number = number;
	while (take_whole_line(&lines, &line))
		take_field_line(change, line, list->is_brief);
	ARRAY_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] = change;
	set_in_force(list, change, true);
}

/* The record stays in the list, because later ones refer to it by number. */
static void void_change(struct change_list *list, int64_t number)
{
	struct change *change = change_list_find(list, number);

	if (!change || change->is_void)
		return;
	change->is_void = true;
	set_in_force(list, change, false);
}

/* Outputs are written after the change that they follow is on record. */
static void add_output_lines(const struct change_list *list, int64_t number, struct span lines)
{
	struct change *change = list->is_brief ? NULL : change_list_find(list, number);
	struct span line;

	while (change && take_whole_line(&lines, &line))
		if (span_skip_prefix(&line, "output "))
			strvec_give(&change->outputs, unescape(line));
}

static void sort_record(struct change_list *list, struct span record)
{
	struct span line;
	int64_t number;

	if (!take_whole_line(&record, &line))
		return;
	if (span_skip_prefix(&line, "change ") && take_number(&line, 10, &number)) {
		add_change(list, number, record);
		return;
	}
	if (span_skip_prefix(&line, "more ") && take_number(&line, 10, &number))
		add_output_lines(list, number, record);
	else if (span_skip_prefix(&line, "void ") && take_number(&line, 10, &number))
		void_change(list, number);
}

void change_parse(struct span text, struct change_list *ret_list)
{
	struct span record;
	int64_t last = 0;

	while (take_record(&text, &record, &last)) {
		sort_record(ret_list, record);
		if (last > ret_list->last)
			ret_list->last = last;
	}
}

void change_list_release(struct change_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		change_free(list->items[i]);
	free(list->items);
	*list = (struct change_list)CHANGE_LIST_INIT;
}

bool change_last_number(struct span tail, int64_t *ret_number)
{
	size_t start = tail.len ? tail.len - 1 : 0;
	uint64_t sum;

	if (!tail.len || tail.ptr[tail.len - 1] != '\n')
		return false;
	while (start && tail.ptr[start - 1] != '\n')
		start--;
	return read_end(span_make(tail.ptr + start, tail.len - 1 - start), ret_number, &sum);
}
