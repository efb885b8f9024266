/*
 * Command lines and cli.ini files. What becomes of options is tested by the folders of
 * tests/cases/commandline: `input` has one word per line, `cli.ini` and `user.ini` are the default
 * files, "@DIR@" stands for the folder. `expected` is the subcommand, what it warns of, and one
 * JSON object per value that is not the default; `error` is the kind of error, text and hint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "config/commandline.h"
#include "os/file/file.h"
#include "settings_json.h"

static const char *const verbs[] = {"run",           "certonly", "auth",   "renew",
				    "everything",    "register", "revoke", "plugins",
				    "plugins-check", NULL};

struct parsed {
	struct option_table table;
	struct commandline commandline;
	struct error err;
};

static void parsed_release(struct parsed *parsed)
{
	commandline_release(&parsed->commandline);
	error_release(&parsed->err);
	option_table_release(&parsed->table);
}
DEFINE_AUTO(parsed, parsed_release);

/* `plugins` takes two words here: a server and an account. `revoke` takes any number of names. */
static const char *operands_of(const char *verb)
{
	if (strcmp(verb, "revoke") == 0)
		return "fleet_name...";
	return strcmp(verb, "plugins") == 0 ? "server account" : NULL;
}

static int parse_words(struct parsed *parsed, const struct strvec *words,
		       const struct strvec *files)
{
	struct commandline_input input = {
		.verbs = verbs, .default_verb = "run", .operands_of = operands_of};

	*parsed = (struct parsed){.commandline = COMMANDLINE_INIT};
	sample_table_init(&parsed->table);
	input.argc = (int)words->count;
	input.argv = words->items;
	input.config_files = (const char *const *)files->items;
	return commandline_parse(&input, &parsed->table, &parsed->commandline, &parsed->err);
}

/* Words separated by blanks. */
static int parse(struct parsed *parsed, const char *text)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec files = STRVEC_INIT;

	strvec_push(&words, "certbot");
	strvec_split(&words, text, " ");
	return parse_words(parsed, &words, &files);
}

/* ---- Case folders ---- */

static void replace_all(struct strbuf *text, const char *from, const char *to)
{
	for (char *at = strstr(text->text, from); at; at = strstr(text->text, from))
		strbuf_splice(text, (size_t)(at - text->text), strlen(from), to, strlen(to));
}

/* Reads a file of the case with "@DIR@" replaced; false when there is none. */
static bool read_case_file(const char *dir, const char *name, struct strbuf *ret_text)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_read(path, 1 << 20, ret_text, &err) < 0)
		return false;
	replace_all(ret_text, "@DIR@", dir);
	return true;
}

static void collect_default_files(const char *dir, struct strvec *ret_files)
{
	static const char *const names[] = {"cli.ini", "user.ini"};

	for (size_t i = 0; i < 2; i++)
		strvec_give(ret_files, path_join(dir, names[i]));
}

static void print_value(const struct settings *settings, const struct option *option,
			struct strbuf *out)
{
	AUTO(json) struct json *line = json_object_new();
	enum origin origin = settings_origin(settings, option->dest);

	if (origin == ORIGIN_DEFAULT)
		return;
	settings_json_set(line, option->dest, settings, option);
	json_set_string(line, "origin", origin_name(origin));
	json_print(line, JSON_COMPACT, out);
	strbuf_addc(out, '\n');
}

static void print_parsed(const struct parsed *parsed, struct strbuf *out)
{
	const struct commandline *commandline = &parsed->commandline;
	const struct map *dests = &parsed->table.by_dest;

	if (error_is_set(&parsed->err)) {
		strbuf_addf(out, "%s: %s\n", error_code_name(parsed->err.code), parsed->err.text);
		if (parsed->err.hint)
			strbuf_addf(out, "hint: %s\n", parsed->err.hint);
		return;
	}
	strbuf_addf(out, "verb %s\n", commandline->verb);
	if (commandline->help)
		strbuf_addf(out, "help %s\n", commandline->topic ? commandline->topic : "");
	if (commandline->version)
		strbuf_adds(out, "version\n");
	for (size_t i = 0; i < commandline->warnings.count; i++)
		strbuf_addf(out, "warning %s\n", commandline->warnings.items[i]);
	for (size_t i = 0; i < dests->count; i++)
		print_value(commandline->settings, dests->entries[i].value, out);
}

