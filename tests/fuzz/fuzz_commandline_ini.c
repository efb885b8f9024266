/*
 * The input once as a cli.ini file, and once as a command line with a word per line. What parses
 * must survive being saved in a renewal conf and restored from it. Seeds: tests/cases/commandline.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/ini.h"
#include "config/commandline.h"
#include "config/config_files.h"
#include "config/given_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const verbs[] = {"run", "certonly", "renew", NULL};

static void read_as_file(const struct option_table *table, const char *text, size_t len)
{
	AUTO(given_options) struct given_options given = GIVEN_OPTIONS_INIT;
	AUTO(settings) struct settings *settings = settings_new(table);
	AUTO(strvec) struct strvec warnings = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (config_file_read(table, "cli.ini", text, len, &given, &err) == 0 &&
	    given_options_apply(&given, settings, &warnings, &err) == 0)
		return;
	if (!error_is_set(&err))
		abort();
}

/* Saves the settings, and restores what was saved over defaults. */
static void save_and_restore(struct settings *settings)
{
	AUTO(ini) struct ini *ini = ini_new();
	AUTO(ini) struct ini *again = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(settings) struct settings *restored = settings_new(settings_table(settings));

	settings_set_string(settings, "authenticator", "standalone", ORIGIN_RUNTIME);
	settings_save(settings, ini_add_section(ini_root(ini), "renewalparams"));
	ini_print(ini, &text);
	if (ini_parse(text.text, text.len, "conf", &again, &err) < 0 ||
	    settings_restore(restored, ini_find_section(ini_root(again), "renewalparams"), &err) <
		    0)
		abort();
}

static void read_as_words(const struct option_table *table, const char *text)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(commandline) struct commandline commandline = COMMANDLINE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct commandline_input input = {.verbs = verbs, .default_verb = "run"};

	strvec_push(&words, "certbot");
	strvec_split(&words, text, "\n");
	input.argc = (int)words.count;
	input.argv = words.items;
	if (commandline_parse(&input, table, &commandline, &err) < 0 || commandline.help ||
	    commandline.version)
		return;
	if (commandline_check(commandline.verb, commandline.settings, &err) == 0)
		save_and_restore(commandline.settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);

	option_table_init(&table);
	read_as_file(&table, (const char *)bytes, len);
	read_as_words(&table, text);
	return 0;
}
