/*
 * JSON (see json.h) over jansson, whose nodes are our struct json. Jansson parses, with its strict
 * flags; we print, because Certbot's files use Python's spelling of escapes and reals. Strings that
 * we make are always UTF-8: invalid bytes are replaced, not refused.
 */
#include <jansson.h>

/* jansson's macros of these names would hide what json.h declares. */
#undef JSON_COMPACT
#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_null

#include "codec/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include "codec/datetime.h"
#include "codec/json_parts.h"

/* The library does not use const; nothing below changes what it was given as const. */
static json_t *node_of(const struct json *json)
{
	return (json_t *)json;
}

static struct json *json_of(json_t *node)
{
	return (struct json *)node;
}

/* Nesting is counted before the parser recurses over it. Brackets in strings do not count.
 * jansson's own limit of 2048 levels is more than a thread with a small stack can take. */
static bool is_too_deep(const char *text, size_t len)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		else if (!in_string && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!in_string && (text[i] == '}' || text[i] == ']'))
			depth--;
		if (depth > JSON_MAX_DEPTH)
			return true;
	}
	return false;
}

int json_parse(const char *text, size_t len, const char *what, struct json **ret_json,
	       struct error *err)
{
	AUTO(strbuf) struct strbuf reason = STRBUF_INIT;
	json_error_t failure;
	json_t *node;

	/* A byte order mark may be passed over (RFC 8259 section 8.1); Certbot reads it, too. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (is_too_deep(text, len))
		return error_set(err, ERR_PARSE, "cannot read %s: nested deeper than %d levels",
				 what, JSON_MAX_DEPTH);
	/* Duplicates are refused because readers disagree about which one counts. */
	node = json_loadb(text, len, JSON_REJECT_DUPLICATES, &failure);
	if (!node) {
		/* The library quotes from the text, which may come from a peer. */
		strbuf_add_printable(&reason, failure.text, strlen(failure.text));
		return error_set(err, ERR_PARSE, "cannot read %s: line %d column %d: %s", what,
				 failure.line, failure.column, reason.text);
	}
	*ret_json = json_of(node);
	return 0;
}

struct json *json_share(struct json *json)
{
	return json_of(json_incref(node_of(json)));
}

void json_free(struct json *json)
{
	json_decref(node_of(json));
}

static bool has_type(const struct json *json, json_type type)
{
	return json && json_typeof(node_of(json)) == type;
}

bool json_is_object(const struct json *json)
{
	return has_type(json, JSON_OBJECT);
}

bool json_is_array(const struct json *json)
{
	return has_type(json, JSON_ARRAY);
}

bool json_is_string(const struct json *json)
{
	return has_type(json, JSON_STRING);
}

bool json_is_null(const struct json *json)
{
	return has_type(json, JSON_NULL);
}

struct json *json_member(const struct json *object, const char *name)
{
	return json_of(json_object_get(node_of(object), name));
}

size_t json_count(const struct json *json)
{
	return json_is_array(json) ? json_array_size(node_of(json))
				   : json_object_size(node_of(json));
}

struct json *json_at(const struct json *array, size_t index)
{
	return json_of(json_array_get(node_of(array), index));
}

/* jansson keeps members in the order of insertion but has no access by index, so this walks.
 * Objects whose names are listed are small. */
const char *json_member_name(const struct json *object, size_t index)
{
	void *at = json_object_iter(node_of(object));

	while (at && index--)
		at = json_object_iter_next(node_of(object), at);
	return at ? json_object_iter_key(at) : NULL;
}

const char *json_text(const struct json *string)
{
	return json_is_string(string) ? json_string_value(node_of(string)) : NULL;
}

/* Many write ids and codes as either, and some as both. */
char *json_plain(const struct json *value)
{
	int64_t number;

	if (value && json_int(value, &number))
		return xasprintf("%" PRId64, number);
	return value && json_text(value) ? xstrdup(json_text(value)) : NULL;
}

/* A real is not an integer, even without a fraction. */
bool json_int(const struct json *number, int64_t *ret_value)
{
	if (!has_type(number, JSON_INTEGER))
		return false;
	*ret_value = json_integer_value(node_of(number));
	return true;
}

