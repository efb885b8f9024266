/* Lists of identifiers, names of challenge types, meanings of problems, texts of the CA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/problem.h"
#include "acme/server.h"
#include "acme/types.h"
#include "base/alloc.h"

static void test_identifiers_are_copied_deeply(void **state)
{
	AUTO(acme_identifiers) struct acme_identifiers list = ACME_IDENTIFIERS_INIT;
	AUTO(acme_identifiers) struct acme_identifiers copy = ACME_IDENTIFIERS_INIT;

	for (int i = 0; i < 20; i++) {
		AUTO_FREE char *name = xasprintf("n%d.example", i);

		acme_identifiers_add(&list, ACME_IDENTIFIER_DNS, name);
	}
	acme_identifiers_add(&list, ACME_IDENTIFIER_IP, "192.0.2.1");
	acme_identifiers_copy(&copy, &list);
	acme_identifiers_release(&list);
	assert_int_equal(list.count, 0);
	assert_int_equal(copy.count, 21);
	assert_int_equal(copy.items[20].kind, ACME_IDENTIFIER_IP);
	assert_true(acme_identifiers_contain(&copy, "n19.example"));
	assert_false(acme_identifiers_contain(&copy, "N19.example"));
}

/* "dns-account-01" and "dns-account". */
static void test_challenge_types_have_two_names(void **state)
{
	for (int i = 0; i < ACME_CHALLENGE_TYPE__COUNT; i++) {
		enum acme_challenge_type type = ACME_CHALLENGE_TYPE__COUNT;
		const char *name = acme_challenge_type_name(i);
		AUTO_FREE char *short_name = xstrdup(name);

		assert_true(acme_challenge_type_parse(name, &type));
		assert_int_equal(type, i);
		type = ACME_CHALLENGE_TYPE__COUNT;
		*strrchr(short_name, '-') = '\0';
		assert_true(acme_challenge_type_parse(short_name, &type));
		assert_int_equal(type, i);
	}
}

static void test_unknown_challenge_types(void **state)
{
	static const char *const names[] = {"", "tls-sni-02", "HTTP-01", "http-02"};
	enum acme_challenge_type type = ACME_CHALLENGE_TYPE__COUNT;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_false(acme_challenge_type_parse(names[i], &type));
	assert_int_equal(type, ACME_CHALLENGE_TYPE__COUNT);
}

static void test_problems_have_meanings(void **state)
{
	assert_string_equal(acme_problem_meaning("badNonce"),
			    "The CA rejected the anti-replay nonce");
	assert_null(acme_problem_meaning("brandNew"));
}

/* A code point is shown whole or not at all, and nothing grows without end. */
static void test_long_texts_are_cut_between_characters(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *printable = NULL;

	for (int i = 0; i < 3000; i++)
		strbuf_adds(&text, "\xc3\xbc");
	printable = acme_printable(text.text);
	assert_int_equal(strlen(printable), 1998 + 3);
	assert_string_equal(printable + 1996, "\xc3\xbc...");
	strbuf_clear(&text);
	for (int i = 0; i < 3000; i++)
		strbuf_addc(&text, '\x07');
	free(STEAL(printable));
	printable = acme_printable(text.text);
	assert_int_equal(strlen(printable), 2000 + 3);
	assert_int_equal(strncmp(printable, "\\x07\\x07", 8), 0);
}

static void test_server_must_be_https(void **state)
{
	static const char *const urls[] = {"http://ca.test/dir", "ca.test", "", "ftp://ca.test/"};

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct acme_server *server;

		assert_int_equal(acme_server_new(urls[i], &server, &err), ERR_CONFIG);
		assert_non_null(strstr(err.text, "ACME server"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identifiers_are_copied_deeply),
		cmocka_unit_test(test_challenge_types_have_two_names),
		cmocka_unit_test(test_unknown_challenge_types),
		cmocka_unit_test(test_problems_have_meanings),
		cmocka_unit_test(test_long_texts_are_cut_between_characters),
		cmocka_unit_test(test_server_must_be_https),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