/* True when the case gives what its folder says. */
static bool case_passes(const char *dir)
{
	AUTO(parsed) struct parsed parsed;
	AUTO(strbuf) struct strbuf input = STRBUF_INIT, expected = STRBUF_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	bool fails;

	strvec_push(&words, "certbot");
	assert_true(read_case_file(dir, "input", &input));
	strvec_split(&words, input.text, "\n");
	collect_default_files(dir, &files);
	fails = read_case_file(dir, "error", &expected);
	assert_true(fails || read_case_file(dir, "expected", &expected));
	parse_words(&parsed, &words, &files);
	print_parsed(&parsed, &out);
	if (fails == error_is_set(&parsed.err) && strcmp(out.text, expected.text) == 0)
		return true;
	fprintf(stderr, "%s gives:\n%s", dir, out.text);
	return false;
}

static void test_case_folders(void **state)
{
	AUTO_FREE char *suite = path_join(CASES_DIR, "commandline");
	AUTO_FREE char *dir = path_absolute(suite);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t failed = 0;

	assert_int_equal(dir_list(dir, "", &names, &err), 0);
	assert_true(names.count > 50);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);

		failed += !case_passes(path);
	}
	assert_int_equal(failed, 0);
}

/* ---- Help and version ---- */

static void assert_topic(const char *text, const char *topic)
{
	AUTO(parsed) struct parsed parsed;

	assert_int_equal(parse(&parsed, text), 0);
	assert_true(parsed.commandline.help);
	if (topic)
		assert_string_equal(parsed.commandline.topic, topic);
	else
		assert_null(parsed.commandline.topic);
}

static void test_operands_are_values_of_their_options(void **state)
{
	static const char *const texts[] = {"plugins https://a.test/ 1234",
					    "https://a.test/ plugins --staple-ocsp 1234",
					    "plugins -- https://a.test/ 1234"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(parsed) struct parsed parsed;

		assert_int_equal(parse(&parsed, texts[i]), 0);
		assert_string_equal(settings_string(parsed.commandline.settings, "server"),
				    "https://a.test/");
		assert_string_equal(settings_string(parsed.commandline.settings, "account"),
				    "1234");
	}
}

static void test_more_words_than_operands_are_refused(void **state)
{
	AUTO(parsed) struct parsed parsed;
	AUTO(parsed) struct parsed other;

	assert_int_equal(parse(&parsed, "plugins https://a.test/ 1234 more"), ERR_USAGE);
	assert_string_equal(parsed.err.text, "unrecognized arguments: more");
	assert_int_equal(parse(&other, "renew https://a.test/"), ERR_USAGE);
}

static void test_the_last_operand_may_take_all_words(void **state)
{
	AUTO(parsed) struct parsed parsed;
	const struct strvec *names;

	assert_int_equal(parse(&parsed, "revoke a.test --staple-ocsp b.test -- --c.test"), 0);
	names = settings_list(parsed.commandline.settings, "fleet_name");
	assert_int_equal(names->count, 3);
	assert_string_equal(names->items[1], "b.test");
	assert_string_equal(names->items[2], "--c.test");
}

static void test_help_topic_is_the_word_behind_it_or_the_subcommand(void **state)
{
	assert_topic("--help", NULL);
	assert_topic("-h all", "all");
	assert_topic("help renew", "renew");
	assert_topic("--help nosuchtopic", "nosuchtopic");
	assert_topic("certonly --help", "certonly");
	assert_topic("certonly --help --nginx", "certonly");
	assert_topic("--help security certonly", "security");
	assert_topic("--rsa-key-size x -h", NULL);
	assert_topic("plugins check --help", "plugins-check");
	assert_topic("--help plugins check", "plugins-check");
	assert_topic("plugins other --help", "plugins");
	assert_topic("--hel", NULL);
	assert_topic("-nh", NULL);
}

static void test_help_reads_no_config_file(void **state)
{
	AUTO(parsed) struct parsed parsed;

	assert_int_equal(parse(&parsed, "-c /nonexistent --help"), 0);
}

static void test_help_is_a_word_like_others_behind_the_first_place(void **state)
{
	AUTO(parsed) struct parsed parsed;

	assert_int_equal(parse(&parsed, "certonly help"), ERR_USAGE);
	assert_string_equal(parsed.err.text, "unrecognized arguments: help");
}

static void test_a_server_of_acme_v1_stands_for_its_successor(void **state)
{
	AUTO(parsed) struct parsed parsed;

	assert_int_equal(
		parse(&parsed, "certonly --server https://acme-v01.api.letsencrypt.org/directory"),
		0);
	assert_string_equal(settings_string(parsed.commandline.settings, "server"),
			    "https://acme-v02.api.letsencrypt.org/directory");
}