bool json_bool(const struct json *boolean, bool *ret_value)
{
	if (!has_type(boolean, JSON_TRUE) && !has_type(boolean, JSON_FALSE))
		return false;
	*ret_value = has_type(boolean, JSON_TRUE);
	return true;
}

/* jansson's macro evaluates its argument several times, hence the variable. */
bool json_number(const struct json *number, double *ret_value)
{
	const json_t *node = node_of(number);

	if (!json_is_number(node))
		return false;
	*ret_value = json_number_value(node);
	return true;
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	BUG("unknown JSON type %d", (int)type);
}

/* The member of that type, or NULL with the error set. */
static struct json *typed_member(const struct json *object, const char *what, const char *name,
				 json_type type, struct error *err)
{
	struct json *member = json_member(object, name);

	if (has_type(member, type))
		return member;
	error_set(err, ERR_PARSE, "%s.%s: expected %s%s", what, name, type_name(type),
		  member ? "" : ", found nothing");
	return NULL;
}

int json_get_string(const struct json *object, const char *what, const char *name,
		    const char **ret_text, struct error *err)
{
	struct json *member = typed_member(object, what, name, JSON_STRING, err);

	if (!member)
		return err->code;
	*ret_text = json_text(member);
	return 0;
}

int json_get_array(const struct json *object, const char *what, const char *name,
		   struct json **ret_array, struct error *err)
{
	struct json *member = typed_member(object, what, name, JSON_ARRAY, err);

	if (!member)
		return err->code;
	*ret_array = member;
	return 0;
}

int json_get_object(const struct json *object, const char *what, const char *name,
		    struct json **ret_object, struct error *err)
{
	struct json *member = typed_member(object, what, name, JSON_OBJECT, err);

	if (!member)
		return err->code;
	*ret_object = member;
	return 0;
}

int json_opt_string(const struct json *object, const char *what, const char *name,
		    const char **ret_text, struct error *err)
{
	const struct json *member = json_member(object, name);

	if (member && !json_is_null(member))
		return json_get_string(object, what, name, ret_text, err);
	*ret_text = NULL;
	return 0;
}

/* A wrong type gives the fallback and not an error: optional booleans are hints. */
bool json_opt_bool(const struct json *object, const char *name, bool fallback)
{
	bool value = fallback;

	json_bool(json_member(object, name), &value);
	return value;
}

/* A node is never NULL: the library gives that only when memory is out. */
static json_t *made(json_t *node)
{
	if (!node)
		BUG("cannot make a JSON node");
	return node;
}

/* These calls fail only when memory is out or the node has another type, and both are our
 * mistakes. */
static void must(int rc)
{
	if (rc < 0)
		BUG("cannot change this JSON node");
}

/* Copy of the text with U+FFFD in place of every byte that is not UTF-8. */
static char *to_utf8(const char *text)
{
	AUTO(strbuf) struct strbuf valid = STRBUF_INIT;
	size_t len = strlen(text);
	uint32_t code_point;

	while (len) {
		size_t width = utf8_decode(text, len, &code_point);

		if (width)
			strbuf_add(&valid, text, width);
		else
			strbuf_adds(&valid, "\xef\xbf\xbd");
		text += width ? width : 1;
		len -= width ? width : 1;
	}
	return strbuf_detach(&valid);
}

struct json *json_object_new(void)
{
	return json_of(made(json_object()));
}

struct json *json_array_new(void)
{
	return json_of(made(json_array()));
}

struct json *json_strings_new(const struct strvec *texts)
{
	struct json *array = json_array_new();

	for (size_t i = 0; i < texts->count; i++)
		json_push_string(array, texts->items[i]);
	return array;
}

/* Replaced rather than refused: the texts are for records and messages, and losing a byte beats
 * losing the record. */
struct json *json_string_new(const char *text)
{
	AUTO_FREE char *valid = to_utf8(text);

	return json_of(made(json_string(valid)));
}

void json_set(struct json *object, const char *name, struct json *own_value)
{
	AUTO_FREE char *valid = to_utf8(name);

	must(json_object_set_new(node_of(object), valid, node_of(own_value)));
}

