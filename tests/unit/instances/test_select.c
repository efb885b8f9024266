/*
 * Which plugins a run uses, row by row: what is requested, what the verb needs, who can be asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/run_fixture.h"
#include "base/ascii.h"
#include "instances/select.h"
#include "plugins/external/external.h"

static const struct authenticator authenticator;
static const struct installer installer;

static int prepare_broken(struct plugin_instance *instance, struct error *err)
{
	return error_set(err, ERR_CONFIG, "its configuration is broken");
}

/* Names of built-in plugins, for which there are selector flags. */
static const struct plugin apache = {.name = "apache",
				     .description = "Both",
				     .prepare = prepare_broken,
				     .authenticator = &authenticator,
				     .installer = &installer};
static const struct plugin nginx = {.name = "nginx",
				    .description = "Both",
				    .authenticator = &authenticator,
				    .installer = &installer};
static const struct plugin null = {
	.name = "null", .description = "Installer", .installer = &installer};
static const struct plugin standalone = {
	.name = "standalone", .description = "Authenticator", .authenticator = &authenticator};

static const struct plugin *const plugins[] = {&apache, &nginx, &null, &standalone};
static const struct plugin_registry registry = {plugins, ARRAY_LEN(plugins), &external_programs};

#define BOTH (SELECT_AUTHENTICATOR | SELECT_INSTALLER)

static const struct row {
	const char *title;
	const char *options[3]; /* "dest=value" */
	unsigned need;
	int answer; /* index in the menu, or NOBODY */
	const char *authenticator, *installer;
	enum err_code code;
	const char *complaint; /* part of it */
	const char *saved;     /* as the installer; NULL: what is used */
} rows[] = {
	{"-a alone, for certonly",
	 {"authenticator=standalone"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 "standalone",
	 NULL,
	 0,
	 NULL},
	{"a selector flag is as good as -a",
	 {"standalone=true"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 "standalone",
	 NULL,
	 0,
	 NULL},
	{"an installer that was named is used although none is needed",
	 {"authenticator=standalone", "installer=null"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 "standalone",
	 "null",
	 0,
	 NULL},
	{"one plugin in both roles",
	 {"configurator=nginx"},
	 BOTH,
	 NOBODY,
	 "nginx",
	 "nginx",
	 0,
	 NULL},
	{"the flag of a plugin that has both roles",
	 {"nginx=true"},
	 BOTH,
	 NOBODY,
	 "nginx",
	 "nginx",
	 0,
	 NULL},
	{"different plugins for the roles",
	 {"authenticator=standalone", "installer=nginx"},
	 BOTH,
	 NOBODY,
	 "standalone",
	 "nginx",
	 0,
	 NULL},
	{"several installers",
	 {"authenticator=standalone", "installer=nginx,null"},
	 BOTH,
	 NOBODY,
	 "standalone",
	 "nginx,null",
	 0,
	 NULL},
	{"for a renewal, one that does not work is left out and stays on record",
	 {"authenticator=standalone", "installer=apache,null"},
	 SELECT_AUTHENTICATOR | SELECT_WORKING,
	 NOBODY,
	 "standalone",
	 "null",
	 0,
	 NULL,
	 "apache,null"},
	{"for a renewal, one that is not installed is refused",
	 {"authenticator=standalone", "installer=nosuch,null"},
	 SELECT_AUTHENTICATOR | SELECT_WORKING,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "nosuch plugin does not appear"},
	{"for a renewal, one that is no installer is refused",
	 {"authenticator=standalone", "installer=standalone"},
	 SELECT_AUTHENTICATOR | SELECT_WORKING,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "not an installer"},
	{"only an installer is needed",
	 {"installer=null"},
	 SELECT_INSTALLER,
	 NOBODY,
	 NULL,
	 "null",
	 0,
	 NULL},
	{"what a person chooses as authenticator installs too",
	 {NULL},
	 BOTH,
	 0,
	 "nginx",
	 "nginx",
	 0,
	 NULL},

	{"nobody to ask for an authenticator",
	 {NULL},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_REFUSED,
	 "Missing command line flags"},
	{"nobody to ask for an installer",
	 {NULL},
	 SELECT_INSTALLER,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_REFUSED,
	 "Missing command line flags"},
	{"run with an authenticator that cannot install",
	 {"authenticator=standalone"},
	 BOTH,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "do not include an installer: standalone only obtains"},
	{"the same when a person could be asked",
	 {"authenticator=standalone"},
	 BOTH,
	 0,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "do not include an installer"},
	{"an installer as authenticator",
	 {"authenticator=null"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "the null plugin is not an authenticator"},
	{"an authenticator as installer",
	 {"installer=standalone"},
	 SELECT_INSTALLER,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "the standalone plugin is not an installer"},
	{"two authenticators",
	 {"authenticator=nginx", "standalone=true"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "Too many flags setting"},
	{"a plugin that does not exist",
	 {"authenticator=nosuch"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "nosuch"},
	{"a plugin that does not work",
	 {"authenticator=apache"},
	 SELECT_AUTHENTICATOR,
	 NOBODY,
	 NULL,
	 NULL,
	 ERR_CONFIG,
	 "its configuration is broken"},
};

static void assert_same(const char *role, const char *got, const char *wanted)
{
	if (!str_eq_or_null(got, wanted))
		fail_msg("%s is %s, not %s", role, got ? got : "none", wanted ? wanted : "none");
}

static char *names_of(const struct installers *installers)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; i < installers->count; i++)
		strvec_push(&names, installers->items[i]->plugin->name);
	return names.count ? strvec_join(&names, ",") : NULL;
}

static void check_selection(struct run *run, const struct row *row,
			    const struct selection *selection)
{
	const struct plugin_instance *chosen = selection->authenticator;
	AUTO_FREE char *installers = names_of(&selection->installers);

	assert_same("the authenticator", chosen ? chosen->plugin->name : NULL, row->authenticator);
	assert_same("the installer", installers, row->installer);
	/* Renewals take the same ones. */
	assert_same("the authenticator that is saved",
		    settings_string(run->settings, "authenticator"), row->authenticator);
	assert_same("the installer that is saved", settings_string(run->settings, "installer"),
		    row->saved ? row->saved : row->installer);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	AUTO(run) struct run run;
	AUTO(error) struct error err = ERROR_INIT;
	struct selection selection;

	assert_int_equal(scratch_enter(NULL), 0);
	start_run(&run, "run");
	run.app.plugins->registry = &registry;
	run.answer = row->answer;
	for (size_t i = 0; i < ARRAY_LEN(row->options) && row->options[i]; i++)
		give_option(&run, row->options[i]);
	if (select_plugins(run.app.plugins, run.settings, row->need, &selection, &err) !=
	    (int)row->code)
		fail_msg("code %d: %s", err.code, err.text);
	if (row->code)
		assert_non_null(strstr(err.text, row->complaint));
	else
		check_selection(&run, row, &selection);
	assert_int_equal(scratch_leave(NULL), 0);
}
int main(void)
{
	struct CMUnitTest table[ARRAY_LEN(rows)];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		table[i] = (struct CMUnitTest){.name = rows[i].title,
					       .test_func = test_row,
					       .initial_state = (void *)&rows[i]};
	return cmocka_run_group_tests(table, NULL, NULL);
}
