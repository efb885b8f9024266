/* Which names can have records at a provider that serves the names below one domain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/challenge/names_check.h"
#include "dns/provider.h"

extern const struct dns_provider dns_duckdns;

static void test_a_record_is_below_the_domain(void **state)
{
	static const struct {
		const char *name;
		int rc;
	} rows[] = {
		{"_acme-challenge.a.duckdns.org", 0},
		{"a.duckdns.org", 0},
		{"duckdns.org", ERR_CONFIG}, /* an alias may lead there */
		{"org", ERR_CONFIG},
		{"aduckdns.org", ERR_CONFIG},
		{"a.duckdns.org.example.com", ERR_CONFIG},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(dns_check_domain(&dns_duckdns, rows[i].name, &err), rows[i].rc);
		assert_true(rows[i].rc == 0 || strstr(err.text, "is not below duckdns.org"));
	}
}

/* Without a label before the domain, the token would become a part of the host's name. */
static void test_no_request_is_made_without_a_label(void **state)
{
	static const char *const names[] = {"duckdns.org", "example.com"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct dns_session session = {.provider = &dns_duckdns};
		struct dns_record record = {.name = (char *)names[i], .value = (char *)"v"};
		struct dns_record *records[] = {&record};
		const struct dns_batch batch = {.records = records, .record_count = 1};
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(dns_duckdns.present(&session, &batch, &err), ERR_CONFIG);
		assert_non_null(strstr(err.text, names[i]));
		error_release(&err);
		assert_int_equal(dns_duckdns.cleanup(&session, &batch, &err), ERR_CONFIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_is_below_the_domain),
		cmocka_unit_test(test_no_request_is_made_without_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
