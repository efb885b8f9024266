/*
 * The INI reader and writer as a filter for tests/diff/test_configobj.py: one JSON object per line
 * in, one out.
 *
 * In: {"text": document, "changes": [[verb, [section, ...], name, value], ...]} with the verbs
 * "set" (value: string or list), "remove", "add-section" and "remove-section".
 * Out: {"error": text}, or {"tree": {"keys": [[key, value], ...], "sections": [[name, tree], ...]},
 * "done": [for each "set": whether it could be expressed], "text": the printed document}.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/ini.h"
#include "codec/json.h"

static void push_value(struct json *pair, const struct ini_section *section, const char *key)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *text = NULL;
	struct json *list;

	if (!ini_is_list(section, key)) {
		if (ini_get(section, key, &text, &err) < 0)
			json_push(pair, json_object_new());
		else
			json_push_string(pair, text);
		return;
	}
	if (ini_get_list(section, key, &items, &err) < 0) {
		json_push(pair, json_object_new());
		return;
	}
	list = json_array_new();
	for (size_t i = 0; i < items.count; i++)
		json_push_string(list, items.items[i]);
	json_push(pair, list);
}

static struct json *tree_of(const struct ini_section *section)
{
	struct json *tree = json_object_new();
	struct json *keys = json_array_new(), *sections = json_array_new();

	for (size_t i = 0; i < ini_key_count(section); i++) {
		struct json *pair = json_array_new();

		json_push_string(pair, ini_key_at(section, i));
		push_value(pair, section, ini_key_at(section, i));
		json_push(keys, pair);
	}
	for (size_t i = 0; i < ini_section_count(section); i++) {
		const struct ini_section *child = ini_section_at(section, i);
		struct json *pair = json_array_new();

		json_push_string(pair, ini_section_name(child));
		json_push(pair, tree_of(child));
		json_push(sections, pair);
	}
	json_set(tree, "keys", keys);
	json_set(tree, "sections", sections);
	return tree;
}

static bool set_value(struct ini_section *section, const char *key, const struct json *value)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;

	if (json_is_string(value))
		return ini_set(section, key, json_text(value));
	for (size_t i = 0; i < json_count(value); i++)
		strvec_push(&items, json_text(json_at(value, i)));
	return ini_set_list(section, key, &items);
}

static bool change(struct ini *ini, const struct json *step)
{
	const char *verb = json_text(json_at(step, 0));
	const struct json *path = json_at(step, 1);
	const char *name = json_text(json_at(step, 2));
	struct ini_section *section = ini_root(ini);

	for (size_t i = 0; i < json_count(path); i++)
		section = ini_add_section(section, json_text(json_at(path, i)));
	if (strcmp(verb, "set") == 0)
		return set_value(section, name, json_at(step, 3));
	if (strcmp(verb, "remove") == 0)
		ini_remove(section, name);
	else if (strcmp(verb, "add-section") == 0)
		ini_add_section(section, name);
	else if (strcmp(verb, "remove-section") == 0)
		ini_remove_section(section, name);
	else
		BUG("unknown verb '%s'", verb);
	return true;
}

static void answer(const struct json *request, struct json *reply)
{
	const char *text = json_text(json_member(request, "text"));
	const struct json *changes = json_member(request, "changes");
	AUTO(ini) struct ini *ini = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf printed = STRBUF_INIT;
	struct json *done;

	if (ini_parse(text, strlen(text), "document", &ini, &err) < 0) {
		json_set_string(reply, "error", err.text);
		return;
	}
	done = json_object_new();
	for (size_t i = 0; i < json_count(changes); i++) {
		AUTO_FREE char *index = xasprintf("%zu", i);

		json_set_bool(done, index, change(ini, json_at(changes, i)));
	}
	json_set(reply, "done", done);
	json_set(reply, "tree", tree_of(ini_root(ini)));
	ini_print(ini, &printed);
	json_set_string(reply, "text", printed.text);
}

int main(void)
{
	AUTO_FREE char *line = NULL;
	size_t capacity = 0;
	ssize_t len;

	while ((len = getline(&line, &capacity, stdin)) > 0) {
		AUTO(json) struct json *request = NULL;
		AUTO(json) struct json *reply = json_object_new();
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;

		if (json_parse(line, (size_t)len, "request", &request, &err) < 0) {
			fprintf(stderr, "ini_dump: %s\n", err.text);
			return 1;
		}
		answer(request, reply);
		json_print(reply, JSON_PYTHON, &out);
		puts(out.text);
		fflush(stdout);
	}
	return 0;
}
