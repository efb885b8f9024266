/* What Certbot prints, as its versions print it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "foreign/certbot_output.h"

static void assert_value(const struct map *map, const char *key, const char *expected)
{
	assert_true(map_contains(map, key));
	assert_string_equal(map_get(map, key), expected);
}

static void test_finds_in_a_log_what_was_said(void **state)
{
	static const char log[] =
		"2026-11-30 09:51:14,347:DEBUG:certbot.main:certbot version: 2.1.0\n"
		"2026-11-30 09:51:14,348:DEBUG:certbot.display.obj:Notifying user: * apache\n"
		"Description: a\n\n"
		"2026-11-30 09:51:14,349:DEBUG:certbot.x:Var a=Notifying user: b\n* no\n"
		"2026-11-30 09:51:15,001:DEBUG:certbot.display.obj:Notifying user: \n- - -\n";
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;

	certbot_output_from_log(span_of(log), &said);
	assert_string_equal(said.text, "* apache\nDescription: a\n\n\n- - -\n");
}

static void test_reads_the_summary_of_renew(void **state)
{
	static const char text[] =
		"Processing /le/renewal/a.conf\n- - -\n"
		"The following certificates are not due for renewal yet:\n"
		"  /le/live/a/fullchain.pem expires on 2027-02-27 (skipped)\n"
		"The following certificates could not be renewed:\n"
		"  /le/live/b/fullchain.pem (failure)\n"
		"Additionally, the following renewal configurations were invalid: \n"
		"  /le/renewal/c.conf (parsefail)\r\n"
		"  not a path (success)\n  /le/x\n  /)\n";
	AUTO(map) struct map words = MAP_INIT(free);

	certbot_output_plan(span_of(text), &words);
	assert_int_equal(words.count, 3);
	assert_value(&words, "/le/live/a/fullchain.pem", "skipped");
	assert_value(&words, "/le/live/b/fullchain.pem", "failure");
	assert_value(&words, "/le/renewal/c.conf", "parsefail");
}

static void test_reads_why_a_conf_cannot_be_used(void **state)
{
	static const char text[] =
		"Renewal configuration file /le/renewal/c.conf is broken.\n"
		"The error was: expected x to be a symlink\nSkipping.\n"
		"Renewal configuration file /le/renewal/d.conf does not specify an authenticator. "
		"Skipping.\nother\n";
	AUTO_FREE char *broken = certbot_output_fault(span_of(text), "/le/renewal/c.conf");
	AUTO_FREE char *other = certbot_output_fault(span_of(text), "/le/renewal/d.conf");

	assert_string_equal(broken, "is broken. The error was: expected x to be a symlink");
	assert_string_equal(other, "does not specify an authenticator.");
	assert_null(certbot_output_fault(span_of(text), "/le/renewal/e.conf"));
}

static void test_reads_why_a_lineage_is_due(void **state)
{
	static const char theirs[] = "x:Notifying user: Processing /le/renewal/a.conf\n"
				     "x:Var a=b (set by user).\n"
				     "x:Notifying user: Processing /le/renewal/b.conf\n"
				     "x:storage:Should renew, less than 30 days before expiry.\n";
	static const char ours[] = "x:b is due for renewal: the CA suggests it\n";
	AUTO_FREE char *b = certbot_output_reason(span_of(theirs), "b", "/le/renewal/b.conf");
	AUTO_FREE char *too = certbot_output_reason(span_of(ours), "b", "/le/renewal/b.conf");

	assert_string_equal(b, "less than 30 days before expiry");
	assert_string_equal(too, "the CA suggests it");
	assert_null(certbot_output_reason(span_of(theirs), "a", "/le/renewal/a.conf"));
	REPLACE(too, certbot_output_reason(span_of("b is due for renewal: "), "b", "/b.conf"));
	assert_string_equal(too, "");
}

static void test_reads_certificates_of_all_versions(void **state)
{
	static const char text[] =
		"Found the following certs:\n  Certificate Name: a\n    Serial Number: 1f\n"
		"    Key Type: ECDSA\n    Domains: b.test a.test\n"
		"    Expiry Date: 2027-02-27 08:19:10+00:00 (VALID: 89 days)\n"
		"    Certificate Path: /le/live/a/fullchain.pem\n"
		"  Certificate Name: b\n    Identifiers: 192.0.2.1, a.test\n"
		"    Expiry Date: 2020-01-01 00:00:00+00:00 (INVALID: EXPIRED)\n\n"
		"The following renewal configurations were invalid:\n  /le/renewal/c.conf\n";
	AUTO(map) struct map values = MAP_INIT(free);

	certbot_output_certificates(span_of(text), &values);
	assert_value(&values, "a, serial number", "1f");
	assert_value(&values, "a, names", "a.test b.test");
	assert_value(&values, "a, status", "VALID");
	assert_value(&values, "b, names", "192.0.2.1 a.test");
	assert_value(&values, "b, expiry date", "2020-01-01 00:00:00+00:00");
	assert_value(&values, "b, status", "INVALID: EXPIRED");
	assert_value(&values, "/le/renewal/c.conf", "invalid");
	assert_int_equal(values.count, 10);
}

static void test_reads_an_expiry_date_that_is_cut_off(void **state)
{
	AUTO(map) struct map values = MAP_INIT(free);

	certbot_output_certificates(span_of("Certificate Name: a\nExpiry Date: 2027-02-27"),
				    &values);
	assert_value(&values, "a, expiry date", "2027-02-27");
	assert_value(&values, "a, status", "");
	certbot_output_certificates(span_of("Certificate Name: b\nExpiry Date:"), &values);
	assert_value(&values, "b, expiry date", "");
	assert_value(&values, "b, status", "");
}

static void test_reads_plugins_and_options(void **state)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	static const char help[] = "  --webroot-path WEBROOT_PATH, -w\n  --no-eff-email  x";

	certbot_output_plugins(span_of("- - -\n* nginx\nDescription: * no\n* webroot \n"), &names);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.items[1], "webroot");
	assert_true(certbot_output_has_option(span_of(help), "--webroot-path"));
	assert_true(certbot_output_has_option(span_of(help), "--no-eff-email"));
	assert_false(certbot_output_has_option(span_of(help), "--webroot"));
	assert_false(certbot_output_has_option(span_of(help), "--eff-email"));
}

static void test_reads_what_a_usage_error_objects_to(void **state)
{
	AUTO(strvec) struct strvec options = STRVEC_INIT;
	AUTO(strvec) struct strvec unknown = STRVEC_INIT;
	size_t known = SIZE_MAX;

	strvec_push(&options, "--output");
	strvec_push(&options, "--text");
	assert_true(certbot_output_usage(
		span_of("certbot: error: argument -t/--text: ignored explicit argument '1'\n"),
		&options, &unknown, &known));
	assert_int_equal(known, 1);
	known = SIZE_MAX;
	assert_true(certbot_output_usage(
		span_of("certbot: error: unrecognized arguments: --output=1 --texts=1\n"), &options,
		&unknown, &known));
	assert_int_equal(unknown.count, 1);
	assert_string_equal(unknown.items[0], "--output");
	assert_true(known == SIZE_MAX);
	assert_false(certbot_output_usage(span_of("certbot: error: argument --other: no\n"),
					  &options, &unknown, &known));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_in_a_log_what_was_said),
		cmocka_unit_test(test_reads_the_summary_of_renew),
		cmocka_unit_test(test_reads_why_a_conf_cannot_be_used),
		cmocka_unit_test(test_reads_why_a_lineage_is_due),
		cmocka_unit_test(test_reads_certificates_of_all_versions),
		cmocka_unit_test(test_reads_an_expiry_date_that_is_cut_off),
		cmocka_unit_test(test_reads_plugins_and_options),
		cmocka_unit_test(test_reads_what_a_usage_error_objects_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
