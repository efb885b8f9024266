/* Many lineages of one server: one test and one reload; the one at fault is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/builtins.h"
#include "app/renewal/deploy.h"

#define COUNT 16

/* A server that refuses any configuration with the bad lineage. */
struct server {
	const char *bad;
	bool has_bad; /* among the unsaved edits */
	size_t unsaved, saved, tests, reloads;
	size_t undone; /* checkpoints */
	size_t checkpoints;
	bool edits, refuses_reload, renews;
	size_t told, told_lineages; /* calls of renewed(), and tasks in them */
	enum err_code deafness;     /* of renewed() as a whole */
	enum err_code refusal;      /* of enhancements */
};

static struct server *server_of(struct plugin_instance *instance)
{
	return instance->state;
}

static int update(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		  const char **ret_title, struct error *err)
{
	if (!server_of(instance)->edits)
		return 0;
	*ret_title = "Updated";
	for (size_t i = 0; i < count; i++) {
		server_of(instance)->unsaved++;
		if (strcmp(tasks[i].lineage, server_of(instance)->bad) == 0)
			server_of(instance)->has_bad = true;
	}
	return 0;
}

static int save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		struct error *err)
{
	*ret_is_saved = server_of(instance)->unsaved > 0;
	server_of(instance)->checkpoints += *ret_is_saved;
	server_of(instance)->saved += server_of(instance)->unsaved;
	server_of(instance)->unsaved = 0;
	return 0;
}

static int config_test(struct plugin_instance *instance, struct error *err)
{
	server_of(instance)->tests++;
	return server_of(instance)->has_bad ? error_set(err, ERR_CONFIG, "not this one") : 0;
}

static int reload(struct plugin_instance *instance, struct error *err)
{
	server_of(instance)->reloads++;
	if (!server_of(instance)->refuses_reload)
		return 0;
	server_of(instance)->refuses_reload = false;
	return error_set(err, ERR_PLUGIN, "not now");
}

static int renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		   struct error *err)
{
	struct server *server = server_of(instance);

	assert_int_equal(server->reloads, 0);
	server->told++;
	server->told_lineages += count;
	if (server->deafness)
		return error_set(err, server->deafness, "nobody listens");
	for (size_t i = 0; i < count; i++)
		if (strcmp(tasks[i].lineage, server->bad) == 0)
			error_set(&tasks[i].error, ERR_PLUGIN, "not this one");
	return 0;
}

static int rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		    struct error *err)
{
	*ret_undone = server_of(instance)->undone = count;
	return 0;
}

static int recover(struct plugin_instance *instance, struct error *err)
{
	server_of(instance)->unsaved = 0;
	server_of(instance)->has_bad = false;
	return 0;
}

static int enhance(struct plugin_instance *instance, enum enhancement what,
		   struct deploy_task *tasks, size_t count, struct error *err)
{
	if (server_of(instance)->refusal) {
		server_of(instance)->unsaved++;
		return error_set(err, server_of(instance)->refusal, "not in this block");
	}
	server_of(instance)->unsaved += server_of(instance)->edits;
	return 0;
}

static const struct installer installer = {
	.supported = 1u << ENHANCE_HSTS | 1u << ENHANCE_REDIRECT,
	.enhance = enhance,
	.save = save,
	.config_test = config_test,
	.reload = reload,
	.rollback = rollback,
	.recover = recover,
	.update = update,
};
static const struct plugin plugin = {.name = "fake", .installer = &installer};

/* Brings COUNT lineages "0", "1", ... up to date; the index of the one that failed, or COUNT. */
static size_t run(struct server *server, struct error *err)
{
	struct plugin_instance instance = {.plugin = &plugin, .state = server};
	struct deploy_task tasks[COUNT] = {{.lineage = NULL}};
	struct option_table table;
	struct settings *settings;
	char names[COUNT][4];
	size_t failed = COUNT;
	int rc;

	app_option_table(&table);
	settings = settings_new(&table);
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		tasks[i].lineage = names[i];
		tasks[i].renewed = server->renews;
	}
	rc = deploy_renewed(settings, &instance, tasks, COUNT, err);
	assert_int_equal(rc, err->code);
	settings_free(settings);
	option_table_release(&table);
	for (size_t i = 0; i < COUNT; i++) {
		if (!error_is_set(&tasks[i].error))
			continue;
		assert_int_equal(failed, COUNT);
		assert_string_equal(tasks[i].error.text, "not this one");
		error_release(&tasks[i].error);
		failed = i;
	}
	return failed;
}

static void test_good_batch_is_one_test_and_one_reload(void **state)
{
	struct server server = {.bad = "none", .edits = true};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(run(&server, &err), COUNT);
	assert_int_equal(err.code, 0);
	assert_int_equal(server.saved, COUNT);
	assert_int_equal(server.tests, 1);
	assert_int_equal(server.reloads, 1);
}

