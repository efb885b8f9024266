/*
 * The options of the core and of all plugins of this build together: what one may do to another's
 * names. The rows are the shortest beginnings of long options that Certbot 2.1 and 5.6 both take
 * for one option. With a DNS plugin installed, no beginning of its --dns-NAME is clear to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/builtins.h"
#include "base/alloc.h"
#include "config/scanner.h"

static const struct {
	const char *shortest, *option;
} rows[] = {
	{"--ac", "--account"},
	{"--ag", "--agree-tos"},
	{"--al", "--allow-subset-of-names"},
	{"--apache-b", "--apache-bin"},
	{"--apache-ch", "--apache-challenge-location"},
	{"--apache-ct", "--apache-ctl"},
	{"--apache-d", "--apache-dismod"},
	{"--apache-e", "--apache-enmod"},
	{"--apache-handle-m", "--apache-handle-modules"},
	{"--apache-handle-s", "--apache-handle-sites"},
	{"--apache-le", "--apache-le-vhost-ext"},
	{"--apache-lo", "--apache-logs-root"},
	{"--apache-s", "--apache-server-root"},
	{"--apache-v", "--apache-vhost-root"},
	{"--auto", "--auto-hsts"},
	{"--b", "--break-my-certs"},
	{"--cert-n", "--cert-name"},
	{"--cert-p", "--cert-path"},
	{"--cha", "--chain-path"},
	{"--che", "--checkpoints"},
	{"--config-", "--config-dir"},
	{"--configu", "--configurator"},
	{"--cs", "--csr"},
	{"--debug-", "--debug-challenges"},
	{"--del", "--delete-after-revoke"},
	{"--dep", "--deploy-hook"},
	{"--disable-h", "--disable-hook-validation"},
	{"--disable-r", "--disable-renew-updates"},
	{"--dns-rfc2136-c", "--dns-rfc2136-credentials"},
	{"--dns-rfc2136-p", "--dns-rfc2136-propagation-seconds"},
	{"--dr", "--dry-run"},
	{"--du", "--duplicate"},
	{"--eab-hmac-k", "--eab-hmac-key"},
	{"--eab-k", "--eab-kid"},
	{"--ef", "--eff-email"},
	{"--el", "--elliptic-curve"},
	{"--em", "--email"},
	{"--ex", "--expand"},
	{"--force-i", "--force-interactive"},
	{"--force-r", "--force-renewal"},
	{"--fu", "--fullchain-path"},
	{"--he", "--help"},
	{"--hs", "--hsts"},
	{"--http-01-a", "--http-01-address"},
	{"--http-01-p", "--http-01-port"},
	{"--https", "--https-port"},
	{"--ini", "--init"},
	{"--is", "--issuance-timeout"},
	{"--keep-", "--keep-until-expiring"},
	{"--key-p", "--key-path"},
	{"--key-t", "--key-type"},
	{"--l", "--logs-dir"},
	{"--manual-a", "--manual-auth-hook"},
	{"--manual-c", "--manual-cleanup-hook"},
	{"--manual-p", "--manual-public-ip-logging-ok"},
	{"--max", "--max-log-backups"},
	{"--mu", "--must-staple"},
	{"--ne", "--new-key"},
	{"--nginx-c", "--nginx-ctl"},
	{"--nginx-se", "--nginx-server-root"},
	{"--nginx-sl", "--nginx-sleep-seconds"},
	{"--no-a", "--no-autorenew"},
	{"--no-b", "--no-bootstrap"},
	{"--no-de", "--no-delete-after-revoke"},
	{"--no-di", "--no-directory-hooks"},
	{"--no-e", "--no-eff-email"},
	{"--no-h", "--no-hsts"},
	{"--no-p", "--no-permissions-check"},
	{"--no-ra", "--no-random-sleep-on-renew"},
	{"--no-red", "--no-redirect"},
	{"--no-reu", "--no-reuse-key"},
	{"--no-se", "--no-self-upgrade"},
	{"--no-st", "--no-staple-ocsp"},
	{"--no-u", "--no-uir"},
	{"--no-v", "--no-verify-ssl"},
	{"--non-", "--non-interactive"},
	{"--noni", "--noninteractive"},
	{"--o", "--os-packages-only"},
	{"--po", "--post-hook"},
	{"--pre-", "--pre-hook"},
	{"--prec", "--preconfigured-renewal"},
	{"--preferred-chai", "--preferred-chain"},
	{"--preferred-chal", "--preferred-challenges"},
	{"--prep", "--prepare"},
	{"--q", "--quiet"},
	{"--rea", "--reason"},
	{"--red", "--redirect"},
	{"--reg", "--register-unsafely-without-email"},
	{"--rei", "--reinstall"},
	{"--renew-b", "--renew-by-default"},
	{"--renew-h", "--renew-hook"},
	{"--renew-w", "--renew-with-new-domains"},
	{"--reu", "--reuse-key"},
	{"--rs", "--rsa-key-size"},
	{"--se", "--server"},
	{"--stag", "--staging"},
	{"--stan", "--standalone"},
	{"--stap", "--staple-ocsp"},
	{"--str", "--strict-permissions"},
	{"--tes", "--test-cert"},
	{"--tex", "--text"},
	{"--ui", "--uir"},
	{"--user-agent-", "--user-agent-comment"},
	{"--verbose-", "--verbose-level"},
	{"--vers", "--version"},
	{"--webroot-m", "--webroot-map"},
	{"--webroot-p", "--webroot-path"},
	{"--wo", "--work-dir"},
};

static void test_abbreviations_that_certbot_takes_are_taken(void **state)
{
	AUTO(option_table) struct option_table table;

	app_option_table(&table);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct option *expected = option_table_find_name(&table, rows[i].option);

		assert_non_null(expected);
		for (size_t len = strlen(rows[i].shortest); len < strlen(rows[i].option); len++) {
			AUTO_FREE char *word = xstrndup(rows[i].option, len);
			AUTO(error) struct error err = ERROR_INIT;
			const struct option *found = NULL;

			if (scanner_find(&table, word, &found, &err) < 0)
				fail_msg("%s", err.text);
			if (!option_table_find_name(&table, word) && found != expected)
				fail_msg("%s is %s", word, found ? found->dest : "nothing");
		}
	}
}

/* Options of Certbot before 1.10, and of the plugin from the time before it was Certbot's. */
static void test_old_options_of_route53_are_deprecated(void **state)
{
	static const char *const names[] = {"--dns-route53-propagation-seconds",
					    "--certbot-route53:auth-propagation-seconds"};
	AUTO(option_table) struct option_table table;

	app_option_table(&table);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct option *option = option_table_find_name(&table, names[i]);

		assert_non_null(option);
		assert_true(option->flags & OPTION_DEPRECATED);
		assert_true(option_takes_value(option));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abbreviations_that_certbot_takes_are_taken),
		cmocka_unit_test(test_old_options_of_route53_are_deprecated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
