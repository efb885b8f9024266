/* Plugins that are programs: shell scripts in a directory of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "plugins/external/external.h"

struct fixture {
	char dir[32];
	struct option_table table;
	struct settings *settings;
	struct plugin_host host;
	struct plugin *plugin;
	struct plugin_instance *instance;
	struct error err;
};

static int set_up(void **state)
{
	struct fixture *f = XNEW(struct fixture);

	memcpy(f->dir, "/tmp/external-XXXXXX", sizeof("/tmp/external-XXXXXX"));
	assert_non_null(mkdtemp(f->dir));
	setenv("CERTBOT_PLUGIN_PATH", f->dir, 1);
	option_table_init(&f->table);
	f->settings = settings_new(&f->table);
	f->host = (struct plugin_host){.settings = f->settings};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *command = xasprintf("rm -r %s", f->dir);
	FILE *shell = popen(command, "r");

	assert_non_null(shell);
	pclose(shell);
	plugin_close(f->instance);
	external_programs.free_row(f->plugin);
	error_release(&f->err);
	settings_free(f->settings);
	option_table_release(&f->table);
	free(f);
	return 0;
}

/* A script that keeps what it was asked in the file `asked` and goes on with `body`. */
static void write_script(const struct fixture *f, const char *name, const char *body)
{
	AUTO_FREE char *path = xasprintf("%s/certbot-plugin-%s", f->dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nread -r line\nprintf '%%s\\n' \"$line\" >>%s/asked\n%s\n", f->dir,
		body);
	assert_int_equal(fchmod(fileno(file), 0755), 0);
	fclose(file);
}

#define DESCRIBED                                                                                  \
	"case $line in *'\"describe\"'*) echo '{\"description\":\"A test\","                       \
	"\"challenges\":[\"dns-01\",\"http-01\"],\"roles\":[\"installer\"],\"ip\":true,"           \
	"\"enhancements\":[\"redirect\"]}'; exit 0;; esac\n"

static int find(struct fixture *f, const char *name)
{
	return external_programs.find(name, f->settings, &f->plugin, &f->err);
}

/* Finds the plugin and opens an instance; what it was asked so far is forgotten. */
static void open_test_plugin(struct fixture *f, const char *body)
{
	AUTO_FREE char *script = xasprintf(DESCRIBED "%s", body);
	AUTO_FREE char *asked = xasprintf("%s/asked", f->dir);

	write_script(f, "test", script);
	if (find(f, "test") < 0)
		fail_msg("%s", f->err.text);
	f->instance = plugin_instantiate(f->plugin, &f->host);
	unlink(asked);
}

static void assert_asked(const struct fixture *f, const char *part)
{
	AUTO_FREE char *path = xasprintf("%s/asked", f->dir);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 1 << 20, &text, &err), 0);
	if (!strstr(text.text, part))
		fail_msg("'%s' is not in %s", part, text.text);
}

static void test_description_becomes_a_row(void **state)
{
	struct fixture *f = *state;
	enum acme_challenge_type types[ACME_CHALLENGE_TYPE__COUNT];

	open_test_plugin(f, "echo '{}'");
	assert_string_equal(f->plugin->name, "test");
	assert_string_equal(f->plugin->description, "A test");
	assert_int_equal(f->plugin->flags, PLUGIN_TAKES_IP | PLUGIN_BOUND);
	assert_non_null(f->plugin->installer);
	assert_int_equal(f->plugin->installer->supported, 1u << ENHANCE_REDIRECT);
	assert_int_equal(
		f->plugin->authenticator->preference(f->instance, f->settings, NULL, types), 2);
	assert_int_equal(types[0], ACME_DNS_01);
	assert_int_equal(types[1], ACME_HTTP_01);
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), 0);
}

static void test_options_are_passed_on(void **state)
{
	struct fixture *f = *state;

	settings_push(f->settings, "plugin_options", "root=/srv/a=b", ORIGIN_COMMAND_LINE);
	settings_push(f->settings, "plugin_options", "fast", ORIGIN_COMMAND_LINE);
	open_test_plugin(f, "echo '{}'");
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), 0);
	assert_asked(f, "\"call\":\"prepare\"");
	assert_asked(f, "\"options\":{\"root\":\"/srv/a=b\",\"fast\":\"\"}");
}

