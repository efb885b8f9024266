/*
 * pre, deploy and post hooks (docs/book/renewal.md): which run, in which order, how often, with
 * what in their environment, and what becomes of output, failures and hooks that take too long.
 *
 * Each hook adds a line to the file "calls".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/debts/hooks.h"
#include "app/run_fixture.h"

#define CALL(text) "echo " text " >>calls"

static void plant_hook(const char *kind, const char *name, mode_t mode)
{
	AUTO_FREE char *dir = xasprintf(CONFIG "/renewal-hooks/%s", kind);
	AUTO_FREE char *path = path_join(dir, name);
	AUTO_FREE char *text = xasprintf("#!/bin/sh\n" CALL("%s/%s") "\n", kind, name);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make(dir, 0755, &err), 0);
	put_text(path, text);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_calls(const char *expected)
{
	AUTO_FREE char *calls = file_exists("calls") ? text_of("calls") : xstrdup("");

	assert_string_equal(calls, expected);
}

static void run_pre(struct run *run)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(hooks_run_pre(run->app.hooks, run->settings, &err), 0);
}

static void run_post(struct run *run, const struct strvec *renewed, const struct strvec *failed)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(hooks_run_post(run->app.hooks, renewed, failed, &err), 0);
}

static int run_deploy(struct run *run, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct hooks_lineage lineage = {"/l/live/a.test", &names};

	strvec_push(&names, "a.test");
	strvec_push(&names, "b.test");
	return hooks_run_deploy(run->app.hooks, run->settings, &lineage, err);
}

static void test_directory_hooks_run_in_byte_order_before_the_option(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	plant_hook("pre", "b", 0755);
	plant_hook("pre", "a", 0755);
	plant_hook("pre", "B", 0755);
	plant_hook("pre", "10", 0755);
	plant_hook("pre", "9", 0755);
	give_option(&run, "pre_hook=" CALL("option"));
	run_pre(&run);
	assert_calls("pre/10\npre/9\npre/B\npre/a\npre/b\noption\n");
}

static void test_files_with_blanks_in_their_names_are_executed(void **state)
{
	AUTO(run) struct run run;
	AUTO_FREE char *option = xasprintf("pre_hook=%s/my other.sh", scratch_dir);

	start_run(&run, "renew");
	plant_hook("pre", "10 my hook.sh", 0755);
	plant_hook("pre", "20 and this", 0755);
	put_text("my other.sh", CALL("without a first line") "\n");
	assert_int_equal(chmod("my other.sh", 0755), 0);
	give_option(&run, option);
	run_pre(&run);
	assert_calls("pre/10 my hook.sh\npre/20 and this\nwithout a first line\n");
}

/* As in Certbot, whose own environment keeps it. */
static void test_post_hooks_see_the_lineage_that_was_deployed_last(void **state)
{
	AUTO(run) struct run run, rehearsal;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec none = STRVEC_INIT;

	start_run(&run, "renew");
	give_option(&run, "post_hook=" CALL("${RENEWED_LINEAGE:-none}"));
	give_option(&run, "deploy_hook=true");
	run_pre(&run);
	run_post(&run, &none, &none);
	run_pre(&run);
	assert_int_equal(run_deploy(&run, &err), 0);
	run_post(&run, &none, &none);
	assert_calls("none\n/l/live/a.test\n");
	start_run(&rehearsal, "renew");
	give_option(&rehearsal, "post_hook=" CALL("${RENEWED_LINEAGE:-none}"));
	give_option(&rehearsal, "deploy_hook=true");
	give_option(&rehearsal, "dry_run=true");
	run_pre(&rehearsal);
	assert_int_equal(run_deploy(&rehearsal, &err), 0);
	run_post(&rehearsal, &none, &none);
	assert_calls("none\n/l/live/a.test\nnone\n");
}

static void test_backups_and_plain_files_are_no_hooks(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	plant_hook("pre", "good", 0755);
	plant_hook("pre", "old~", 0755);
	plant_hook("pre", "plain", 0644);
	run_pre(&run);
	assert_calls("pre/good\n");
}

static void test_no_directory_hooks(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	plant_hook("pre", "good", 0755);
	give_option(&run, "pre_hook=" CALL("option"));
	settings_set_flag(run.settings, "directory_hooks", false, ORIGIN_COMMAND_LINE);
	run_pre(&run);
	assert_calls("option\n");
}

static void test_each_pre_hook_runs_once_in_a_run(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	give_option(&run, "pre_hook=" CALL("one"));
	run_pre(&run);
	run_pre(&run);
	give_option(&run, "pre_hook=" CALL("two"));
	run_pre(&run);
	assert_calls("one\ntwo\n");
	assert_has(&run.logged, "Pre-hook command already run, skipping: " CALL("one"));
}

