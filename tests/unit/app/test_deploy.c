/* Many certificates into one server: one test and one reload; the one at fault is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/deploy.h"

#define COUNT 16

/* A server that refuses any configuration with the bad lineage. */
struct server {
	const char *bad;
	bool has_bad; /* among the unsaved edits */
	size_t unsaved, saved, tests, reloads;
};

static struct server *server_of(struct plugin_instance *instance)
{
	return instance->state;
}

static int deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		  struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		server_of(instance)->unsaved++;
		if (strcmp(tasks[i].lineage, server_of(instance)->bad) == 0)
			server_of(instance)->has_bad = true;
	}
	return 0;
}

static int save(struct plugin_instance *instance, const char *title, struct error *err)
{
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
	return 0;
}

static int recover(struct plugin_instance *instance, struct error *err)
{
	server_of(instance)->unsaved = 0;
	server_of(instance)->has_bad = false;
	return 0;
}

static const struct installer installer = {
	.deploy = deploy,
	.save = save,
	.config_test = config_test,
	.reload = reload,
	.recover = recover,
};
static const struct plugin plugin = {.name = "fake", .installer = &installer};

/* Deploys COUNT lineages "0", "1", ...; the index of the one that failed, or COUNT. */
static size_t run(struct server *server)
{
	struct plugin_instance instance = {.plugin = &plugin, .state = server};
	struct deploy_task tasks[COUNT] = {{.lineage = NULL}};
	char names[COUNT][4];
	struct app app = {.verb = "renew"};
	AUTO(error) struct error err = ERROR_INIT;
	size_t failed = COUNT;

	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		tasks[i].lineage = names[i];
	}
	assert_int_equal(deploy_batch(&app, &instance, tasks, COUNT, &err), 0);
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
	struct server server = {.bad = "none"};

	assert_int_equal(run(&server), COUNT);
	assert_int_equal(server.saved, COUNT);
	assert_int_equal(server.tests, 1);
	assert_int_equal(server.reloads, 1);
}

static void test_only_the_one_at_fault_is_left_out(void **state)
{
	for (size_t i = 0; i < COUNT; i++) {
		char bad[4];
		struct server server = {.bad = bad};

		snprintf(bad, sizeof(bad), "%zu", i);
		assert_int_equal(run(&server), i);
		assert_int_equal(server.saved, COUNT - 1);
		assert_int_equal(server.tests, 9); /* 1, and 2 for each of 4 halvings */
		assert_int_equal(server.reloads, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_batch_is_one_test_and_one_reload),
		cmocka_unit_test(test_only_the_one_at_fault_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
