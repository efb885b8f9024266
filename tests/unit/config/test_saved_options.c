/* Settings in [renewalparams]: what is written in which order, what is restored over what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/ini.h"
#include "config/settings.h"
#include "settings_fixture.h"
#include "settings_json.h"

static struct ini *parse(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct ini *ini = NULL;

	if (ini_parse(text, strlen(text), "conf", &ini, &err) < 0)
		fail_msg("%s", err.text);
	return ini;
}

/* Saves into a conf of that text; the result must be `expected`. */
static void assert_saves(const struct settings *settings, const char *text, const char *expected)
{
	AUTO(ini) struct ini *ini = parse(text);
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	settings_save(settings, ini_add_section(ini_root(ini), "renewalparams"));
	ini_print(ini, &out);
	assert_string_equal(out.text, expected);
}

static int restore(struct settings *settings, const char *text, struct error *err)
{
	AUTO(ini) struct ini *ini = parse(text);

	return settings_restore(settings, ini_find_section(ini_root(ini), "renewalparams"), err);
}

static void assert_restores(struct settings *settings, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (restore(settings, text, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_fails(struct settings *settings, const char *line, const char *expected)
{
	AUTO_FREE char *text = xasprintf("[renewalparams]\nauthenticator = sample\n%s\n", line);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(restore(settings, text, &err), ERR_PARSE);
	assert_string_equal(err.text, expected);
}

static void test_defaults_save_server_and_key_type(void **state)
{
	assert_saves(settings_of(state), "",
		     "[renewalparams]\n"
		     "server = https://acme-v02.api.letsencrypt.org/directory\n"
		     "key_type = ecdsa\n");
}

static void test_saves_what_was_set_in_the_order_of_certbot(void **state)
{
	struct settings *settings = settings_of(state);

	settings_map_set(settings, "webroot_map", "a.test", "/srv/a", ORIGIN_COMMAND_LINE);
	settings_push(settings, "webroot_path", "/srv/a", ORIGIN_COMMAND_LINE);
	settings_set_string(settings, "deploy_hook", "echo \"a, b\"", ORIGIN_COMMAND_LINE);
	settings_set_string(settings, "authenticator", "webroot", ORIGIN_RUNTIME);
	settings_set_string(settings, "installer", NULL, ORIGIN_RUNTIME);
	settings_push(settings, "pref_challs", "http-01", ORIGIN_COMMAND_LINE);
	settings_set_string(settings, "account", "0123", ORIGIN_RUNTIME);
	settings_set_flag(settings, "reuse_key", true, ORIGIN_COMMAND_LINE);
	settings_set_flag(settings, "autorenew", false, ORIGIN_COMMAND_LINE);
	settings_set_int(settings, "http01_port", 80, ORIGIN_CONFIG_FILE);
	settings_set_flag(settings, "dry_run", false, ORIGIN_COMMAND_LINE);
	settings_set_int(settings, "sample_seconds", 10, ORIGIN_COMMAND_LINE);
	assert_saves(settings, "",
		     "[renewalparams]\n"
		     "reuse_key = True\n"
		     "account = 0123\n"
		     "http01_port = 80\n"
		     "pref_challs = http-01,\n"
		     "renew_hook = 'echo \"a, b\"'\n"
		     "autorenew = False\n"
		     "server = https://acme-v02.api.letsencrypt.org/directory\n"
		     "authenticator = webroot\n"
		     "installer = None\n"
		     "sample_seconds = 10\n"
		     "webroot_path = /srv/a,\n"
		     "key_type = ecdsa\n"
		     "[[webroot_map]]\n"
		     "a.test = /srv/a\n");
}

static void prefer(struct settings *settings, const char *first, const char *second)
{
	settings_unset(settings, "pref_challs");
	settings_push(settings, "pref_challs", first, ORIGIN_COMMAND_LINE);
	if (second)
		settings_push(settings, "pref_challs", second, ORIGIN_COMMAND_LINE);
}

/* Certbot fails on a type that it does not know: that stands under a key that it ignores. */
static void test_challenges_that_certbot_lacks_are_kept_apart(void **state)
{
	struct settings *settings = settings_of(state);
	static const char rest[] = "server = https://acme-v02.api.letsencrypt.org/directory\n"
				   "key_type = ecdsa\n";
	AUTO_FREE char *alone = xasprintf("[renewalparams]\npreferred_challenges = tls-sni-01,\n%s",
					  rest);
	AUTO_FREE char *mixed = xasprintf("[renewalparams]\npref_challs = http-01,\n"
					  "preferred_challenges = tls-sni-01, http-01\n%s",
					  rest);
	AUTO_FREE char *known = xasprintf("[renewalparams]\npref_challs = dns-01, http-01\n%s",
					  rest);

	prefer(settings, "tls-sni-01", NULL);
	assert_saves(settings, "[renewalparams]\npref_challs = http-01,\n", alone);
	prefer(settings, "tls-sni-01", "http-01");
	assert_saves(settings, "", mixed);
	prefer(settings, "dns-01", "http-01");
	assert_saves(settings, mixed, known);
}

static void assert_prefers(void **state, const char *lines, const char *expected)
{
	struct settings *settings = settings_of(state);
	AUTO_FREE char *text = xasprintf("[renewalparams]\nauthenticator = sample\n%s", lines);
	AUTO_FREE char *list = NULL;

	settings_unset(settings, "pref_challs");
	assert_restores(settings, text);
	list = strvec_join(settings_list(settings, "pref_challs"), " ");
	assert_string_equal(list, expected);
}

static void test_challenges_kept_apart_hold_until_others_are_chosen(void **state)
{
	assert_prefers(state, "preferred_challenges = tls-sni-01,\n", "tls-sni-01");
	assert_prefers(state,
		       "pref_challs = http-01,\npreferred_challenges = http-01, tls-sni-01\n",
		       "http-01 tls-sni-01");
	assert_prefers(state, "pref_challs = dns-01,\npreferred_challenges = http-01, tls-sni-01\n",
		       "dns-01");
	assert_prefers(state, "pref_challs = dns-01,\npreferred_challenges = tls-sni-01,\n",
		       "dns-01");
	/* As Certbot 0.23 and earlier versions of this program wrote it. */
	assert_prefers(state, "pref_challs = tls-sni-01,\n", "tls-sni-01");
	prefer(settings_of(state), "dns-01", NULL);
	assert_restores(settings_of(state), "[renewalparams]\nauthenticator = sample\n"
					    "preferred_challenges = tls-sni-01,\n");
	assert_string_equal(settings_list(settings_of(state), "pref_challs")->items[0], "dns-01");
	settings_unset(settings_of(state), "pref_challs");
	assert_fails(settings_of(state), "preferred_challenges = pigeon,",
		     "unknown value in preferred_challenges: 'pigeon'");
}

static void test_save_drops_what_is_not_kept_and_leaves_the_rest(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "authenticator", "standalone", ORIGIN_RUNTIME);
	settings_set_string(settings, "key_type", "rsa", ORIGIN_RENEWAL_CONF);
	assert_saves(settings,
		     "version = 2.1.0\n"
		     "custom = kept\n"
		     "# Options\n"
		     "[renewalparams]\n"
		     "# about the plugin\n"
		     "authenticator = webroot\n"
		     "unknown = gone\n"
		     "webroot_path = /srv,\n"
		     "key_type = rsa\n"
		     "[[webroot_map]]\n"
		     "a.test = /srv\n",
		     "version = 2.1.0\n"
		     "custom = kept\n"
		     "# Options\n"
		     "[renewalparams]\n"
		     "# about the plugin\n"
		     "authenticator = standalone\n"
		     "key_type = rsa\n"
		     "server = https://acme-v02.api.letsencrypt.org/directory\n");
}

/* As Certbot: sections are merged, so a name that is not served any more stays in the map. */
static void test_saved_maps_are_merged(void **state)
{
	struct settings *settings = settings_of(state);

	settings_map_set(settings, "webroot_map", "b.test", "/new", ORIGIN_COMMAND_LINE);
	assert_saves(settings,
		     "[renewalparams]\nkey_type = ecdsa\nserver = https://ca.test/\n"
		     "[[webroot_map]]\na.test = /old\n",
		     "[renewalparams]\nkey_type = ecdsa\n"
		     "server = https://acme-v02.api.letsencrypt.org/directory\n"
		     "[[webroot_map]]\na.test = /old\nb.test = /new\n");
}

static void test_restores_each_type(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = sample\n"
				  "installer = None\n"
				  "server = https://ca.test/dir\n"
				  "rsa_key_size = 4096\n"
				  "must_staple = TRUE\n"
				  "autorenew = false\n"
				  "pref_challs = dns\n"
				  "renew_hook = systemctl reload nginx\n"
				  "key_type = rsa\n"
				  "sample_seconds = 5\n"
				  "sample_switch = True\n"
				  "sample_file = None\n");
	assert_string_equal(settings_string(settings, "authenticator"), "sample");
	assert_null(settings_string(settings, "installer"));
	assert_string_equal(settings_string(settings, "server"), "https://ca.test/dir");
	assert_int_equal(settings_int(settings, "rsa_key_size"), 4096);
	assert_true(settings_flag(settings, "must_staple"));
	assert_false(settings_flag(settings, "autorenew"));
	assert_string_equal(settings_list(settings, "pref_challs")->items[0], "dns-01");
	assert_string_equal(settings_string(settings, "deploy_hook"), "systemctl reload nginx");
	assert_int_equal(settings_int(settings, "sample_seconds"), 5);
	assert_true(settings_flag(settings, "sample_switch"));
	assert_null(settings_string(settings, "sample_file"));
	assert_int_equal(settings_origin(settings, "server"), ORIGIN_RENEWAL_CONF);
}

static void test_restores_nothing_over_what_the_user_set(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "server", "https://mine.test/", ORIGIN_COMMAND_LINE);
	settings_set_flag(settings, "standalone", true, ORIGIN_COMMAND_LINE);
	settings_push(settings, "pref_challs", "http-01", ORIGIN_CONFIG_FILE);
	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = webroot\n"
				  "server = https://ca.test/\n"
				  "account = 0123\n"
				  "pref_challs = dns-01,\n"
				  "rsa_key_size = 3072\n"
				  "key_type = rsa\n");
	assert_string_equal(settings_string(settings, "server"), "https://mine.test/");
	assert_null(settings_string(settings, "account"));
	assert_null(settings_string(settings, "authenticator"));
	assert_string_equal(settings_list(settings, "pref_challs")->items[0], "http-01");
	assert_int_equal(settings_int(settings, "rsa_key_size"), 3072);
}

