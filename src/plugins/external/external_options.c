/*
 * Options of external plugins (see external_options.h).
 */
#include "plugins/external/external_options.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/span.h"
#include "config/plugin_names.h"
#include "os/file/secret_file.h"

#define MAX_OPTIONS 64
/* Of the file with a secret (bytes). */
#define MAX_SECRET 65536

/* The names in a row of our own: "--copy-dir", and "dir" in the requests. */
static const char *own_name(const struct plugin *plugin, const struct option *row)
{
	return row->names + strlen("--") + strlen(plugin->name) + strlen("-");
}

/* Secret options are paths here, and their file's content for the plugin. */
static bool is_secret(const struct option *row)
{
	return row->metavar && strcmp(row->metavar, "SECRET_FILE") == 0;
}

static bool is_option_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return len && len < 64 && !name[len] && name[0] != '-';
}

/* A text of the description, made printable; NULL when it is missing. The caller frees it. */
static char *printable_member(const struct json *object, const char *name)
{
	const char *text = json_text(json_member(object, name));
	AUTO(strbuf) struct strbuf printable = STRBUF_INIT;

	if (!text)
		return NULL;
	strbuf_add_printable(&printable, text, strlen(text));
	return strbuf_detach(&printable);
}

/* The row of one declaration, which owns its texts. */
static int read_one(const char *plugin, const struct json *declared, struct option *ret_row,
		    struct error *err)
{
	const char *name = json_text(json_member(declared, "name"));
	bool secret = json_opt_bool(declared, "secret", false);
	bool path = secret || json_opt_bool(declared, "path", false);
	AUTO_FREE char *help = printable_member(declared, "help");
	AUTO_FREE char *prefix = plugin_key_prefix(plugin);
	char *dest;

	if (!name || !is_option_name(name))
		return error_set(
			err, ERR_PLUGIN,
			"the %s plugin declares an option without a usable name (lower-case "
			"letters, digits, '-' and '_')",
			plugin);
	dest = xasprintf("%s%s", prefix, name);
	for (char *c = dest; *c; c++)
		if (*c == '-')
			*c = '_';
	*ret_row = (struct option){
		.dest = dest,
		.names = xasprintf("--%s-%s", plugin, name),
		.type = path ? OPTION_PATH : OPTION_STRING,
		.fallback = secret ? NULL : printable_member(declared, "default"),
		.metavar = secret ? "SECRET_FILE"
			   : path ? "FILE"
				  : "VALUE",
		.topics = "",
		.flags = OPTION_OF_PROGRAM | OPTION_OURS,
		.help = help ? STEAL(help) : xstrdup(""),
	};
	return 0;
}

/* Names that differ in '-' and '_' only would be the same in a renewal conf. */
static int check_unique(const char *plugin, const struct option *rows, size_t count,
			struct error *err)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(rows[i].dest, rows[j].dest) == 0)
				return error_set(err, ERR_PLUGIN,
						 "the %s plugin declares %s twice (as %s, too)",
						 plugin, rows[i].names, rows[j].names);
	return 0;
}

int external_options_read(const char *plugin, const struct json *description,
			  struct option **ret_rows, size_t *ret_count, struct error *err)
{
	const struct json *list = json_member(description, "options");
	size_t count = list ? json_count(list) : 0;
	struct option *rows;

	if (count > MAX_OPTIONS)
		return error_set(err, ERR_PLUGIN, "the %s plugin declares %zu options, at most %d",
				 plugin, count, MAX_OPTIONS);
	rows = xcalloc(count ? count : 1, sizeof(*rows));
	for (size_t i = 0; i < count; i++)
		if (read_one(plugin, json_at(list, i), &rows[i], err) < 0) {
			external_options_free(rows, i);
			return err->code;
		}
	if (check_unique(plugin, rows, count, err) < 0) {
		external_options_free(rows, count);
		return err->code;
	}
	*ret_rows = rows;
	*ret_count = count;
	return 0;
}

