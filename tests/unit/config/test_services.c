/* Several installers in settings and in renewal confs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "config/services.h"

/* The text of a conf with the [renewalparams] and what follows. The caller frees it. */
static struct ini *conf_of(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct ini *conf = NULL;

	if (ini_parse(text, strlen(text), "conf", &conf, &err) < 0)
		fail_msg("%s", err.text);
	return conf;
}

static void check_prints(const struct ini *conf, const char *wanted)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	ini_print(conf, &text);
	assert_string_equal(text.text, wanted);
}

static void add(struct settings *settings, const char *text, enum origin origin)
{
	const struct option *option = option_table_find(settings_table(settings), "installer");
	AUTO(error) struct error err = ERROR_INIT;

	if (installers_add(settings, option, text, origin, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_each_is_named_once_however_it_is_given(void **state)
{
	AUTO(option_table) struct option_table table;
	AUTO(settings) struct settings *settings = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	option_table_init(&table);
	settings = settings_new(&table);
	add(settings, "a", ORIGIN_CONFIG_FILE);
	add(settings, "nginx, postfix", ORIGIN_COMMAND_LINE);
	add(settings, "dovecot,nginx", ORIGIN_COMMAND_LINE);
	assert_string_equal(settings_string(settings, "installer"), "nginx,postfix,dovecot");
	assert_true(installers_include(settings, "postfix"));
	assert_false(installers_include(settings, "post"));
	assert_int_equal(installers_add(settings, option_table_find(&table, "installer"), " , ",
					ORIGIN_COMMAND_LINE, &err),
			 ERR_USAGE);
}

static void test_certbot_sees_the_first(void **state)
{
	AUTO(option_table) struct option_table table;
	AUTO(settings) struct settings *settings = NULL;
	AUTO(ini) struct ini *conf = conf_of("[renewalparams]\n");

	option_table_init(&table);
	settings = settings_new(&table);
	add(settings, "nginx,postfix", ORIGIN_COMMAND_LINE);
	installers_note(settings, conf);
	check_prints(conf, "[renewalparams]\ninstaller = nginx\n[services]\n"
			   "installers = nginx, postfix\n");
	settings_set_string(settings, "installer", "nginx", ORIGIN_COMMAND_LINE);
	installers_note(settings, conf);
	check_prints(conf, "[renewalparams]\ninstaller = nginx\n");
}

/* What settings restored from the conf have as their installer. The caller frees it. */
static char *restored(const struct ini *conf)
{
	AUTO(option_table) struct option_table table;
	AUTO(settings) struct settings *settings = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	option_table_init(&table);
	settings = settings_new(&table);
	assert_int_equal(
		settings_restore(settings, ini_find_section(ini_root(conf), "renewalparams"), &err),
		0);
	assert_int_equal(installers_restore(settings, conf, &err), 0);
	return xstrdup(settings_string(settings, "installer"));
}

static void check_restored(const char *installer, const char *installers, const char *expected)
{
	AUTO_FREE char *text = xasprintf("[renewalparams]\nauthenticator = webroot\n"
					 "installer = %s\n[services]\ninstallers = %s\n",
					 installer, installers);
	AUTO(ini) struct ini *conf = conf_of(text);
	AUTO_FREE char *list = restored(conf);

	assert_string_equal(list, expected);
}

static void test_all_that_a_conf_names_are_restored(void **state)
{
	check_restored("nginx", "nginx, postfix", "nginx,postfix");
	check_restored("apache", "nginx, postfix", "apache,nginx,postfix");
	check_restored("postfix", "dovecot, postfix", "postfix,dovecot");
	check_restored("postfix", "dovecot,", "postfix,dovecot");
	check_restored("postfix", "none,", "postfix");
}

static void test_disagreement_is_seen(void **state)
{
	AUTO(ini) struct ini *same = conf_of("[renewalparams]\ninstaller = nginx\n[services]\n"
					     "installers = nginx, postfix\n");
	AUTO(ini) struct ini *other = conf_of("[renewalparams]\ninstaller = nginx\n[services]\n"
					      "installers = postfix, nginx\n");
	AUTO(ini) struct ini *one = conf_of("[renewalparams]\ninstaller = nginx\n");

	assert_false(installers_disagree(same));
	assert_true(installers_disagree(other));
	assert_false(installers_disagree(one));
}

static void test_added_ones_join_those_of_the_conf(void **state)
{
	AUTO(ini) struct ini *conf = conf_of("[renewalparams]\ninstaller = None\n");
	AUTO(strvec) struct strvec copy = STRVEC_INIT, both = STRVEC_INIT;

	strvec_push(&copy, "copy");
	installers_add_to_conf(&copy, conf);
	check_prints(conf, "[renewalparams]\ninstaller = copy\n");
	strvec_push(&both, "postfix");
	strvec_push(&both, "copy");
	installers_add_to_conf(&both, conf);
	check_prints(conf, "[renewalparams]\ninstaller = copy\n[services]\n"
			   "installers = copy, postfix\n");
}

static void note_proof(struct ini *conf, const char *place)
{
	AUTO(option_table) struct option_table table;
	AUTO(settings) struct settings *settings = NULL;
	AUTO(strvec) struct strvec places = STRVEC_INIT;

	option_table_init(&table);
	settings = settings_new(&table);
	strvec_push(&places, place);
	settings_set_list(settings, "prove", &places, ORIGIN_COMMAND_LINE);
	services_note_others(settings, conf);
}

static void test_the_word_none_is_kept_for_the_proof(void **state)
{
	AUTO(ini) struct ini *conf = conf_of("");
	AUTO(strvec) struct strvec places = STRVEC_INIT;

	assert_false(services_are_off(conf, "prove"));
	note_proof(conf, "localhost:25");
	assert_true(services_in_conf(conf, "prove"));
	assert_false(services_are_off(conf, "prove"));
	note_proof(conf, "none");
	check_prints(conf, "[services]\nprove = none,\n");
	assert_true(services_are_off(conf, "prove"));
	assert_false(services_in_conf(conf, "prove"));
	services_of_conf(conf, "prove", &places);
	assert_int_equal(places.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_named_once_however_it_is_given),
		cmocka_unit_test(test_certbot_sees_the_first),
		cmocka_unit_test(test_all_that_a_conf_names_are_restored),
		cmocka_unit_test(test_disagreement_is_seen),
		cmocka_unit_test(test_added_ones_join_those_of_the_conf),
		cmocka_unit_test(test_the_word_none_is_kept_for_the_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