static void test_restores_only_options_of_its_plugins(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = manual\n"
				  "manual_auth_hook = /bin/a\n"
				  "sample_seconds = 77\n"
				  "webroot_path = /srv,\n"
				  "[[webroot_map]]\n"
				  "a.test = /srv\n");
	assert_string_equal(settings_string(settings, "manual_auth_hook"), "/bin/a");
	assert_int_equal(settings_int(settings, "sample_seconds"), 10);
	assert_int_equal(settings_list(settings, "webroot_path")->count, 0);
	assert_int_equal(settings_map(settings, "webroot_map")->count, 0);
}

static void test_restores_what_a_plugin_wrote_under_its_old_name(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = dist-sample:sample\n"
				  "dist_sample:sample_seconds = 5\n"
				  "dist_sample:sample_switch = True\n"
				  "dist_sample:allow_subset_of_names = True\n"
				  "sample_switch = False\n");
	assert_string_equal(settings_string(settings, "authenticator"), "sample");
	assert_int_equal(settings_int(settings, "sample_seconds"), 5);
	assert_false(settings_flag(settings, "sample_switch"));
	assert_false(settings_flag(settings, "allow_subset_of_names"));
}

static void test_restores_web_roots(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = webroot\n"
				  "webroot_path = /srv/a, /srv/b\n"
				  "[[webroot_map]]\n"
				  "a.test = /srv/a\n"
				  "b.test = /srv/b\n");
	assert_int_equal(settings_list(settings, "webroot_path")->count, 2);
	assert_string_equal(map_get(settings_map(settings, "webroot_map"), "b.test"), "/srv/b");
}