static void hear_log(void *context, enum log_level level, const char *file, const char *text)
{
	strbuf_addf(context, "%s\n", text);
}

static void test_the_log_has_what_was_said_but_no_option(void **state)
{
	struct fixture *f = *state;
	AUTO(strbuf) struct strbuf log = STRBUF_INIT;

	settings_push(f->settings, "plugin_options", "token=hunter2", ORIGIN_COMMAND_LINE);
	open_test_plugin(f, "echo '{\"echo\":\"hunter2\"}'; echo 'I saw hunter2' >&2");
	log_set_sink(hear_log, &log);
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), 0);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(log.text, "is asked: {\"version\":1,\"call\":\"prepare\""));
	assert_non_null(strstr(log.text, "{\"token\":\"***\"}"));
	assert_non_null(strstr(log.text, "answered: {\"echo\":\"***\"}\n"));
	assert_non_null(strstr(log.text, "wrote to its error output: I saw ***\n"));
	assert_null(strstr(log.text, "hunter2"));
}

/* A description with options, for `open_test_plugin` after another shell text. */
#define DECLARES                                                                                       \
	"case $line in *'\"describe\"'*) echo '{\"description\":\"A test\",\"roles\":[\"installer\"]," \
	"\"options\":[{\"name\":\"zone-id\",\"help\":\"The zone.\",\"default\":\"main\"},"             \
	"{\"name\":\"token\",\"secret\":true},{\"name\":\"conf\",\"path\":true}]}'; exit 0;; esac\n"

static void open_declaring_plugin(struct fixture *f, const char *body)
{
	AUTO_FREE char *script = xasprintf(DECLARES "%s", body);

	write_script(f, "dns-test", script);
	if (find(f, "dns-test") < 0)
		fail_msg("%s", f->err.text);
	f->instance = plugin_instantiate(f->plugin, &f->host);
}

static void test_declared_options_become_rows(void **state)
{
	struct fixture *f = *state;
	const struct option *rows;

	open_declaring_plugin(f, "echo '{}'");
	rows = f->plugin->options;
	assert_int_equal(f->plugin->option_count, 3);
	assert_string_equal(rows[0].names, "--dns-test-zone-id");
	assert_string_equal(rows[0].dest, "dns_test_zone_id");
	assert_string_equal(rows[0].help, "The zone.");
	assert_int_equal(rows[0].type, OPTION_STRING);
	assert_int_equal(rows[1].type, OPTION_PATH);
	assert_int_equal(rows[2].type, OPTION_PATH);
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), 0);
	assert_asked(f, "\"options\":{\"zone-id\":\"main\"}");
	settings_set_program_option(f->settings, "dns_test_zone_id", "z", ORIGIN_COMMAND_LINE);
	settings_set_program_option(f->settings, "dns_test_conf", "/c", ORIGIN_RENEWAL_CONF);
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), 0);
	assert_asked(f, "\"options\":{\"zone-id\":\"z\",\"conf\":\"/c\"}");
}

static void test_secret_is_read_from_its_file_and_kept_out_of_log_and_errors(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/token", f->dir);
	AUTO(strbuf) struct strbuf log = STRBUF_INIT;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("se\"cret-1\nsecond line\n", file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fclose(file);
	settings_set_program_option(f->settings, "dns_test_token", path, ORIGIN_COMMAND_LINE);
	open_declaring_plugin(
		f, "echo 'not with se\"cret-1' >&2; case $line in "
		   "*reload*) exit 1;; *config_test*) echo "
		   "'{\"error\":\"bad se\\\"cret-1\"}';; *) echo "
		   "'{\"failed\":[{\"index\":0,\"error\":\"bad second line\"}]}';; esac");
	log_set_sink(hear_log, &log);
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), ERR_PLUGIN);
	assert_string_equal(f->err.hint, "it wrote: not with ***");
	error_release(&f->err);
	assert_int_equal(f->plugin->installer->config_test(f->instance, &f->err), ERR_PLUGIN);
	assert_string_equal(f->err.text, "bad ***");
	error_release(&f->err);
	log_set_sink(NULL, NULL);
	assert_asked(f, "\"token\":\"se\\\"cret-1\\nsecond line\"");
	assert_non_null(strstr(log.text, "\"token\":\"***\""));
	assert_null(strstr(log.text, "cret-1"));
	assert_null(strstr(log.text, "second line"));
}