static void test_post_hooks_are_owed_once_and_paid_once(void **state)
{
	AUTO(run) struct run run;
	AUTO(strvec) struct strvec none = STRVEC_INIT;

	start_run(&run, "renew");
	plant_hook("post", "dir", 0755);
	give_option(&run, "post_hook=" CALL("one"));
	run_pre(&run);
	run_pre(&run);
	give_option(&run, "post_hook=" CALL("two"));
	run_pre(&run);
	assert_calls("");
	run_post(&run, &none, &none);
	run_post(&run, &none, &none);
	assert_calls("post/dir\none\ntwo\n");
}

static void test_without_an_attempt_no_post_hook_is_owed(void **state)
{
	AUTO(run) struct run run;
	AUTO(strvec) struct strvec none = STRVEC_INIT;

	start_run(&run, "renew");
	give_option(&run, "post_hook=" CALL("one"));
	run_post(&run, &none, &none);
	assert_calls("");
}

static void test_post_hooks_learn_what_became_of_the_names(void **state)
{
	AUTO(run) struct run run;
	AUTO(strvec) struct strvec renewed = STRVEC_INIT;
	AUTO(strvec) struct strvec failed = STRVEC_INIT;

	start_run(&run, "renew");
	strvec_push(&renewed, "a.test");
	strvec_push(&renewed, "b.test");
	strvec_push(&failed, "c.test");
	give_option(&run, "post_hook=" CALL("\"$RENEWED_DOMAINS/$FAILED_DOMAINS\""));
	run_pre(&run);
	run_post(&run, &renewed, &failed);
	assert_calls("a.test b.test/c.test\n");
}

static void test_deploy_hooks_learn_the_lineage(void **state)
{
	AUTO(run) struct run run;
	AUTO(error) struct error err = ERROR_INIT;

	start_run(&run, "renew");
	give_option(&run, "deploy_hook=" CALL("\"$RENEWED_LINEAGE $RENEWED_DOMAINS\""));
	assert_int_equal(run_deploy(&run, &err), 0);
	assert_int_equal(run_deploy(&run, &err), 0);
	assert_calls("/l/live/a.test a.test b.test\n/l/live/a.test a.test b.test\n");
}

static void test_a_deploy_hook_that_is_also_in_the_directory_runs_once(void **state)
{
	AUTO(run) struct run run;
	AUTO(error) struct error err = ERROR_INIT;

	start_run(&run, "renew");
	plant_hook("deploy", "a", 0755);
	give_option(&run, "deploy_hook=" CONFIG "/renewal-hooks/deploy/a");
	assert_int_equal(run_deploy(&run, &err), 0);
	assert_calls("deploy/a\n");
}

static void test_a_rehearsal_names_deploy_hooks_and_runs_none(void **state)
{
	AUTO(run) struct run run;
	AUTO(error) struct error err = ERROR_INIT;

	start_run(&run, "renew");
	give_option(&run, "deploy_hook=" CALL("deployed"));
	give_option(&run, "dry_run=true");
	assert_int_equal(run_deploy(&run, &err), 0);
	assert_calls("");
	assert_has(&run.logged, "Dry run: skipping deploy hook command: " CALL("deployed"));
	give_option(&run, "run_deploy_hooks=true");
	assert_int_equal(run_deploy(&run, &err), 0);
	assert_calls("deployed\n");
}

static void test_failures_are_said_and_end_nothing(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	plant_hook("pre", "after", 0755);
	put_text(CONFIG "/renewal-hooks/pre/a", "#!/bin/sh\nexit 7\n");
	assert_int_equal(chmod(CONFIG "/renewal-hooks/pre/a", 0755), 0);
	give_option(&run, "pre_hook=/no/such/program");
	run_pre(&run);
	assert_calls("pre/after\n");
	assert_has(&run.logged, "Hook 'pre-hook' reported error code 7\n");
	assert_has(&run.logged, "Hook 'pre-hook' reported error code 127\n");
}

static void test_a_failed_deploy_hook_is_told_after_all_have_run(void **state)
{
	AUTO(run) struct run run;
	AUTO(error) struct error err = ERROR_INIT;

	start_run(&run, "renew");
	plant_hook("deploy", "b", 0755);
	put_text(CONFIG "/renewal-hooks/deploy/a", "#!/bin/sh\nexit 1\n");
	assert_int_equal(chmod(CONFIG "/renewal-hooks/deploy/a", 0755), 0);
	assert_int_equal(run_deploy(&run, &err), ERR_PLUGIN);
	assert_string_equal(err.text, "1 of 2 deploy hooks failed");
	assert_calls("deploy/b\n");
}

static void test_output_is_shown_indented(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	give_option(&run, "pre_hook=echo; echo one; echo two; echo three >&2");
	run_pre(&run);
	assert_string_equal(run.said.text, "Hook 'pre-hook' ran with output:\n one\n two\n");
	assert_has(&run.logged, "Hook 'pre-hook' ran with error output:\n three\n");
}

static void test_a_hook_that_takes_too_long_is_stopped(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	give_option(&run, "hook_timeout=1");
	give_option(&run, "pre_hook=" CALL("begun") "; sleep 30; " CALL("ended"));
	run_pre(&run);
	assert_calls("begun\n");
	assert_has(&run.logged, "longer than --hook-timeout allows");
}

