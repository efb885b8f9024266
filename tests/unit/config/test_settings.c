/* Settings: values, origins, "set by user", clones, and the reading of values from text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "config/settings.h"
#include "os/file/file.h"
#include "settings_fixture.h"
#include "settings_json.h"

static void test_defaults_come_from_the_rows(void **state)
{
	const struct settings *settings = settings_of(state);

	assert_string_equal(settings_string(settings, "key_type"), "ecdsa");
	assert_null(settings_string(settings, "email"));
	assert_int_equal(settings_int(settings, "rsa_key_size"), 2048);
	assert_string_equal(settings_string(settings, "reason"), "unspecified");
	assert_int_equal(settings_int(settings, "num"), 0);
	assert_true(settings_flag(settings, "autorenew"));
	assert_false(settings_flag(settings, "dry_run"));
	assert_int_equal(settings_tristate(settings, "redirect"), -1);
	assert_false(settings_flag(settings, "redirect"));
	assert_int_equal(settings_list(settings, "domains")->count, 0);
	assert_int_equal(settings_map(settings, "webroot_map")->count, 0);
	assert_int_equal(settings_origin(settings, "key_type"), ORIGIN_DEFAULT);
	assert_false(settings_is_set_by_user(settings, "key_type"));
}

static void test_values_keep_their_origin(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "account", "abc", ORIGIN_RUNTIME);
	settings_set_string(settings, "preferred_chain", NULL, ORIGIN_RENEWAL_CONF);
	settings_push(settings, "domains", "a.test", ORIGIN_COMMAND_LINE);
	settings_push_unique(settings, "domains", "a.test", ORIGIN_COMMAND_LINE);
	settings_map_set(settings, "webroot_map", "a.test", "/srv", ORIGIN_CONFIG_FILE);
	assert_string_equal(settings_string(settings, "account"), "abc");
	assert_int_equal(settings_origin(settings, "account"), ORIGIN_RUNTIME);
	assert_true(settings_is_set_by_user(settings, "account"));
	assert_null(settings_string(settings, "preferred_chain"));
	assert_int_equal(settings_origin(settings, "preferred_chain"), ORIGIN_RENEWAL_CONF);
	assert_false(settings_is_set_by_user(settings, "preferred_chain"));
	assert_int_equal(settings_list(settings, "domains")->count, 1);
	assert_string_equal(map_get(settings_map(settings, "webroot_map"), "a.test"), "/srv");
	assert_int_equal(settings_origin(settings, "webroot_map"), ORIGIN_CONFIG_FILE);
}

static void test_unset_gives_the_default_back(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "key_type", "rsa", ORIGIN_COMMAND_LINE);
	settings_set_int(settings, "https_port", 8443, ORIGIN_COMMAND_LINE);
	settings_unset(settings, "key_type");
	settings_unset(settings, "key_type");
	assert_string_equal(settings_string(settings, "key_type"), "ecdsa");
	assert_int_equal(settings_int(settings, "https_port"), 8443);
}

static void test_modifiers_make_an_option_set_by_user(void **state)
{
	struct settings *settings = settings_of(state);

	assert_false(settings_is_set_by_user(settings, "account"));
	settings_set_flag(settings, "dry_run", true, ORIGIN_COMMAND_LINE);
	assert_true(settings_is_set_by_user(settings, "server"));
	assert_true(settings_is_set_by_user(settings, "account"));
	assert_false(settings_is_set_by_user(settings, "webroot_map"));
	settings_push(settings, "webroot_path", "/srv", ORIGIN_CONFIG_FILE);
	assert_true(settings_is_set_by_user(settings, "webroot_map"));
}

static void test_restored_modifiers_do_not_count(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "server", "https://ca.test/", ORIGIN_RENEWAL_CONF);
	assert_false(settings_is_set_by_user(settings, "account"));
}

static void test_selector_flags_set_their_roles(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_flag(settings, "standalone", true, ORIGIN_COMMAND_LINE);
	assert_true(settings_is_set_by_user(settings, "authenticator"));
	assert_false(settings_is_set_by_user(settings, "installer"));
	settings_set_flag(settings, "nginx", true, ORIGIN_COMMAND_LINE);
	assert_true(settings_is_set_by_user(settings, "installer"));
}

static void test_configurator_sets_both_roles(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "configurator", "nginx", ORIGIN_CONFIG_FILE);
	assert_true(settings_is_set_by_user(settings, "authenticator"));
	assert_true(settings_is_set_by_user(settings, "installer"));
}

static void test_clone_is_independent(void **state)
{
	struct settings *settings = settings_of(state);
	AUTO(settings) struct settings *clone = NULL;

	settings_set_string(settings, "email", "a@b.c", ORIGIN_COMMAND_LINE);
	settings_push(settings, "domains", "a.test", ORIGIN_COMMAND_LINE);
	settings_map_set(settings, "webroot_map", "a.test", "/srv", ORIGIN_COMMAND_LINE);
	clone = settings_clone(settings);
	settings_set_string(settings, "email", "x@y.z", ORIGIN_COMMAND_LINE);
	settings_push(clone, "domains", "b.test", ORIGIN_RUNTIME);
	settings_map_set(clone, "webroot_map", "a.test", "/other", ORIGIN_RUNTIME);
	assert_string_equal(settings_string(clone, "email"), "a@b.c");
	assert_int_equal(settings_origin(clone, "email"), ORIGIN_COMMAND_LINE);
	assert_int_equal(settings_list(settings, "domains")->count, 1);
	assert_int_equal(settings_list(clone, "domains")->count, 2);
	assert_string_equal(map_get(settings_map(settings, "webroot_map"), "a.test"), "/srv");
	assert_ptr_equal(settings_table(clone), settings_table(settings));
}

/* ---- Reading from text ---- */

