/* Names in other scripts (RFC 5891; the German sharp s tells IDNA 2008 from its predecessor). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/idna.h"

static void assert_ascii(const char *name, const char *expected)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *ascii = NULL;

	if (idna_to_ascii(name, &ascii, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_string_equal(ascii, expected);
}

static void test_ascii_names_are_lower_cased_and_need_no_library(void **state)
{
	assert_ascii("WWW.Example.TEST", "www.example.test");
	assert_ascii("under_score.test", "under_score.test");
	assert_ascii("*.example.test", "*.example.test");
}

static void test_other_scripts_become_punycode(void **state)
{
	assert_ascii("bücher.test", "xn--bcher-kva.test");
	assert_ascii("BÜCHER.test", "xn--bcher-kva.test");
	assert_ascii("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f");
}

static void test_sharp_s_is_a_letter_of_its_own(void **state)
{
	assert_ascii("straße.test", "xn--strae-oqa.test");
}

static void test_decomposed_letters_are_composed(void **state)
{
	assert_ascii("bu\xcc\x88"
		     "cher.test",
		     "xn--bcher-kva.test");
}

static void assert_refused(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *ascii = NULL;

	assert_int_equal(idna_to_ascii(name, &ascii, &err), ERR_PARSE);
	assert_null(ascii);
	assert_true(strncmp(err.text, "cannot be written in ASCII: ", 28) == 0);
}

static void test_what_is_no_name_is_refused(void **state)
{
	assert_refused("b\xfc"
		       "cher.test"); /* Latin-1 bytes */
	assert_refused("\xe2\x80\xae"
		       "x.test"); /* an override of the writing direction */
}

static void test_label_too_long_in_punycode_is_refused(void **state)
{
	char name[2 * 70 + 6] = "";

	for (size_t i = 0; i < 70; i++)
		memcpy(name + 2 * i, "\xc3\xbc", 2);
	memcpy(name + 140, ".test", 6);
	assert_refused(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii_names_are_lower_cased_and_need_no_library),
		cmocka_unit_test(test_other_scripts_become_punycode),
		cmocka_unit_test(test_sharp_s_is_a_letter_of_its_own),
		cmocka_unit_test(test_decomposed_letters_are_composed),
		cmocka_unit_test(test_what_is_no_name_is_refused),
		cmocka_unit_test(test_label_too_long_in_punycode_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