static void test_web_root_may_be_a_bare_string(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = webroot\n"
				  "webroot_path = /srv/a\n");
	assert_int_equal(settings_list(settings, "webroot_path")->count, 1);
}

static void test_web_roots_of_the_command_line_win(void **state)
{
	struct settings *settings = settings_of(state);

	settings_push(settings, "webroot_path", "/mine", ORIGIN_COMMAND_LINE);
	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = webroot\n"
				  "webroot_path = /srv/a,\n"
				  "[[webroot_map]]\n"
				  "a.test = /srv/a\n");
	assert_string_equal(settings_list(settings, "webroot_path")->items[0], "/mine");
	assert_int_equal(settings_map(settings, "webroot_map")->count, 0);
}

static void test_restores_what_old_versions_wrote(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = standalone\n"
				  "server = https://acme-v01.api.letsencrypt.org/directory\n"
				  "http01_port = None\n"
				  "tls_sni_01_port = 8443\n"
				  "os_packages_only = False\n"
				  "manual_public_ip_logging_ok = None\n"
				  "standalone_supported_challenges = \"tls-sni-01,http-01\"\n"
				  "hsts = None\n"
				  "no_self_upgrade = False\n");
	assert_string_equal(settings_string(settings, "server"),
			    "https://acme-v02.api.letsencrypt.org/directory");
	assert_string_equal(settings_string(settings, "key_type"), "rsa");
	assert_int_equal(settings_int(settings, "http01_port"), 80);
	assert_int_equal(settings_int(settings, "https_port"), 8443);
}

