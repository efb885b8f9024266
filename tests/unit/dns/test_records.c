/* Texts of records: what a provider writes, and what a lasting record says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/sets.h"
#include "dns/challenge/persist.h"
#include "dns/provider.h"

static void test_names_are_relative_to_their_zone(void **state)
{
	static char zone_name[] = "example.test";
	static const struct dns_zone zone = {.name = zone_name};
	static const struct {
		const char *name, *relative;
	} cases[] = {
		{"_acme-challenge.a.example.test", "_acme-challenge.a"},
		{"example.test", "@"},
		{"badexample.test", "badexample.test"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *relative = dns_relative(cases[i].name, &zone, "@");

		assert_string_equal(relative, cases[i].relative);
	}
}

static void test_quoted_text_comes_back(void **state)
{
	static const char *const values[] = {"plain", "with \"quotes\" and \\", ""};
	AUTO_FREE char *joined = dns_unquote("\"one\" \"two\"");

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		AUTO_FREE char *quoted = dns_quote(values[i]);
		AUTO_FREE char *back = dns_unquote(quoted);

		assert_string_equal(back, values[i]);
	}
	assert_string_equal(joined, "onetwo");
}

static void test_values_of_others_survive_both_ways(void **state)
{
	static char ours[] = "ours";
	struct dns_record record = {.value = ours};
	struct dns_record *records[] = {&record};
	const struct dns_set set = {.name = "n", .records = records, .count = 1};
	AUTO(strvec) struct strvec there = STRVEC_INIT;
	AUTO(strvec) struct strvec with = STRVEC_INIT;
	AUTO(strvec) struct strvec again = STRVEC_INIT;
	AUTO(strvec) struct strvec without = STRVEC_INIT;

	strvec_push(&there, "theirs");
	assert_true(dns_merge(&set, &there, &with));
	assert_false(dns_merge(&set, &with, &again));
	assert_true(strvec_same_set(&with, &again));
	assert_true(dns_subtract(&set, &with, &without));
	assert_true(strvec_same_set(&without, &there));
	assert_false(dns_subtract(&set, &there, &again));
}

static void test_long_values_are_written_in_strings_of_255(void **state)
{
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	AUTO(json) struct json *texts = NULL;
	AUTO(json) struct json *objects = NULL;
	const char *text;
	AUTO_FREE char *back = NULL;
	char value[301];

	memset(value, 'a', 300);
	value[299] = '"';
	value[300] = '\0';
	strvec_push(&values, value);
	strvec_push(&values, "");
	texts = dns_quoted_values(&values, NULL);
	objects = dns_quoted_values(&values, "v");
	text = json_text(json_at(texts, 0));
	back = dns_unquote(text);
	assert_string_equal(back, value);
	assert_int_equal(strcspn(text + 1, "\""), 255);
	assert_string_equal(json_text(json_at(texts, 1)), "\"\"");
	assert_string_equal(json_text(json_member(json_at(objects, 0), "v")), text);
}

static void test_a_lasting_record_must_name_ca_account_and_policy(void **state)
{
	static const char wanted[] = "ca.example; accounturi=https://ca.example/1; policy=wildcard";
	static const struct {
		const char *value;
		enum dns_persist_state state;
		int64_t until;
	} cases[] = {
		{wanted, PERSIST_IN_PLACE, 0},
		{"CA.example;policy=WILDCARD;x=y;AccountURI=https://ca.example/1", PERSIST_IN_PLACE,
		 0},
		{"ca.example; accounturi=https://ca.example/1", PERSIST_NOT_BELOW, 0},
		{"ca.example; accounturi=https://ca.example/12; policy=wildcard", PERSIST_MISSING,
		 0},
		{"other.example; accounturi=https://ca.example/1; policy=wildcard", PERSIST_MISSING,
		 0},
		{"ca.example; accounturi=https://ca.example/1; policy=wildcard; persistUntil=2000",
		 PERSIST_IN_PLACE, 2000},
		{"ca.example; accounturi=https://ca.example/1; policy=wildcard; persistUntil=1000",
		 PERSIST_EXPIRED, 1000},
		{"ca.example; accounturi=https://ca.example/1; policy=wildcard; persistUntil=soon",
		 PERSIST_MISSING, 0},
		{"", PERSIST_MISSING, 0},
		{";;=;", PERSIST_MISSING, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_persist_status status = dns_persist_compare(cases[i].value, wanted,
								       1000);

		assert_int_equal(status.state, cases[i].state);
		assert_int_equal(status.until, cases[i].until);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_relative_to_their_zone),
		cmocka_unit_test(test_quoted_text_comes_back),
		cmocka_unit_test(test_values_of_others_survive_both_ways),
		cmocka_unit_test(test_long_values_are_written_in_strings_of_255),
		cmocka_unit_test(test_a_lasting_record_must_name_ca_account_and_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