void external_options_free(struct option *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((char *)rows[i].dest);
		free((char *)rows[i].names);
		free((char *)rows[i].fallback);
		free((char *)rows[i].help);
	}
	free(rows);
}

static int read_secret(const struct option *row, const char *path, struct secret *ret_secret,
		       struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	struct span trimmed;

	if (secret_file_read(path, MAX_SECRET, &text, err) < 0) {
		error_recode(err, ERR_CONFIG);
		return error_wrap(err, "%s", row->names);
	}
	trimmed = span_trim(span_make(secret_peek(&text), text.len));
	if (!trimmed.len) {
		error_set(err, ERR_CONFIG, "%s: the file '%s' is empty", row->names, path);
		return error_hint(err, "write the secret into it, as the plugin's help says");
	}
	secret_set(ret_secret, trimmed.ptr, trimmed.len);
	return 0;
}

/* A secret may have several lines, and the log shows them one by one. */
static void mask_lines(const struct secret *secret, struct strvec *ret_masked)
{
	strvec_push(ret_masked, secret_peek(secret));
	if (strchr(secret_peek(secret), '\n'))
		strvec_split(ret_masked, secret_peek(secret), "\n");
}

static int set_declared(const struct plugin *plugin, const struct option *row,
			const struct settings *settings, struct json *options,
			struct strvec *ret_masked, struct error *err)
{
	const char *given = settings_program_option(settings, row->dest);
	const char *value = given ? given : row->fallback;
	AUTO(secret) struct secret secret = SECRET_INIT;

	if (!value)
		return 0;
	if (is_secret(row)) {
		if (read_secret(row, value, &secret, err) < 0)
			return err->code;
		mask_lines(&secret, ret_masked);
		value = secret_peek(&secret);
	}
	/* --plugin-option is weaker than an option of its own, stronger than a default. */
	if (given || !json_member(options, own_name(plugin, row)))
		json_set_string(options, own_name(plugin, row), value);
	return 0;
}

static const struct option *find_declared(const struct plugin *plugin, const char *name)
{
	for (size_t i = 0; i < plugin->option_count; i++)
		if (strcmp(own_name(plugin, &plugin->options[i]), name) == 0)
			return &plugin->options[i];
	return NULL;
}

/* One NAME=VALUE item of --plugin-option; the value is "" without "=". */
static int set_item(const struct plugin *plugin, const char *item, struct json *options,
		    struct strvec *ret_masked, struct error *err)
{
	struct span rest = span_of(item), name = span_of("");
	const struct option *declared;
	AUTO_FREE char *key = NULL;

	span_take_until(&rest, '=', &name);
	key = span_dup(name);
	declared = find_declared(plugin, key);
	if (declared && is_secret(declared))
		return error_set(err, ERR_CONFIG,
				 "'%s' of the %s plugin is secret and cannot be given with "
				 "--plugin-option: write it to a file and use %s FILE",
				 key, plugin->name, declared->names);
	json_set_string(options, key, rest.len ? rest.ptr : "");
	/* A value that is not declared may well be a password. */
	if (!declared && rest.len)
		strvec_push(ret_masked, rest.ptr);
	return 0;
}

int external_options_values(const struct plugin *plugin, const struct settings *settings,
			    struct json **ret_options, struct strvec *ret_masked, struct error *err)
{
	const struct strvec *items = settings_list(settings, "plugin_options");
	AUTO(json) struct json *options = json_object_new();

	for (size_t i = 0; i < items->count; i++)
		if (set_item(plugin, items->items[i], options, ret_masked, err) < 0)
			return err->code;
	for (size_t i = 0; i < plugin->option_count; i++)
		if (set_declared(plugin, &plugin->options[i], settings, options, ret_masked, err) <
		    0)
			return err->code;
	*ret_options = STEAL(options);
	return 0;
}