/* In a text of its own it is hidden, however short; elsewhere the same letters stand by chance. */
static void test_short_secrets_are_kept_out_of_the_log(void **state)
{
	static const char *const options[] = {"a=7", "b=42", "c=007", "fast"};
	struct fixture *f = *state;
	AUTO(strbuf) struct strbuf log = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		settings_push(f->settings, "plugin_options", options[i], ORIGIN_COMMAND_LINE);
	open_test_plugin(f, "echo '{\"echo\":[\"7\",\"42\",\"007\"],\"of\":\"no 7, 42\"}'");
	log_set_sink(hear_log, &log);
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), 0);
	log_set_sink(NULL, NULL);
	assert_non_null(
		strstr(log.text, "{\"a\":\"***\",\"b\":\"***\",\"c\":\"***\",\"fast\":\"\"}"));
	assert_non_null(strstr(log.text, "{\"echo\":[\"***\",\"***\",\"***\"],"
					 "\"of\":\"no 7, 42\"}"));
}

/* The log has 16 KiB of an answer. */
static void test_secret_across_the_end_of_what_is_logged_is_hidden(void **state)
{
	struct fixture *f = *state;
	AUTO(strbuf) struct strbuf log = STRBUF_INIT;

	settings_push(f->settings, "plugin_options", "token=hunter2-and-more", ORIGIN_COMMAND_LINE);
	open_test_plugin(f, "printf '{\"x\":\"%16370shunter2-and-more\"}' ''");
	log_set_sink(hear_log, &log);
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), 0);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(log.text, "answered: {\"x\":\"    "));
	assert_null(strstr(log.text, "hunt"));
}

/* What a program writes is taken up to 4 MiB, and the end of it is quoted. */
static void test_secret_that_was_cut_off_is_hidden(void **state)
{
	struct fixture *f = *state;

	settings_push(f->settings, "plugin_options", "token=hunter2-and-more", ORIGIN_COMMAND_LINE);
	open_test_plugin(f, "printf '%4194296shunter2-and-more' '' >&2; exit 1");
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), ERR_PLUGIN);
	assert_string_equal(f->err.hint, "it wrote: ***");
}

static void test_secret_is_refused_where_everybody_reads_it(void **state)
{
	struct fixture *f = *state;

	open_declaring_plugin(f, "echo '{}'");
	settings_push(f->settings, "plugin_options", "token=hunter2", ORIGIN_COMMAND_LINE);
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), ERR_CONFIG);
	assert_non_null(strstr(f->err.text, "--dns-test-token FILE"));
	assert_null(strstr(f->err.text, "hunter2"));
}

static void test_missing_secret_file_is_named(void **state)
{
	struct fixture *f = *state;

	open_declaring_plugin(f, "echo '{}'");
	settings_set_program_option(f->settings, "dns_test_token", "/nowhere/token",
				    ORIGIN_COMMAND_LINE);
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), ERR_CONFIG);
	assert_non_null(strstr(f->err.text, "--dns-test-token: "));
	assert_non_null(strstr(f->err.text, "/nowhere/token"));
}

static void test_unusable_option_names_are_refused(void **state)
{
	static const char *const bad[] = {"{\"name\":\"A\"}", "{\"name\":\"a b\"}",
					  "{\"name\":\"\"}", "{}", "7"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *body = xasprintf("echo '{\"description\":\"x\",\"roles\":"
						 "[\"installer\"],\"options\":[%s]}'",
						 bad[i]);

		write_script(f, "bad", body);
		assert_int_equal(find(f, "bad"), ERR_PLUGIN);
		error_release(&f->err);
	}
}

