/*
 * Tests of src/plugins/apache: distributions, versions, TLS options.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/strbuf.h"
#include "crypto/digest.h"
#include "plugins/apache/apache_os.h"
#include "plugins/apache/apache_program.h"
#include "plugins/apache/apache_tls.h"

static void test_distributions_are_known_by_their_ids(void **state)
{
	static const struct {
		const char *os_release, *server_root, *ctl, *query;
		bool enables_modules;
	} rows[] = {
		{"ID=debian\n", "/etc/apache2", "apache2ctl", NULL, true},
		{"NAME=\"Linux Mint\"\nID=linuxmint\n", "/etc/apache2", "apache2ctl", NULL, true},
		{"ID=pop\nID_LIKE=\"ubuntu debian\"\n", "/etc/apache2", "apache2ctl", NULL, true},
		{"ID=\"rhel\"\nVERSION_ID=\"8.9\"\n", "/etc/httpd", "apachectl", NULL, false},
		{"ID=\"rhel\"\nVERSION_ID=\"9.2\"\n", "/etc/httpd", "apachectl", "httpd", false},
		{"ID=fedora\nVERSION_ID=28\n", "/etc/httpd", "apachectl", NULL, false},
		{"ID=fedora\nVERSION_ID=40\n", "/etc/httpd", "apachectl", "httpd", false},
		{"ID=nobara\nID_LIKE='fedora'\nVERSION_ID=40\n", "/etc/httpd", "apachectl", "httpd",
		 false},
		{"ID=gentoo\n", "/etc/apache2", "apache2ctl", NULL, false},
		{"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "/etc/apache2", "apachectl",
		 NULL, false},
		{"ID=arch\n", "/etc/httpd", "apachectl", NULL, false},
		{"ID=alpine\n", "/etc/apache2", "apachectl", NULL, false},
		{"ID=void\n", "/etc/apache", "apachectl", NULL, false},
		{"ID=else\n", "/etc/apache2", "apache2ctl", NULL, false},
		{"", "/etc/apache2", "apache2ctl", NULL, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct apache_os *os = apache_os_for(span_of(rows[i].os_release));

		assert_string_equal(os->server_root, rows[i].server_root);
		assert_string_equal(os->ctl, rows[i].ctl);
		assert_int_equal((os->flags & APACHE_OS_MODULES) != 0, rows[i].enables_modules);
		assert_int_equal(os->query != NULL, rows[i].query != NULL);
		if (os->query)
			assert_string_equal(os->query, rows[i].query);
	}
}

static void test_versions_are_numbers(void **state)
{
	assert_true(apache_version_reaches("2.4.57", 2, 4, 8));
	assert_true(apache_version_reaches("2.4.8", 2, 4, 8));
	assert_false(apache_version_reaches("2.4.7", 2, 4, 8));
	assert_false(apache_version_reaches("2.2.34", 2, 4, 0));
	assert_true(apache_version_reaches("2.4", 2, 4, 0));
	assert_true(apache_version_reaches("3.0", 2, 4, 11));
}

static const struct tls_file *options(const char *version, enum apache_openssl openssl,
				      bool expect_current)
{
	bool is_current;
	const struct tls_file *file = apache_tls_options(version, openssl, &is_current);

	assert_int_equal(is_current, expect_current);
	return file;
}

static void test_tls_options_follow_the_versions(void **state)
{
	const struct tls_file *file = options("2.4.57", APACHE_OPENSSL_CURRENT, true);

	assert_non_null(strstr(file->text, "SSLSessionTickets off"));
	assert_non_null(strstr(file->text, "SSLEngine on"));
	file = options("2.4.10", APACHE_OPENSSL_CURRENT, false);
	assert_null(strstr(file->text, "SSLSessionTickets"));
	assert_null(strstr(file->text, "Curves"));
	options("2.4.57", APACHE_OPENSSL_OLD, false);
	options("2.4.57", APACHE_OPENSSL_UNKNOWN, false);
}

static void assert_knows_itself(const struct tls_file *file)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;

	digest_hex(DIGEST_SHA256, file->text, strlen(file->text), &hash);
	for (size_t i = 0; i < file->known_count; i++)
		if (strcmp(file->known[i], hash.text) == 0)
			return;
	fail_msg("the digest %s of our own file is not known", hash.text);
}

static void test_own_tls_options_may_be_replaced_later(void **state)
{
	assert_knows_itself(options("2.4.57", APACHE_OPENSSL_CURRENT, true));
	assert_knows_itself(options("2.4.10", APACHE_OPENSSL_OLD, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distributions_are_known_by_their_ids),
		cmocka_unit_test(test_versions_are_numbers),
		cmocka_unit_test(test_tls_options_follow_the_versions),
		cmocka_unit_test(test_own_tls_options_may_be_replaced_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