static void test_only_the_one_at_fault_is_left_out(void **state)
{
	for (size_t i = 0; i < COUNT; i++) {
		char bad[4];
		struct server server = {.bad = bad, .edits = true};
		AUTO(error) struct error err = ERROR_INIT;

		snprintf(bad, sizeof(bad), "%zu", i);
		assert_int_equal(run(&server, &err), i);
		assert_int_equal(err.code, 0);
		assert_int_equal(server.saved, COUNT - 1);
		assert_int_equal(server.tests, 9); /* 1, and 2 for each of 4 halvings */
		assert_int_equal(server.reloads, 1);
	}
}

static void test_nothing_to_edit_is_no_test(void **state)
{
	struct server idle = {.bad = "none"};
	struct server renewed = {.bad = "none", .renews = true};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(run(&idle, &err), COUNT);
	assert_int_equal(idle.reloads, 0);
	assert_int_equal(run(&renewed, &err), COUNT);
	assert_int_equal(renewed.tests, 0);
	assert_int_equal(renewed.reloads, 1);
}

static void test_refused_reload_undoes_what_was_saved_and_no_more(void **state)
{
	struct server edited = {.bad = "3", .edits = true, .refuses_reload = true};
	struct server renewed = {.bad = "none", .renews = true, .refuses_reload = true};
	AUTO(error) struct error err = ERROR_INIT, other = ERROR_INIT;

	assert_int_equal(run(&edited, &err), 3);
	assert_int_equal(err.code, ERR_PLUGIN);
	assert_int_equal(edited.undone, edited.checkpoints);
	assert_int_equal(edited.reloads, 2);
	assert_int_equal(run(&renewed, &other), COUNT);
	assert_int_equal(other.code, ERR_PLUGIN);
	assert_int_equal(renewed.undone, 0);
	error_release(&other);
}

/* Tells a server of COUNT renewed lineages; how many of them it has taken over. */
static size_t tell(struct server *server, const struct installer *contract)
{
	const struct plugin row = {.name = "fake", .installer = contract};
	struct plugin_instance instance = {.plugin = &row, .state = server};
	struct deploy_task tasks[COUNT] = {{.lineage = NULL}};
	char names[COUNT][4];
	size_t taken = 0;

	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		tasks[i].lineage = names[i];
		tasks[i].renewed = true;
	}
	deploy_tell_renewed(&instance, tasks, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		taken += tasks[i].renewed;
		assert_int_equal(tasks[i].renewed, !error_is_set(&tasks[i].error));
		error_release(&tasks[i].error);
	}
	return taken;
}

static void test_installer_is_told_once_of_all_that_was_renewed(void **state)
{
	const struct installer listening = {.reload = reload, .renewed = renewed};
	struct server fine = {.bad = "none"}, one_bad = {.bad = "7"};
	struct server deaf = {.bad = "none", .deafness = ERR_PLUGIN};

	assert_int_equal(tell(&fine, &listening), COUNT);
	assert_int_equal(fine.told, 1);
	assert_int_equal(fine.told_lineages, COUNT);
	assert_int_equal(tell(&one_bad, &listening), COUNT - 1);
	assert_int_equal(one_bad.told, 1);
	assert_int_equal(tell(&deaf, &listening), 0);
	assert_int_equal(deaf.told, 1);
}

static void test_installer_that_reads_live_is_not_told(void **state)
{
	struct server server = {.bad = "none"};

	assert_int_equal(tell(&server, &installer), COUNT);
	assert_int_equal(server.told, 0);
}

static void hear(void *context, const char *text)
{
	strbuf_addf(context, "%s\n", text);
}