void json_set_string(struct json *object, const char *name, const char *text)
{
	json_set(object, name, json_string_new(text));
}

void json_set_int(struct json *object, const char *name, int64_t value)
{
	json_set(object, name, json_of(made(json_integer(value))));
}

/* Booleans and null are static objects of the library, so made() has nothing to check. */
void json_set_bool(struct json *object, const char *name, bool value)
{
	json_set(object, name, json_of(json_boolean(value)));
}

void json_set_text(struct json *object, const char *name, const char *text)
{
	if (text)
		json_set_string(object, name, text);
	else
		json_set(object, name, json_of(json_null()));
}

void json_set_time(struct json *object, const char *name, int64_t seconds)
{
	AUTO_FREE char *text = seconds ? datetime_rfc3339(seconds) : NULL;

	json_set_text(object, name, text);
}

void json_set_real(struct json *object, const char *name, double value)
{
	json_set(object, name, json_of(made(json_real(value))));
}

void json_remove(struct json *object, const char *name)
{
	json_object_del(node_of(object), name);
}

void json_push(struct json *array, struct json *own_value)
{
	must(json_array_append_new(node_of(array), node_of(own_value)));
}

void json_push_string(struct json *array, const char *text)
{
	json_push(array, json_string_new(text));
}

void json_push_int(struct json *array, int64_t value)
{
	json_push(array, json_of(made(json_integer(value))));
}

void json_remove_at(struct json *array, size_t index)
{
	must(json_array_remove(node_of(array), index));
}

/* The library's own printer escapes other characters than Python's, and would make unchanged files
 * differ from Certbot's. */
struct printer {
	struct strbuf *out;
	enum json_style style;
	int depth;
};

static void print_node(struct printer *printer, const json_t *node);

/* As a surrogate pair beyond the first plane (RFC 8259 section 7). */
static void print_code_point(struct strbuf *out, uint32_t code_point)
{
	if (code_point < 0x10000) {
		strbuf_addf(out, "\\u%04" PRIx32, code_point);
		return;
	}
	code_point -= 0x10000;
	strbuf_addf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 | code_point >> 10,
		    0xdc00 | (code_point & 0x3ff));
}

