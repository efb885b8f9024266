/*
 * Variables and saved values (see acmesh_values.h).
 */
#include "dns/providers/acmesh/acmesh_values.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strvec.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "os/file/file.h"

enum {
	MAX_SAVED = 4 * 1024 * 1024,
	MAX_VALUE = 256 * 1024,
};

bool acmesh_is_variable(const char *name)
{
	if (!name[0] || ascii_is_digit(name[0]))
		return false;
	for (const char *c = name; *c; c++)
		if (!ascii_is_alnum(*c) && *c != '_')
			return false;
	return true;
}

/* Takes the quotes off; false: one is missing. */
static bool unquote(struct span *value)
{
	char quote = value->len ? value->ptr[0] : '\0';

	if (quote != '\'' && quote != '"')
		return true;
	if (value->len < 2 || value->ptr[value->len - 1] != quote)
		return false;
	*value = span_make(value->ptr + 1, value->len - 2);
	return true;
}

/* False: it is neither a comment nor NAME=value. */
static bool take_variable(struct span line, struct map *values)
{
	AUTO_FREE char *name = NULL;
	const char *equals;
	struct span value;

	line = span_trim(line);
	if (!line.len || line.ptr[0] == '#' || line.ptr[0] == ';')
		return true;
	if (line.len > strlen("export ") && strncmp(line.ptr, "export ", strlen("export ")) == 0)
		line = span_trim(
			span_make(line.ptr + strlen("export "), line.len - strlen("export ")));
	equals = memchr(line.ptr, '=', line.len);
	if (!equals)
		return false;
	value = span_trim(span_make(equals + 1, line.len - (size_t)(equals + 1 - line.ptr)));
	line = span_trim(span_make(line.ptr, (size_t)(equals - line.ptr)));
	name = xstrndup(line.ptr, line.len);
	if (!acmesh_is_variable(name) || !unquote(&value))
		return false;
	map_set(values, name, xstrndup(value.ptr, value.len));
	return true;
}

int acmesh_read_variables(const char *text, const char *path, struct map *ret_values,
			  struct error *err)
{
	for (size_t number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");

		if (!take_variable(span_make(text, len), ret_values))
			return error_set(err, ERR_CONFIG,
					 "%s: line %zu is not NAME=value, where NAME is a variable "
					 "that the script reads",
					 path, number);
		text += len + (text[len] == '\n');
	}
	return 0;
}

int acmesh_load(const char *path, struct json **ret_saved, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	int rc;

	if (file_read(path, MAX_SAVED, &text, &failed) == ERR_NOT_FOUND) {
		*ret_saved = json_object_new();
		return 0;
	}
	if (error_is_set(&failed))
		return error_move(err, &failed);
	rc = json_parse(text.text, text.len, path, ret_saved, err);
	secret_wipe(text.text, text.len);
	if (rc == 0 && json_is_object(*ret_saved))
		return 0;
	if (rc == 0)
		error_set(err, ERR_CONFIG, "%s: expected an object", path);
	error_recode(err, ERR_CONFIG);
	return error_hint(err,
			  "%s has what DNS scripts have saved; if you move it away, they start "
			  "from the credentials file again",
			  path);
}

/* A name that stays in its folder. */
static bool is_file_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/');
}

static void pick_values(const struct json *object, struct map *values)
{
	for (size_t i = 0; json_is_object(object) && i < json_count(object); i++) {
		const char *name = json_member_name(object, i);
		const char *text = json_text(json_member(object, name));

		if (text && is_file_name(name))
			map_set(values, name, xstrdup(text));
	}
}

void acmesh_pick(const struct json *saved, const char *account, const char *domain,
		 struct map *values)
{
	const struct json *mine = json_member(saved, account);

	if (domain)
		pick_values(json_member(json_member(mine, "domains"), domain), values);
	else
		pick_values(json_member(mine, "account"), values);
}

/* The member, which is made if there is no such object. */
static struct json *object_in(struct json *parent, const char *name)
{
	if (!json_is_object(json_member(parent, name)))
		json_set(parent, name, json_object_new());
	return json_member(parent, name);
}

static bool has_exactly(const struct json *object, const struct map *values)
{
	if (json_count(object) != values->count)
		return false;
	for (size_t i = 0; i < values->count; i++) {
		const char *text = json_text(json_member(object, values->entries[i].key));

		if (!text || strcmp(text, values->entries[i].value) != 0)
			return false;
	}
	return true;
}

bool acmesh_put(struct json *saved, const char *account, const char *domain,
		const struct map *values)
{
	struct json *mine = object_in(saved, account);
	struct json *parent = domain ? object_in(mine, "domains") : mine;
	const char *name = domain ? domain : "account";
	struct json *fresh;

	if (has_exactly(json_member(parent, name), values))
		return false;
	fresh = json_object_new();
	for (size_t i = 0; i < values->count; i++)
		json_set_string(fresh, values->entries[i].key, values->entries[i].value);
	json_set(parent, name, fresh);
	return true;
}

int acmesh_write_values(const char *folder, const struct map *values, struct error *err)
{
	static const struct file_attributes attributes = {.mode = 0600};

	if (dir_make(folder, 0700, err) < 0)
		return err->code;
	for (size_t i = 0; i < values->count; i++) {
		const char *text = values->entries[i].value;
		AUTO_FREE char *path = path_join(folder, values->entries[i].key);

		if (file_create(path, text, strlen(text), &attributes, err) < 0)
			return err->code;
	}
	return 0;
}

static int read_value(const char *folder, const char *name, struct map *values, struct error *err)
{
	AUTO_FREE char *path = path_join(folder, name);
	struct strbuf text = STRBUF_INIT;
	int rc = file_read(path, MAX_VALUE, &text, err);

	if (rc == 0 && utf8_is_valid(text.text, text.len) && utf8_is_valid(name, strlen(name))) {
		map_set(values, name, strbuf_detach(&text));
		return 0;
	}
	strbuf_release(&text);
	return rc < 0 ? rc
		      : error_set(err, ERR_PLUGIN,
				  "what the script saved as '%s' is not UTF-8 text", name);
}

int acmesh_read_values(const char *folder, struct map *ret_values, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (dir_list(folder, "", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		if (read_value(folder, names.items[i], ret_values, err) < 0)
			return err->code;
	return 0;
}