/* `enhance --hsts`, at a server that has it already or not. */
static void test_enhance_says_whether_it_changed_anything(void **state)
{
	static const struct {
		bool edits;
		const char *line;
	} rows[] = {
		{true, "The server's configuration was changed.\n"},
		{false, "Nothing was changed: the server is already configured that way.\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct server server = {.bad = "none", .edits = rows[i].edits};
		struct plugin_instance instance = {.plugin = &plugin, .state = &server};
		AUTO(strbuf) struct strbuf said = STRBUF_INIT;
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO(option_table) struct option_table table;
		AUTO(error) struct error err = ERROR_INIT;
		const struct ui ui = {.context = &said, .say = hear};
		const struct installers installers = {{&instance}, 1};
		struct deploy_lineage_request request = {.installers = &installers,
							 .names = &names};
		struct settings *settings;

		app_option_table(&table);
		request.settings = settings = settings_new(&table);
		settings_set_flag(settings, "hsts", true, ORIGIN_COMMAND_LINE);
		assert_int_equal(deploy_enhancements(&ui, &request, &err), 0);
		settings_free(settings);
		assert_string_equal(said.text, rows[i].line);
	}
}

/* Enhances; `redirect`: --redirect was given. */
static int run_enhancements(struct server *server, bool redirect, struct error *err)
{
	struct plugin_instance instance = {.plugin = &plugin, .state = server};
	const struct installers installers = {{&instance}, 1};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct deploy_lineage_request request = {
		.installers = &installers, .names = &names, .redirect_by_default = true};
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	const struct ui ui = {.context = &said, .say = hear};
	struct option_table table;
	struct settings *settings;
	int rc;

	app_option_table(&table);
	request.settings = settings = settings_new(&table);
	if (redirect)
		settings_set_flag(settings, "redirect", true, ORIGIN_COMMAND_LINE);
	rc = deploy_enhancements(&ui, &request, err);
	settings_free(settings);
	option_table_release(&table);
	assert_int_equal(server->unsaved, 0);
	return rc;
}

static void test_default_that_the_server_refuses_is_undone_with_a_warning(void **state)
{
	struct server by_default = {.edits = true, .refuses_reload = true};
	struct server asked_for = {.edits = true, .refuses_reload = true};
	struct server unchanged = {.refuses_reload = true};
	AUTO(error) struct error err = ERROR_INIT, other = ERROR_INIT;

	assert_int_equal(run_enhancements(&by_default, false, &err), 0);
	assert_int_equal(by_default.undone, 1);
	assert_int_equal(by_default.reloads, 2);
	assert_int_equal(run_enhancements(&asked_for, true, &err), ERR_PLUGIN);
	assert_int_equal(asked_for.undone, 1);
	/* It was there before, so it is not the reason. */
	assert_int_equal(run_enhancements(&unchanged, false, &other), ERR_PLUGIN);
}

static void test_only_an_enhancement_that_was_asked_for_must_succeed(void **state)
{
	struct server refusing = {.refusal = ERR_REFUSED}, stopped = {.refusal = ERR_CANCELLED};
	AUTO(error) struct error err = ERROR_INIT, other = ERROR_INIT;

	assert_int_equal(run_enhancements(&refusing, false, &err), 0);
	assert_int_equal(run_enhancements(&refusing, true, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "redirect"));
	assert_int_equal(run_enhancements(&stopped, false, &other), ERR_CANCELLED);
	assert_int_equal(refusing.reloads + stopped.reloads, 0);
}

/* Asks for --hsts of two servers, of which the first knows no enhancements. */
static int enhance_two(struct server *plain, struct server *able, struct strbuf *said,
		       struct error *err)
{
	const struct installer incapable = {.save = save, .config_test = config_test};
	const struct plugin other = {.name = "other", .installer = &incapable};
	struct plugin_instance first = {.plugin = &other, .state = plain};
	struct plugin_instance second = {.plugin = &plugin, .state = able};
	const struct installers installers = {{&first, &second}, 2};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct deploy_lineage_request request = {.installers = &installers, .names = &names};
	const struct ui ui = {.context = said, .say = hear};
	AUTO(option_table) struct option_table table;
	struct settings *settings;
	int rc;

	app_option_table(&table);
	request.settings = settings = settings_new(&table);
	settings_set_flag(settings, "hsts", true, ORIGIN_COMMAND_LINE);
	settings_set_flag(settings, "auto_hsts", false, ORIGIN_COMMAND_LINE);
	assert_int_equal(deploy_check_enhancements(settings, &installers, err), 0);
	rc = deploy_enhancements(&ui, &request, err);
	settings_free(settings);
	return rc;
}

static void test_enhancements_go_to_the_installers_that_know_them(void **state)
{
	struct server plain = {.edits = true}, able = {.bad = "none", .edits = true};
	struct server refusing = {.refusal = ERR_REFUSED};
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(enhance_two(&plain, &able, &said, &err), 0);
	assert_string_equal(said.text, "The server's configuration was changed.\n");
	assert_int_equal(plain.saved, 0);
	assert_int_equal(able.saved, 1);
	assert_int_equal(enhance_two(&plain, &refusing, &said, &err), ERR_REFUSED);
	/* With several, the error says whose it is. */
	assert_true(strncmp(err.text, "fake: ", 6) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enhance_says_whether_it_changed_anything),
		cmocka_unit_test(test_good_batch_is_one_test_and_one_reload),
		cmocka_unit_test(test_only_the_one_at_fault_is_left_out),
		cmocka_unit_test(test_nothing_to_edit_is_no_test),
		cmocka_unit_test(test_refused_reload_undoes_what_was_saved_and_no_more),
		cmocka_unit_test(test_installer_is_told_once_of_all_that_was_renewed),
		cmocka_unit_test(test_installer_that_reads_live_is_not_told),
		cmocka_unit_test(test_enhancements_go_to_the_installers_that_know_them),
		cmocka_unit_test(test_default_that_the_server_refuses_is_undone_with_a_warning),
		cmocka_unit_test(test_only_an_enhancement_that_was_asked_for_must_succeed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