/* The letter of a two-character escape, or 0. '/' is not escaped, as in Python. */
static char short_escape(char c)
{
	static const char escaped[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *found = c ? strchr(escaped, c) : NULL;

	return found ? letters[found - escaped] : '\0';
}

/* How many bytes at the front stand for themselves in all styles: nearly all of most texts. */
static size_t plain_run(const char *text, size_t len)
{
	size_t run = 0;

	while (run < len && text[run] >= ' ' && text[run] <= '~' && text[run] != '"' &&
	       text[run] != '\\')
		run++;
	return run;
}

/* Prints one character and returns how many bytes it has. For Python's json module ASCII ends at
 * '~': it escapes 0x7f as well. */
static size_t print_character(struct printer *printer, const char *text, size_t len)
{
	uint32_t code_point = 0;
	size_t width = utf8_decode(text, len, &code_point);
	char letter = short_escape(text[0]);

	if (!width)
		BUG("JSON text is not UTF-8");
	if (letter)
		strbuf_addf(printer->out, "\\%c", letter);
	else if (code_point < 0x20 || (printer->style == JSON_PYTHON && code_point > 0x7e))
		print_code_point(printer->out, code_point);
	else
		strbuf_add(printer->out, text, width);
	return width;
}

static void print_string(struct printer *printer, const char *text)
{
	size_t len = strlen(text);

	strbuf_addc(printer->out, '"');
	while (len) {
		size_t width = plain_run(text, len);

		if (width)
			strbuf_add(printer->out, text, width);
		else
			width = print_character(printer, text, len);
		text += width;
		len -= width;
	}
	strbuf_addc(printer->out, '"');
}

/* The fewest digits that read back as the same number; `ret_exponent` is that of the first. */
static char *shortest_digits(double value, int *ret_exponent)
{
	for (int precision = 0;; precision++) {
		AUTO_FREE char *text = xasprintf("%.*e", precision, value);
		char *exponent = strchr(text, 'e');
		AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

		if (precision < 17 && strtod(text, NULL) != value)
			continue;
		/* Only digits: the decimal point is the locale's. */
		for (const char *c = text; c < exponent; c++)
			if (ascii_is_digit(*c))
				strbuf_addc(&digits, *c);
		*ret_exponent = (int)strtol(exponent + 1, NULL, 10);
		return strbuf_detach(&digits);
	}
}

/* As Python's repr(): exponents only below 1e-4 and from 1e16, else always a decimal point. */
static void print_real(struct strbuf *out, double value)
{
	int exponent;
	AUTO_FREE char *digits = shortest_digits(value < 0 ? -value : value, &exponent);
	int count = (int)strlen(digits);

	if (value < 0)
		strbuf_addc(out, '-');
	if (exponent < -4 || exponent >= 16) {
		strbuf_addf(out, "%c%s%se%c%02d", digits[0], count > 1 ? "." : "", digits + 1,
			    exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (exponent < 0)
		strbuf_addf(out, "0.%.*s%s", -exponent - 1, "000", digits);
	else if (count <= exponent + 1)
		strbuf_addf(out, "%s%.*s.0", digits, exponent + 1 - count, "000000000000000");
	else
		strbuf_addf(out, "%.*s.%s", exponent + 1, digits, digits + exponent + 1);
}

static void print_line_start(struct printer *printer)
{
	strbuf_addc(printer->out, '\n');
	for (int i = 0; i < printer->depth; i++)
		strbuf_adds(printer->out, "  ");
}

/* Prints the separator before the index-th element. */
static void print_separator(struct printer *printer, size_t index)
{
	if (index)
		strbuf_addc(printer->out, ',');
	if (printer->style == JSON_PRETTY)
		print_line_start(printer);
	else if (index && printer->style == JSON_PYTHON)
		strbuf_addc(printer->out, ' ');
}

static void print_end(struct printer *printer, size_t count, char bracket)
{
	if (count && printer->style == JSON_PRETTY)
		print_line_start(printer);
	strbuf_addc(printer->out, bracket);
}

static void print_object(struct printer *printer, json_t *object)
{
	size_t index = 0;

	strbuf_addc(printer->out, '{');
	printer->depth++;
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		print_separator(printer, index++);
		print_string(printer, json_object_iter_key(at));
		strbuf_adds(printer->out, printer->style == JSON_COMPACT ? ":" : ": ");
		print_node(printer, json_object_iter_value(at));
	}
	printer->depth--;
	print_end(printer, index, '}');
}

static void print_array(struct printer *printer, const json_t *array)
{
	size_t count = json_array_size(array);

	strbuf_addc(printer->out, '[');
	printer->depth++;
	for (size_t i = 0; i < count; i++) {
		print_separator(printer, i);
		print_node(printer, json_array_get(array, i));
	}
	printer->depth--;
	print_end(printer, count, ']');
}

static void print_node(struct printer *printer, const json_t *node)
{
	switch (json_typeof(node)) {
	case JSON_OBJECT:
		print_object(printer, (json_t *)node);
		break;
	case JSON_ARRAY:
		print_array(printer, node);
		break;
	case JSON_STRING:
		print_string(printer, json_string_value(node));
		break;
	case JSON_INTEGER:
		strbuf_addf(printer->out, "%" JSON_INTEGER_FORMAT, json_integer_value(node));
		break;
	case JSON_REAL:
		print_real(printer->out, json_real_value(node));
		break;
	case JSON_TRUE:
		strbuf_adds(printer->out, "true");
		break;
	case JSON_FALSE:
		strbuf_adds(printer->out, "false");
		break;
	case JSON_NULL:
		strbuf_adds(printer->out, "null");
		break;
	}
}

void json_print(const struct json *json, enum json_style style, struct strbuf *out)
{
	struct printer printer = {.out = out, .style = style};

	print_node(&printer, node_of(json));
}

void json_print_inside(const struct json *json, int depth, struct strbuf *out)
{
	struct printer printer = {.out = out, .style = JSON_PRETTY, .depth = depth};

	print_node(&printer, node_of(json));
}
