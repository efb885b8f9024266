/* Old names of plugins and of their keys, as renewal confs and credentials files have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "config/plugin_names.h"

static void test_old_names_have_present_ones(void **state)
{
	static const struct {
		const char *old, *present;
	} cases[] = {
		{"nginx", "nginx"},
		{"certbot-postfix:postfix", "postfix"},
		{"certbot-dns-inwx:dns-inwx", "dns-inwx"},
		{"certbot-haproxy:haproxy-installer", "haproxy"},
		{"haproxy-installer", "haproxy"},
		{"haproxy-authenticator", "haproxy"},
		{"s3front_auth", "s3front"},
		{"certbot-external-auth:out", "external-auth"},
		{"certbot-plugin-gandi:dns", "dns-gandi"},
		{"letsencrypt-gandi:gandi-shs", "gandi"},
		{"certbot-dns-cpanel:cpanel", "dns-cpanel"},
		{"cpanel", "dns-cpanel"},
		{"directadmin", "dns-directadmin"},
		{"certbot-plugin-edgedns:edgedns", "dns-edgedns"},
		{"dns-selectel-api-v2", "dns-selectel"},
		{"letsencrypt-s3front:auth", "s3front"},
		{"letsencrypt-s3front:installer", "s3front"},
		{"certbot-other:dns", "dns"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(plugin_name_present(cases[i].old), cases[i].present);
}

static void test_old_keys_have_present_ones(void **state)
{
	static const struct {
		const char *old, *present;
	} cases[] = {
		{"cpanel_url", "dns_cpanel_url"},
		{"certbot_dns_cpanel:cpanel_url", "dns_cpanel_url"},
		{"certbot_plugin_gandi:dns_api_key", "dns_gandi_api_key"},
		{"dns_selectel_api_v2_account_id", "dns_selectel_account_id"},
		{"dns_selectel_account_id", "dns_selectel_account_id"},
		{"edgedns_propagation_seconds", "dns_edgedns_propagation_seconds"},
		{"certbot_dns_inwx:dns_inwx_url", "dns_inwx_url"},
		{"directadmin", "directadmin"},
		{"dns_api_key", "dns_api_key"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *present = plugin_key_present(cases[i].old);

		assert_string_equal(present, cases[i].present);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_names_have_present_ones),
		cmocka_unit_test(test_old_keys_have_present_ones),
	};

	return cmocka_run_group_tests_name("plugin_names", tests, NULL, NULL);
}