static void test_old_test_server_becomes_the_present_one(void **state)
{
	struct settings *settings = settings_of(state);

	assert_restores(settings, "[renewalparams]\n"
				  "authenticator = standalone\n"
				  "server = https://acme-staging.api.letsencrypt.org/directory\n");
	assert_string_equal(settings_string(settings, "server"),
			    "https://acme-staging-v02.api.letsencrypt.org/directory");
}

/* It is there for new certificates. */
static void test_key_type_of_a_file_does_not_beat_that_of_a_lineage(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "key_type", "rsa", ORIGIN_CONFIG_FILE);
	assert_restores(settings, "[renewalparams]\nauthenticator = standalone\n"
				  "key_type = ecdsa\n");
	assert_string_equal(settings_string(settings, "key_type"), "ecdsa");
}

static void test_names_of_the_command_line_are_no_keys(void **state)
{
	struct settings *settings = settings_of(state);
	AUTO(ini) struct ini *ini = parse("[wrong]\ndeploy_hook = x\n"
					  "[right]\ndeploy_hook = x\nrenew_hook = x\n");
	const struct option *option = settings_misnamed(settings_table(settings),
							ini_find_section(ini_root(ini), "wrong"));

	assert_non_null(option);
	assert_string_equal(option->saved_as, "renew_hook");
	assert_null(settings_misnamed(settings_table(settings),
				      ini_find_section(ini_root(ini), "right")));
}

static void test_missing_key_type_does_not_override_the_user(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "key_type", "ecdsa", ORIGIN_COMMAND_LINE);
	assert_restores(settings, "[renewalparams]\nauthenticator = standalone\n");
	assert_string_equal(settings_string(settings, "key_type"), "ecdsa");
}

static void test_bad_values_name_key_and_value(void **state)
{
	struct settings *settings = settings_of(state);

	assert_fails(settings, "must_staple = yes",
		     "Expected True or False for must_staple but found yes");
	assert_fails(settings, "reuse_key = None",
		     "Expected True or False for reuse_key but found None");
	assert_fails(settings, "rsa_key_size = None",
		     "Expected a numeric value for rsa_key_size but found None");
	assert_fails(settings, "http01_port = http",
		     "Expected a numeric value for http01_port but found http");
	assert_fails(settings, "sample_seconds = x",
		     "Expected a numeric value for sample_seconds but found x");
	assert_fails(settings, "pref_challs = http-01, carrier-pigeon",
		     "unknown value in pref_challs: 'carrier-pigeon'");
	assert_fails(settings, "key_type = dsa", "unknown value for key_type: 'dsa'");
}

static void test_authenticator_is_required(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(restore(settings_of(state), "[renewalparams]\nserver = x\n", &err),
			 ERR_PARSE);
	assert_string_equal(err.text, "it does not specify an authenticator");
}

/* What was restored is kept when the conf is written again, also where it equals the default. */
static void test_restored_options_survive_saving(void **state)
{
	static const char conf[] = "[renewalparams]\n"
				   "reuse_key = False\n"
				   "account = 0123\n"
				   "http01_port = 80\n"
				   "pref_challs = http-01,\n"
				   "pre_hook = a\n"
				   "renew_hook = b\n"
				   "user_agent = \"\"\n"
				   "server = https://ca.test/\n"
				   "authenticator = sample\n"
				   "sample_seconds = 10\n"
				   "key_type = rsa\n";
	struct settings *settings = settings_of(state);

	assert_restores(settings, conf);
	assert_saves(settings, conf, conf);
}