static void test_failed_challenge_gets_its_reason(void **state)
{
	struct fixture *f = *state;
	struct acme_challenge challenges[2] = {
		{.type = ACME_HTTP_01,
		 .identifier = {ACME_IDENTIFIER_DNS, (char *)"a.test"},
		 .token = (char *)"t1",
		 .key_authorization = (char *)"t1.k"},
		{.type = ACME_DNS_01,
		 .identifier = {ACME_IDENTIFIER_DNS, (char *)"b.test"},
		 .token = (char *)"t2",
		 .key_authorization = (char *)"t2.k",
		 .dns_name = (char *)"_acme-challenge.b.test",
		 .dns_value = (char *)"v"},
	};
	struct plugin_task tasks[] = {{&challenges[0], f->settings}, {&challenges[1], f->settings}};

	open_test_plugin(f, "echo '{\"failed\":[{\"index\":1,\"error\":\"no such zone\"}]}'");
	assert_int_equal(f->plugin->authenticator->present(f->instance, tasks, 2, &f->err), 0);
	assert_int_equal(challenges[0].present_error.code, 0);
	assert_int_equal(challenges[1].present_error.code, ERR_PLUGIN);
	assert_string_equal(challenges[1].present_error.text, "no such zone");
	assert_asked(f, "\"type\":\"http-01\",\"identifier\":\"a.test\"");
	assert_asked(f, "\"dns_name\":\"_acme-challenge.b.test\",\"dns_value\":\"v\"");
	error_release(&challenges[1].present_error);

	/* Of nothing that was there: it may be any of them. */
	write_script(f, "test", "echo '{\"failed\":[{\"index\":9}]}'");
	assert_int_equal(f->plugin->authenticator->present(f->instance, tasks, 2, &f->err), 0);
	for (size_t i = 0; i < ARRAY_LEN(challenges); i++) {
		assert_int_equal(challenges[i].present_error.code, ERR_PLUGIN);
		error_release(&challenges[i].present_error);
	}
}

static void test_installer_hears_paths_and_tells_places(void **state)
{
	struct fixture *f = *state;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct deploy_task task = {.lineage = "a",
				   .names = &names,
				   .settings = f->settings,
				   .fullchain_path = "/x/fullchain.pem",
				   .places = STRVEC_INIT};
	size_t undone = 0;

	strvec_push(&names, "a.test");
	open_test_plugin(f, "case $line in *rollback*) echo '{\"undone\":2}';; "
			    "*) echo '{\"places\":[[\"/etc/server.conf\"]]}';; esac");
	assert_int_equal(f->plugin->installer->deploy(f->instance, &task, 1, &f->err), 0);
	assert_int_equal(task.places.count, 1);
	assert_string_equal(task.places.items[0], "/etc/server.conf");
	assert_asked(f,
		     "\"lineage\":\"a\",\"names\":[\"a.test\"],\"fullchain\":\"/x/fullchain.pem\"");
	assert_int_equal(f->plugin->installer->rollback(f->instance, 3, &undone, &f->err), 0);
	assert_int_equal(undone, 2);
	assert_asked(f, "\"count\":3");
	strvec_release(&task.places);
}

static void test_renewed_lineages_are_told_in_one_call(void **state)
{
	struct fixture *f = *state;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct deploy_task tasks[] = {
		{.lineage = "a", .names = &names, .settings = f->settings, .live_dir = "/x/live/a"},
		{.lineage = "b", .names = &names, .settings = f->settings, .live_dir = "/x/live/b"},
	};

	open_test_plugin(f, "echo '{\"failed\":[{\"index\":1,\"error\":\"full\"}]}'");
	assert_int_equal(f->plugin->installer->renewed(f->instance, tasks, 2, &f->err), 0);
	assert_asked(f, "\"call\":\"renewed\"");
	assert_asked(f, "\"certificates\":[{\"lineage\":\"a\",\"live\":\"/x/live/a\"");
	assert_asked(f, "{\"lineage\":\"b\",\"live\":\"/x/live/b\"");
	assert_int_equal(tasks[0].error.code, 0);
	assert_string_equal(tasks[1].error.text, "full");
	error_release(&tasks[1].error);
}

