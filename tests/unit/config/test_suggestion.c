/* Guesses at mistyped words: near ones are found, far ones are not invented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "config/suggestion.h"

static void assert_option(const char *typed, const char *expected)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};
	AUTO_FREE char *guess = NULL;

	option_table_init(&table);
	guess = suggestion_for_option(&table, typed);
	assert_true(str_eq_or_null(guess, expected));
}

static void test_options(void **state)
{
	assert_option("--rsa-keysize", "--rsa-key-size");
	assert_option("--rsa-keysize=4096", "--rsa-key-size");
	assert_option("--doamins", "--domains");
	assert_option("--dryrun", "--dry-run");
	assert_option("--standlone", "--standalone");
	assert_option("--x", NULL);
	assert_option("--completely-different", NULL);
	assert_option("", NULL);
}

static void test_options_of_other_providers_are_not_suggested(void **state)
{
	AUTO(option_table) struct option_table table = {.rows = NULL};
	static const struct option rows[] = {
		{.dest = "dns_ovh_credentials", .names = "--dns-ovh-credentials", .topics = ""},
		{.dest = "dns_cloudflare_credentials",
		 .names = "--dns-cloudflare-credentials",
		 .topics = ""},
	};
	AUTO_FREE char *near = NULL;

	option_table_init(&table);
	option_table_add(&table, rows, ARRAY_LEN(rows));
	near = suggestion_for_option(&table, "--dns-cloudflair-credentials");
	assert_string_equal(near, "--dns-cloudflare-credentials");
	assert_null(suggestion_for_option(&table, "--dns-route53-credentials"));
	assert_null(suggestion_for_option(&table, "--dns-foo-credentials"));
}

static void test_hidden_options_are_not_suggested(void **state)
{
	assert_option("--dialogg", NULL);
}

static void test_words(void **state)
{
	static const char *const words[] = {"run", "renew", "certonly", NULL};
	AUTO_FREE char *certonly = suggestion_for_word(words, "certnoly");
	AUTO_FREE char *renew = suggestion_for_word(words, "renwe");

	assert_string_equal(certonly, "certonly");
	assert_string_equal(renew, "renew");
	assert_null(suggestion_for_word(words, "example.com"));
}

static void test_long_words_are_left_alone(void **state)
{
	static const char *const words[] = {"renew", NULL};
	AUTO(strbuf) struct strbuf typed = STRBUF_INIT;

	for (int i = 0; i < 100000; i++)
		strbuf_addc(&typed, 'a');
	assert_null(suggestion_for_word(words, typed.text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_of_other_providers_are_not_suggested),
		cmocka_unit_test(test_hidden_options_are_not_suggested),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_long_words_are_left_alone),
	};

	return cmocka_run_group_tests_name("suggestion", tests, NULL, NULL);
}