static void test_a_path_that_a_conf_cannot_hold_is_found_before_it_is_saved(void **state)
{
	struct settings *settings = settings_of(state);
	AUTO(error) struct error err = ERROR_INIT;

	settings_push(settings, "webroot_path", "/srv/a", ORIGIN_COMMAND_LINE);
	assert_int_equal(settings_check_saved(settings, &err), 0);
	settings_push(settings, "webroot_path", "/srv/%(b)s", ORIGIN_COMMAND_LINE);
	assert_int_equal(settings_check_saved(settings, &err), ERR_CONFIG);
	assert_non_null(strstr(err.text, "webroot_path = '/srv/%(b)s'"));
}

static void assert_account(struct settings *settings, const char *conf_server, const char *expected)
{
	AUTO_FREE char *text = xasprintf("[renewalparams]\nauthenticator = sample\n"
					 "account = 0123\nserver = %s\n",
					 conf_server);

	assert_restores(settings, text);
	if (expected)
		assert_string_equal(settings_string(settings, "account"), expected);
	else
		assert_null(settings_string(settings, "account"));
}

static void test_naming_the_server_of_the_conf_again_keeps_its_account(void **state)
{
	struct settings *settings = settings_of(state);

	settings_set_string(settings, "server", "https://acme-v02.api.letsencrypt.org/directory",
			    ORIGIN_COMMAND_LINE);
	assert_account(settings, "https://other.test/dir", NULL);
	assert_account(settings, "https://acme-v02.api.letsencrypt.org/directory", "0123");
	settings_unset(settings, "account");
	assert_account(settings, "https://acme-v01.api.letsencrypt.org/directory", "0123");
	settings_set_string(settings, "account", "4567", ORIGIN_COMMAND_LINE);
	assert_account(settings, "https://acme-v02.api.letsencrypt.org/directory", "4567");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* An option that is no longer given must not come back at the next renewal. A plugin that is a
 * program has no rows for its options. */
static void test_options_of_a_program_are_replaced(void **state)
{
	struct settings *settings = settings_of(state);
	AUTO(ini) struct ini *ini = parse("[renewalparams]\nauthenticator = webroot\n"
					  "copy_mode = 640\ncopy_to = /old\nother = 1\n");
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	settings_set_program_option(settings, "copy_to", "/new", ORIGIN_COMMAND_LINE);
	settings_replace_plugin(settings, "copy", ini_add_section(ini_root(ini), "renewalparams"));
	ini_print(ini, &out);
	assert_string_equal(out.text, "[renewalparams]\nauthenticator = webroot\nother = 1\n"
				      "copy_to = /new\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults_save_server_and_key_type),
		TEST(test_saves_what_was_set_in_the_order_of_certbot),
		TEST(test_challenges_that_certbot_lacks_are_kept_apart),
		TEST(test_challenges_kept_apart_hold_until_others_are_chosen),
		TEST(test_save_drops_what_is_not_kept_and_leaves_the_rest),
		TEST(test_saved_maps_are_merged),
		TEST(test_restores_each_type),
		TEST(test_restores_nothing_over_what_the_user_set),
		TEST(test_restores_only_options_of_its_plugins),
		TEST(test_restores_what_a_plugin_wrote_under_its_old_name),
		TEST(test_restores_web_roots),
		TEST(test_web_root_may_be_a_bare_string),
		TEST(test_web_roots_of_the_command_line_win),
		TEST(test_restores_what_old_versions_wrote),
		TEST(test_old_test_server_becomes_the_present_one),
		TEST(test_key_type_of_a_file_does_not_beat_that_of_a_lineage),
		TEST(test_names_of_the_command_line_are_no_keys),
		TEST(test_missing_key_type_does_not_override_the_user),
		TEST(test_bad_values_name_key_and_value),
		TEST(test_authenticator_is_required),
		TEST(test_restored_options_survive_saving),
		TEST(test_a_path_that_a_conf_cannot_hold_is_found_before_it_is_saved),
		TEST(test_naming_the_server_of_the_conf_again_keeps_its_account),
		TEST(test_options_of_a_program_are_replaced),
	};

	return cmocka_run_group_tests_name("saved_options", tests, NULL, NULL);
}