static void test_error_of_the_program_is_told(void **state)
{
	struct fixture *f = *state;

	open_test_plugin(f, "echo '{\"error\":\"the server is\\u001b[2J down\"}'");
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), ERR_PLUGIN);
	assert_null(strchr(f->err.text, '\033'));
	assert_non_null(strstr(f->err.text, "the server is"));
}

static void test_missing_server_is_not_found(void **state)
{
	struct fixture *f = *state;

	open_test_plugin(f, "echo '{\"error\":\"no server here\",\"not_installed\":true}'");
	assert_int_equal(f->plugin->prepare(f->instance, &f->err), ERR_NOT_FOUND);
}

static void test_crash_is_an_error_with_its_last_words(void **state)
{
	struct fixture *f = *state;

	open_test_plugin(f, "echo 'lost my file' >&2; exit 3");
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), ERR_PLUGIN);
	assert_non_null(strstr(f->err.text, "ended with status 3"));
	assert_string_equal(f->err.hint, "it wrote: lost my file");
}

static void test_endless_program_is_stopped(void **state)
{
	struct fixture *f = *state;

	settings_set_int(f->settings, "hook_timeout", 1, ORIGIN_COMMAND_LINE);
	open_test_plugin(f, "sleep 100");
	assert_int_equal(f->plugin->installer->reload(f->instance, &f->err), ERR_PLUGIN);
	assert_non_null(strstr(f->err.text, "ran longer than --hook-timeout"));
}

static void test_answers_that_are_no_object_are_refused(void **state)
{
	static const char *const answers[] = {"", "hello", "[1]", "{\"a\":1}{\"b\":2}",
					      "{\"error\":7}"};
	struct fixture *f = *state;

	open_test_plugin(f, "cat $0.answer");
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		AUTO_FREE char *path = xasprintf("%s/certbot-plugin-test.answer", f->dir);
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(answers[i], file);
		fclose(file);
		assert_true(f->plugin->installer->reload(f->instance, &f->err) < 0);
		error_release(&f->err);
	}
}

static void test_useless_descriptions_are_refused(void **state)
{
	struct fixture *f = *state;

	write_script(f, "empty", "echo '{\"description\":\"Nothing\"}'");
	assert_int_equal(find(f, "empty"), ERR_PLUGIN);
	error_release(&f->err);
	write_script(f, "silent", "exit 0");
	assert_int_equal(find(f, "silent"), ERR_PLUGIN);
}

static void test_names_cannot_leave_the_directory(void **state)
{
	static const char *const names[] = {"../x", "a/b", "", ".", "A", "a b"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(find(f, names[i]), ERR_NOT_FOUND);
		error_release(&f->err);
	}
	assert_int_equal(find(f, "missing"), ERR_NOT_FOUND);
}

static void test_directories_are_listed(void **state)
{
	struct fixture *f = *state;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	write_script(f, "one", "");
	write_script(f, "Two", "");
	external_programs.list(&names);
	assert_true(strvec_contains(&names, "one"));
	assert_false(strvec_contains(&names, "Two"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(description_becomes_a_row),
		TEST(options_are_passed_on),
		TEST(the_log_has_what_was_said_but_no_option),
		TEST(declared_options_become_rows),
		TEST(secret_is_read_from_its_file_and_kept_out_of_log_and_errors),
		TEST(short_secrets_are_kept_out_of_the_log),
		TEST(secret_across_the_end_of_what_is_logged_is_hidden),
		TEST(secret_that_was_cut_off_is_hidden),
		TEST(secret_is_refused_where_everybody_reads_it),
		TEST(missing_secret_file_is_named),
		TEST(unusable_option_names_are_refused),
		TEST(failed_challenge_gets_its_reason),
		TEST(installer_hears_paths_and_tells_places),
		TEST(renewed_lineages_are_told_in_one_call),
		TEST(error_of_the_program_is_told),
		TEST(missing_server_is_not_found),
		TEST(crash_is_an_error_with_its_last_words),
		TEST(endless_program_is_stopped),
		TEST(answers_that_are_no_object_are_refused),
		TEST(useless_descriptions_are_refused),
		TEST(names_cannot_leave_the_directory),
		TEST(directories_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
