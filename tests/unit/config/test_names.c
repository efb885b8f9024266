/* Names: what is accepted, in which form, and what is refused why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "config/names.h"

static void assert_domain(const char *text, const char *expected)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *domain = NULL;

	assert_int_equal(names_check_domain(text, &domain, &err), 0);
	assert_string_equal(domain, expected);
}

static void assert_refused(const char *text, const char *reason)
{
	AUTO(error) struct error err = ERROR_INIT;
	char *domain = NULL;

	assert_int_equal(names_check_domain(text, &domain, &err), ERR_CONFIG);
	assert_null(domain);
	if (!strstr(err.text, reason))
		fail_msg("'%s' does not contain '%s'", err.text, reason);
}

static void test_domain_is_lower_cased_and_loses_its_final_dot(void **state)
{
	assert_domain("Example.COM", "example.com");
	assert_domain("example.com.", "example.com");
	assert_domain("localhost", "localhost");
	assert_domain("_acme.example.com", "_acme.example.com");
	assert_domain("*.example.com", "*.example.com");
	assert_domain("a.*.example.com", "a.*.example.com");
}

static void test_domain_in_another_script_becomes_ascii(void **state)
{
	assert_domain("b\xc3\xbc"
		      "cher.example",
		      "xn--bcher-kva.example");
	assert_domain("*.B\xc3\x9c"
		      "CHER.example",
		      "*.xn--bcher-kva.example");
	assert_refused("b\xff.example", "cannot use 'b\\xff.example'");
}

static void test_domain_refuses_what_is_none(void **state)
{
	assert_refused("http://example.com", "URL");
	assert_refused("HTTPS://example.com/", "URL");
	assert_refused("192.0.2.1", "--ip-address");
	assert_refused("2001:DB8::1", "--ip-address");
	assert_refused("a..b", "empty label");
	assert_refused(".a", "empty label");
	assert_refused("", "empty label");
	assert_refused(".", "empty label");
	assert_refused("a..", "empty label");
	assert_refused("a b.example", "not allowed in a domain name");
	assert_refused("../../etc", "not allowed in a domain name");
	assert_refused("a\n.example", "not allowed in a domain name");
	assert_refused("user@example.com", "not allowed in a domain name");
}

static void test_domain_lengths(void **state)
{
	AUTO(strbuf) struct strbuf label = STRBUF_INIT;
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;

	for (int i = 0; i < 63; i++)
		strbuf_addc(&label, 'a');
	assert_domain(label.text, label.text);
	strbuf_addf(&name, "%s.%s.%s.%s", label.text, label.text, label.text, label.text);
	assert_int_equal(name.len, 255);
	assert_domain(name.text, name.text);
	strbuf_addc(&name, '.');
	strbuf_addc(&name, 'a');
	assert_refused(name.text, "longer than 255");
	strbuf_addc(&label, 'a');
	assert_refused(label.text, "longer than 63");
}

static void test_add_domains_splits_trims_and_drops_repetitions(void **state)
{
	AUTO(strvec) struct strvec domains = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *joined = NULL;

	assert_int_equal(names_add_domains(&domains, "b.test, A.test ,b.test", &err), 0);
	assert_int_equal(names_add_domains(&domains, "c.test,a.test", &err), 0);
	assert_int_equal(names_add_domains(&domains, "", &err), 0);
	joined = strvec_join(&domains, " ");
	assert_string_equal(joined, "b.test a.test c.test");
	assert_int_equal(names_add_domains(&domains, "d.test,", &err), ERR_CONFIG);
}

static void assert_ip(const char *text, const char *expected)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *address = NULL;

	assert_int_equal(names_check_ip(text, &address, &err), 0);
	assert_string_equal(address, expected);
}

static void test_ip_addresses_are_canonical(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	char *address = NULL;

	assert_ip("192.0.2.1", "192.0.2.1");
	assert_ip("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
	assert_ip("::", "::");
	assert_int_equal(names_check_ip("10", &address, &err), ERR_CONFIG);
	error_release(&err);
	assert_int_equal(names_check_ip("192.0.2.01", &address, &err), ERR_CONFIG);
	error_release(&err);
	assert_int_equal(names_check_ip("fe80::1%eth0", &address, &err), ERR_CONFIG);
	error_release(&err);
	assert_int_equal(names_check_ip("example.com", &address, &err), ERR_CONFIG);
}

static int check_lineage(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;

	return names_check_lineage(name, &err);
}

static void test_lineage_names_are_file_names(void **state)
{
	assert_int_equal(check_lineage("My certificate_1"), 0);
	assert_int_equal(check_lineage("..."), 0);
	assert_int_equal(check_lineage("a/b"), ERR_CONFIG);
	assert_int_equal(check_lineage(".."), ERR_CONFIG);
	assert_int_equal(check_lineage("."), ERR_CONFIG);
	assert_int_equal(check_lineage(""), ERR_CONFIG);
	assert_int_equal(check_lineage("a\nb"), ERR_CONFIG);
	assert_int_equal(check_lineage("\xff"), ERR_CONFIG);
}

static void assert_new_lineage_is_refused(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(names_check_new_lineage(name, &err), ERR_CONFIG);
	assert_non_null(err.hint);
	assert_int_equal(check_lineage(name), 0);
}

static void test_names_that_would_be_unusable_later_are_refused_for_new_lineages(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	char longest[] = {[0 ... 245] = 'a', '\0'}, too_long[] = {[0 ... 246] = 'a', '\0'};

	assert_new_lineage_is_refused(".hidden");
	assert_new_lineage_is_refused("...");
	assert_new_lineage_is_refused(".x.twin");
	assert_new_lineage_is_refused("README");
	assert_new_lineage_is_refused("a%(b)s");
	assert_new_lineage_is_refused(too_long);
	assert_int_equal(names_check_new_lineage(longest, &err), 0);
	assert_int_equal(names_check_new_lineage("a%b", &err), 0);
	assert_int_equal(names_check_new_lineage("readme", &err), 0);
}

static void test_default_lineage_is_the_first_name_without_wildcard(void **state)
{
	AUTO_FREE char *plain = names_default_lineage("a.test");
	AUTO_FREE char *wildcard = names_default_lineage("*.a.test");

	assert_string_equal(plain, "a.test");
	assert_string_equal(wildcard, "a.test");
}

static void test_plausible_hosts(void **state)
{
	assert_true(names_is_plausible_host("www.Example.com"));
	assert_true(names_is_plausible_host("x-1.test"));
	assert_false(names_is_plausible_host("localhost"));
	assert_false(names_is_plausible_host("*.example.com"));
	assert_false(names_is_plausible_host("a_b.example.com"));
	assert_false(names_is_plausible_host("-a.example.com"));
	assert_false(names_is_plausible_host("a-.example.com"));
	assert_false(names_is_plausible_host("192.0.2.1"));
	assert_false(names_is_plausible_host("a..b"));
	assert_false(names_is_plausible_host(""));
	assert_false(names_is_plausible_host("b\xc3\xbc"
					     "cher.example"));
}

static void test_email_addresses(void **state)
{
	assert_true(names_is_email("a.b_c%d+e-f@x-1.example.com"));
	assert_true(names_is_email("a@b"));
	assert_false(names_is_email("a@"));
	assert_false(names_is_email("@b.c"));
	assert_false(names_is_email("ab.c"));
	assert_false(names_is_email("a@b@c"));
	assert_false(names_is_email(".a@b.c"));
	assert_false(names_is_email("a..b@c.d"));
	assert_false(names_is_email("a@b..c"));
	assert_false(names_is_email("a b@c.d"));
	assert_false(names_is_email("a@b_c.d"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain_is_lower_cased_and_loses_its_final_dot),
		cmocka_unit_test(test_domain_in_another_script_becomes_ascii),
		cmocka_unit_test(test_domain_refuses_what_is_none),
		cmocka_unit_test(test_domain_lengths),
		cmocka_unit_test(test_add_domains_splits_trims_and_drops_repetitions),
		cmocka_unit_test(test_ip_addresses_are_canonical),
		cmocka_unit_test(test_lineage_names_are_file_names),
		cmocka_unit_test(
			test_names_that_would_be_unusable_later_are_refused_for_new_lineages),
		cmocka_unit_test(test_default_lineage_is_the_first_name_without_wildcard),
		cmocka_unit_test(test_plausible_hosts),
		cmocka_unit_test(test_email_addresses),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
