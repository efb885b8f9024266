/*
 * The command line parser and the renewal conf's part of settings as a filter for
 * tests/diff/test_commandline.py: one JSON object per line in, one out.
 *
 * In: {"argv": [words], "files": [paths of cli.ini files], "conf": text of a renewal conf to
 * restore from, or null}.
 * Out: {"status": 1 or 2, "error": text, "hint": text}, or {"verb", "help", "topic", "version",
 * "warnings", "values": {dest: {"value", "origin", "set"}}, "saved": the conf with [renewalparams]
 * as it would be written}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/ini.h"
#include "codec/json.h"
#include "config/commandline.h"
#include "settings_json.h"

static const char *const verbs[] = {
	"run",	    "everything",     "certonly",	"auth",	      "renew",	     "install",
	"enhance",  "certificates",   "reconfigure",	"delete",     "revoke",	     "register",
	"rollback", "update_account", "show_account",	"unregister", "plugins",     "config_changes",
	"update_symlinks", NULL,
};

static const char *resolve(const char *verb)
{
	if (strcmp(verb, "auth") == 0)
		return "certonly";
	return strcmp(verb, "everything") == 0 ? "run" : verb;
}

static void fail_bad_input(const char *why)
{
	fprintf(stderr, "settings_dump: %s\n", why);
	exit(3);
}

static void read_strings(const struct json *request, const char *member, struct strvec *ret)
{
	const struct json *list = json_member(request, member);

	for (size_t i = 0; list && i < json_count(list); i++)
		strvec_push(ret, json_text(json_at(list, i)));
}

static void report_error(struct json *answer, const struct error *err)
{
	json_set_int(answer, "status", err->code == ERR_USAGE ? 2 : 1);
	json_set_string(answer, "error", err->text);
	if (err->hint)
		json_set_string(answer, "hint", err->hint);
}

static void report_values(struct json *answer, const struct settings *settings)
{
	const struct option_table *table = settings_table(settings);
	struct json *values = json_object_new();

	for (size_t i = 0; i < table->by_dest.count; i++) {
		const struct option *option = table->by_dest.entries[i].value;
		struct json *value = json_object_new();

		settings_json_set(value, "value", settings, option);
		json_set_string(value, "origin",
				origin_name(settings_origin(settings, option->dest)));
		json_set_bool(value, "set", settings_is_set_by_user(settings, option->dest));
		json_set(values, option->dest, value);
	}
	json_set(answer, "values", values);
}

/* Restores from the conf, if there is one, and writes into it. */
static int report_saved(struct json *answer, struct settings *settings, const char *conf,
			struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(ini) struct ini *ini = ini_new();
	struct ini_section *section;

	if (conf) {
		ini_free(STEAL(ini));
		if (ini_parse(conf, strlen(conf), "conf", &ini, err) < 0)
			return err->code;
	}
	section = ini_add_section(ini_root(ini), "renewalparams");
	if (conf && settings_restore(settings, section, err) < 0)
		return err->code;
	settings_save(settings, section);
	ini_print(ini, &text);
	json_set_string(answer, "saved", text.text);
	return 0;
}

static int answer_request(const struct json *request, const struct option_table *table,
			  struct json *answer, struct error *err)
{
	AUTO(commandline) struct commandline commandline = COMMANDLINE_INIT;
	AUTO(strvec) struct strvec argv = STRVEC_INIT;
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	struct commandline_input input = {.verbs = verbs, .default_verb = "run"};
	struct json *conf = json_member(request, "conf");

	strvec_push(&argv, "certbot");
	read_strings(request, "argv", &argv);
	read_strings(request, "files", &files);
	input.argc = (int)argv.count;
	input.argv = argv.items;
	input.config_files = (const char *const *)files.items;
	if (commandline_parse(&input, table, &commandline, err) < 0)
		return err->code;
	json_set_bool(answer, "help", commandline.help);
	json_set_bool(answer, "version", commandline.version);
	if (commandline.topic)
		json_set_string(answer, "topic", commandline.topic);
	json_set_string(answer, "verb", resolve(commandline.verb));
	json_set_int(answer, "warnings", (int64_t)commandline.warnings.count);
	if (!commandline.help && !commandline.version &&
	    commandline_check(resolve(commandline.verb), commandline.settings, err) < 0)
		return err->code;
	if (report_saved(answer, commandline.settings, json_text(conf), err) < 0)
		return err->code;
	report_values(answer, commandline.settings);
	return 0;
}

static void answer_line(const char *line, const struct option_table *table)
{
	AUTO(json) struct json *request = NULL;
	AUTO(json) struct json *answer = json_object_new();
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (json_parse(line, strlen(line), "request", &request, &err) < 0)
		fail_bad_input(err.text);
	if (answer_request(request, table, answer, &err) < 0)
		report_error(answer, &err);
	json_print(answer, JSON_COMPACT, &text);
	puts(text.text);
	fflush(stdout);
}

int main(void)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};
	char *line = NULL;
	size_t capacity = 0;

	sample_table_init(&table);
	while (getline(&line, &capacity, stdin) > 0)
		answer_line(line, &table);
	free(line);
	return 0;
}