/* 16000 characters in renew, 32000 elsewhere; each name has 10 with its blank. */
static void test_long_lists_of_names_are_cut(void **state)
{
	static const struct {
		const char *verb;
		size_t characters;
	} limits[] = {{"renew", 16000}, {"certonly", 32000}};
	AUTO(strvec) struct strvec many = STRVEC_INIT;
	AUTO(strvec) struct strvec none = STRVEC_INIT;

	for (size_t i = 0; i < 4000; i++)
		strvec_pushf(&many, "n%04zu.abc", i);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		AUTO(run) struct run run;
		AUTO_FREE char *length = xasprintf("%zu\n", limits[i].characters);

		start_run(&run, limits[i].verb);
		give_option(&run, "post_hook=printf '%s\\n' ${#RENEWED_DOMAINS} >calls");
		run_pre(&run);
		run_post(&run, &many, &none);
		assert_calls(length);
		assert_has(&run.logged, "Limiting RENEWED_DOMAINS environment variable to");
	}
}

/* What no hook is told is not worth a warning. */
static void test_a_cut_list_matters_to_post_hooks_only(void **state)
{
	AUTO(strvec) struct strvec many = STRVEC_INIT;
	AUTO(run) struct run run;

	for (size_t i = 0; i < HOOKS_MOST_NAMES; i++)
		strvec_push(&many, "a");
	start_run(&run, "renew");
	run_pre(&run);
	run_post(&run, &many, &many);
	assert_int_equal(run.logged.len, 0);
	give_option(&run, "post_hook=true");
	run_pre(&run);
	run_post(&run, &many, &many);
	assert_has(&run.logged, "Limiting FAILED_DOMAINS environment variable to");
}

static void test_has_deploy_looks_at_option_and_directory(void **state)
{
	AUTO(run) struct run run;

	start_run(&run, "renew");
	assert_false(hooks_has_deploy(settings_config_dir(run.app.settings), run.settings));
	assert_false(hooks_are_configured(run.settings));
	plant_hook("deploy", "a", 0755);
	assert_true(hooks_has_deploy(settings_config_dir(run.app.settings), run.settings));
	assert_false(hooks_are_configured(run.settings));
	settings_set_flag(run.settings, "directory_hooks", false, ORIGIN_COMMAND_LINE);
	assert_false(hooks_has_deploy(settings_config_dir(run.app.settings), run.settings));
	give_option(&run, "deploy_hook=true");
	assert_true(hooks_has_deploy(settings_config_dir(run.app.settings), run.settings));
	assert_true(hooks_are_configured(run.settings));
}

/* manual's hooks: output without the last line end; a failure is reported and is not an error. */
static void test_hooks_of_plugins_return_their_output(void **state)
{
	AUTO(run) struct run run;
	AUTO(strvec) struct strvec env = STRVEC_INIT;
	AUTO(strbuf) struct strbuf output = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const struct plugin_hook hook = {.option = "manual-auth-hook",
					 .subject = "a.test",
					 .command = "echo \"$CERTBOT_DOMAIN\"; exit 3",
					 .env = &env};

	start_run(&run, "certonly");
	strvec_push(&env, "CERTBOT_DOMAIN=a.test");
	assert_int_equal(hooks_run_for_plugin(run.app.hooks, &hook, &output, &err), 0);
	assert_string_equal(output.text, "a.test");
	assert_has(&run.logged, "Hook 'manual-auth-hook' for a.test reported error code 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_files_with_blanks_in_their_names_are_executed),
		scratch_test(test_post_hooks_see_the_lineage_that_was_deployed_last),
		scratch_test(test_directory_hooks_run_in_byte_order_before_the_option),
		scratch_test(test_backups_and_plain_files_are_no_hooks),
		scratch_test(test_no_directory_hooks),
		scratch_test(test_each_pre_hook_runs_once_in_a_run),
		scratch_test(test_post_hooks_are_owed_once_and_paid_once),
		scratch_test(test_without_an_attempt_no_post_hook_is_owed),
		scratch_test(test_post_hooks_learn_what_became_of_the_names),
		scratch_test(test_deploy_hooks_learn_the_lineage),
		scratch_test(test_a_deploy_hook_that_is_also_in_the_directory_runs_once),
		scratch_test(test_a_rehearsal_names_deploy_hooks_and_runs_none),
		scratch_test(test_failures_are_said_and_end_nothing),
		scratch_test(test_a_failed_deploy_hook_is_told_after_all_have_run),
		scratch_test(test_output_is_shown_indented),
		scratch_test(test_a_hook_that_takes_too_long_is_stopped),
		scratch_test(test_long_lists_of_names_are_cut),
		scratch_test(test_a_cut_list_matters_to_post_hooks_only),
		scratch_test(test_has_deploy_looks_at_option_and_directory),
		scratch_test(test_hooks_of_plugins_return_their_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
