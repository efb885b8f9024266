/*
 * Which connections are made to see a certificate: an installer that cannot tell fails its
 * lineages, and those of the others are looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/debts/served_looks.h"
#include "app/run_fixture.h"
#include "base/ascii.h"
#include "plugins/external/external.h"
#include "webserver/probe.h"
#include "webserver/webserver.h"

static int prove_by_one_look(struct plugin_instance *instance, const struct deploy_task *tasks,
			     size_t count, struct probes *ret_probes, int64_t *ret_limit_ms,
			     struct error *err)
{
	AUTO_FREE char *leaf = webserver_leaf(tasks[0].fullchain_path);
	AUTO_FREE char *address = xstrdup("127.0.0.1"), *host = xstrdup(NAME);
	const struct probe look = {.address = address, .port = 443, .host = host, .leaf = leaf};

	probes_add(ret_probes, &look);
	return 0;
}

static int prove_nothing(struct plugin_instance *instance, const struct deploy_task *tasks,
			 size_t count, struct probes *ret_probes, int64_t *ret_limit_ms,
			 struct error *err)
{
	return error_set(err, ERR_PLUGIN, "its answer\nmakes no sense");
}

static int prove_cancelled(struct plugin_instance *instance, const struct deploy_task *tasks,
			   size_t count, struct probes *ret_probes, int64_t *ret_limit_ms,
			   struct error *err)
{
	return error_set(err, ERR_CANCELLED, "stopped");
}

static int prepare_broken(struct plugin_instance *instance, struct error *err)
{
	return error_set(err, ERR_CONFIG, "its configuration is broken");
}

static const struct installer looking = {.prove = prove_by_one_look};
static const struct installer failing = {.prove = prove_nothing};
static const struct installer stopped = {.prove = prove_cancelled};
static const struct plugin nginx = {.name = "nginx", .installer = &looking};
static const struct plugin postfix = {.name = "postfix", .installer = &failing};
static const struct plugin dovecot = {.name = "dovecot", .installer = &stopped};
static const struct plugin exim = {
	.name = "exim", .prepare = prepare_broken, .installer = &looking};

static const struct plugin *const plugins[] = {&dovecot, &exim, &nginx, &postfix};
static const struct plugin_registry registry = {plugins, ARRAY_LEN(plugins), &external_programs};

static const struct row {
	const char *title, *installers;
	size_t looks;
	const char *failure; /* NULL: none */
	enum err_code code;
} rows[] = {
	{"one that tells", "nginx", 1, NULL, 0},
	{"one that cannot tell comes first", "postfix,nginx", 1,
	 "postfix cannot tell what is served: its answer makes no sense", 0},
	{"one that cannot tell comes last", "nginx,postfix", 1,
	 "postfix cannot tell what is served: its answer makes no sense", 0},
	{"one that does not work", "exim,nginx", 1, "its configuration is broken", 0},
	{"a signal", "dovecot,nginx", 0, NULL, ERR_CANCELLED},
};

static void check_looks(const struct row *row, struct run *run, struct lineage *lineage)
{
	struct plugins *own = plugins_new(&registry, NULL, &run->app.network);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(served_item) struct served_item item = {lineage, &names, run->settings};
	struct served_item *items[] = {&item};
	AUTO(served_looks) struct served_looks looks = {.sparse = 1};
	AUTO(error) struct error err = ERROR_INIT;

	strvec_push(&names, NAME);
	assert_int_equal(served_looks_gather(own, items, 1, &looks, &err), row->code);
	assert_int_equal(looks.probes.count, row->looks);
	assert_int_equal(item.failures.count, row->failure != NULL);
	/* No reload mends it. */
	assert_int_equal(item.unreadable, item.failures.count);
	if (row->failure && !strstr(item.failures.items[0], row->failure))
		fail_msg("not '%s', but: %s", row->failure, item.failures.items[0]);
	plugins_free(own);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	AUTO(run) struct run run;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(scratch_enter(NULL), 0);
	start_run(&run, "renew");
	settings_set_string(run.settings, "installer", row->installers, ORIGIN_COMMAND_LINE);
	assert_int_equal(create(NAME, "1", &lineage, &err), 0);
	check_looks(row, &run, lineage);
	assert_int_equal(scratch_leave(NULL), 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows)];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){
			.name = rows[i].title,
			.test_func = test_row,
			.initial_state = (void *)&rows[i],
		};
	return cmocka_run_group_tests_name("served_looks", tests, NULL, NULL);
}