static void test_version_ends_the_command_line(void **state)
{
	AUTO(parsed) struct parsed parsed, abbreviated;

	assert_int_equal(parse(&parsed, "--version --nonsense"), 0);
	assert_true(parsed.commandline.version);
	assert_int_equal(parse(&abbreviated, "-n --vers --nonsense"), 0);
	assert_true(abbreviated.commandline.version);
}

/* ---- Limits ---- */

static void test_bytes_of_the_command_line_pass_unchanged(void **state)
{
	AUTO(parsed) struct parsed parsed;

	assert_int_equal(parse(&parsed, "--user-agent-comment \xff\x01=--x"), 0);
	assert_string_equal(settings_string(parsed.commandline.settings, "user_agent_comment"),
			    "\xff\x01=--x");
}

static void test_text_that_renewal_could_not_keep_is_refused(void **state)
{
	AUTO(parsed) struct parsed bytes, reference, percent;

	assert_int_equal(parse(&bytes, "--pre-hook \xff"), ERR_USAGE);
	assert_int_equal(parse(&reference, "--pre-hook %(x)s"), ERR_USAGE);
	assert_int_equal(parse(&percent, "--pre-hook 100%"), 0);
}

static void test_thousands_of_names_are_read(void **state)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(strvec) struct strvec files = STRVEC_INIT;
	AUTO(parsed) struct parsed parsed;

	strvec_push(&words, "certbot");
	for (int i = 0; i < 2000; i++)
		strvec_pushf(&words, "-dhost%d.example", i % 1500);
	assert_int_equal(parse_words(&parsed, &words, &files), 0);
	assert_int_equal(settings_list(parsed.commandline.settings, "domains")->count, 1500);
}

static void test_default_files_follow_the_environment(void **state)
{
	AUTO(strvec) struct strvec home = STRVEC_INIT;
	AUTO(strvec) struct strvec xdg = STRVEC_INIT;

	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "/home/user", 1);
	commandline_default_files(&home);
	assert_string_equal(home.items[0], "/etc/letsencrypt/cli.ini");
	assert_string_equal(home.items[1], "/home/user/.config/letsencrypt/cli.ini");
	setenv("XDG_CONFIG_HOME", "/xdg", 1);
	commandline_default_files(&xdg);
	assert_string_equal(xdg.items[1], "/xdg/letsencrypt/cli.ini");
}

/* In full, begun, and with the value in the same word. */
static void test_the_log_shows_words_without_secrets(void **state)
{
	static const char *const argv[] = {"certbot",
					   "certonly",
					   "--eab-hmac-key",
					   "first",
					   "-d",
					   "a.test",
					   "--eab-hmac-k=second",
					   "--eab-hmac-k",
					   "third",
					   "--pre-hook",
					   "echo a\n",
					   "--eab-kid",
					   "kid"};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	struct option_table table;

	option_table_init(&table);
	commandline_words((int)ARRAY_LEN(argv), (char *const *)argv, &table, &words);
	commandline_describe(&words, &text);
	assert_string_equal(text.text,
			    "['certonly', '--eab-hmac-key', '***', '-d', 'a.test', "
			    "'--eab-hmac-k=***', '--eab-hmac-k', '***', '--pre-hook', 'echo a ', "
			    "'--eab-kid', 'kid']");
	option_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_folders),
		cmocka_unit_test(test_operands_are_values_of_their_options),
		cmocka_unit_test(test_the_last_operand_may_take_all_words),
		cmocka_unit_test(test_more_words_than_operands_are_refused),
		cmocka_unit_test(test_help_topic_is_the_word_behind_it_or_the_subcommand),
		cmocka_unit_test(test_help_reads_no_config_file),
		cmocka_unit_test(test_help_is_a_word_like_others_behind_the_first_place),
		cmocka_unit_test(test_a_server_of_acme_v1_stands_for_its_successor),
		cmocka_unit_test(test_version_ends_the_command_line),
		cmocka_unit_test(test_bytes_of_the_command_line_pass_unchanged),
		cmocka_unit_test(test_text_that_renewal_could_not_keep_is_refused),
		cmocka_unit_test(test_thousands_of_names_are_read),
		cmocka_unit_test(test_default_files_follow_the_environment),
		cmocka_unit_test(test_the_log_shows_words_without_secrets),
	};

	return cmocka_run_group_tests_name("commandline", tests, NULL, NULL);
}