static int assign(void **state, const char *dest, const char *text, struct error *err)
{
	struct settings *settings = settings_of(state);
	const struct option *option = option_table_find(settings_table(settings), dest);

	return settings_assign(settings, option, text, ORIGIN_COMMAND_LINE, err);
}

static void assert_assigns(void **state, const char *dest, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (assign(state, dest, text, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_refuses(void **state, const char *dest, const char *text, const char *expected)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(assign(state, dest, text, &err), ERR_USAGE);
	assert_string_equal(err.text, expected);
}

/* `beginning`: of the message; the choices go on. */
static void assert_refuses_with(void **state, const char *dest, const char *text,
				const char *beginning)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(assign(state, dest, text, &err), ERR_USAGE);
	assert_memory_equal(err.text, beginning, strlen(beginning));
}

static void test_assign_reads_each_type(void **state)
{
	struct settings *settings = settings_of(state);
	AUTO_FREE char *absolute = path_absolute("some/../file");

	assert_assigns(state, "dry_run", NULL);
	assert_assigns(state, "autorenew", NULL);
	assert_assigns(state, "verbose_count", NULL);
	assert_assigns(state, "verbose_count", NULL);
	assert_assigns(state, "rsa_key_size", "4096");
	assert_assigns(state, "max_log_backups", "0");
	assert_assigns(state, "key_type", "rsa");
	assert_assigns(state, "email", "");
	assert_assigns(state, "cert_path", "some/../file");
	assert_assigns(state, "pref_challs", "dns, http-01");
	assert_assigns(state, "pref_challs", "tls-alpn");
	assert_assigns(state, "reason", "KeyCompromise");
	assert_assigns(state, "ifaces", NULL);
	assert_assigns(state, "webroot_map", "{\"a.test\": \"/srv\"}");
	assert_true(settings_flag(settings, "dry_run"));
	assert_false(settings_flag(settings, "autorenew"));
	assert_int_equal(settings_int(settings, "verbose_count"), 2);
	assert_int_equal(settings_int(settings, "rsa_key_size"), 4096);
	assert_int_equal(settings_int(settings, "max_log_backups"), 0);
	assert_string_equal(settings_string(settings, "email"), "");
	assert_string_equal(settings_string(settings, "cert_path"), absolute);
	assert_int_equal(settings_list(settings, "pref_challs")->count, 3);
	assert_string_equal(settings_list(settings, "pref_challs")->items[0], "dns-01");
	assert_string_equal(settings_list(settings, "pref_challs")->items[2], "tls-alpn-01");
	assert_string_equal(settings_string(settings, "reason"), "keycompromise");
	assert_string_equal(settings_list(settings, "ifaces")->items[0], "authenticator");
	assert_string_equal(map_get(settings_map(settings, "webroot_map"), "a.test"), "/srv");
}

static void test_assign_refuses_in_the_words_of_argparse(void **state)
{
	assert_refuses(state, "rsa_key_size", "x",
		       "argument --rsa-key-size: invalid int value: 'x'");
	assert_refuses(state, "rsa_key_size", "", "argument --rsa-key-size: invalid int value: ''");
	assert_refuses(state, "rsa_key_size", "1024",
		       "argument --rsa-key-size: value must be between 2048 and 8192");
	assert_refuses(state, "rsa_key_size", "99999999999999999999",
		       "argument --rsa-key-size: invalid int value: '99999999999999999999'");
	assert_refuses(state, "max_log_backups", "x",
		       "argument --max-log-backups: value must be an integer");
	assert_refuses(state, "max_log_backups", "-1",
		       "argument --max-log-backups: value must be non-negative");
	assert_refuses(state, "http01_port", "65536",
		       "argument --http-01-port: value must be between 0 and 65535");
	assert_refuses(state, "key_type", "dsa",
		       "argument --key-type: invalid choice: 'dsa' (choose from 'rsa', 'ecdsa', "
		       "'ecdsa,rsa', 'rsa,ecdsa')");
	assert_refuses(state, "reason", "0",
		       "argument --reason: invalid choice: '0' (choose from 'unspecified', "
		       "'keycompromise', 'affiliationchanged', 'superseded', "
		       "'cessationofoperation')");
	assert_refuses_with(
		state, "pref_challs", "x,http,y",
		"argument --preferred-challenges: invalid choice: 'x', 'y' (choose from "
		"'http', 'http-01', 'dns', 'dns-01', ");
	assert_refuses(state, "webroot_map", "[]",
		       "argument --webroot-map: a JSON object is needed: {\"NAME\": \"PATH\"}");
}

static void test_refused_values_change_nothing(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(assign(state, "pref_challs", "http,x", &err), ERR_USAGE);
	assert_int_equal(settings_list(settings_of(state), "pref_challs")->count, 0);
	assert_int_equal(settings_origin(settings_of(state), "pref_challs"), ORIGIN_DEFAULT);
}

static void test_tls_sni_port_becomes_the_https_port(void **state)
{
	struct settings *settings = settings_of(state);

	settings_follow_tls_sni_port(settings);
	assert_int_equal(settings_origin(settings, "https_port"), ORIGIN_DEFAULT);
	assert_assigns(state, "tls_sni_01_port", "8443");
	settings_follow_tls_sni_port(settings);
	assert_int_equal(settings_int(settings, "https_port"), 8443);
	assert_assigns(state, "https_port", "444");
	settings_follow_tls_sni_port(settings);
	assert_int_equal(settings_int(settings, "https_port"), 444);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults_come_from_the_rows),
		TEST(test_values_keep_their_origin),
		TEST(test_unset_gives_the_default_back),
		TEST(test_modifiers_make_an_option_set_by_user),
		TEST(test_restored_modifiers_do_not_count),
		TEST(test_selector_flags_set_their_roles),
		TEST(test_configurator_sets_both_roles),
		TEST(test_clone_is_independent),
		TEST(test_assign_reads_each_type),
		TEST(test_assign_refuses_in_the_words_of_argparse),
		TEST(test_refused_values_change_nothing),
		TEST(test_tls_sni_port_becomes_the_https_port),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
