/* Forms as answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "codec/form.h"

static void test_fields_become_members(void **state)
{
	static const char *const rows[][2] = {
		{"error=1&text=Cannot+add&details=a%26b",
		 "{\"error\":\"1\",\"text\":\"Cannot add\",\"details\":\"a&b\"}"},
		{"list[]=a%2Eb&listed=no&list%5B%5D=c+d\r\nlist[]&list[]=\n",
		 "{\"list[]\":[\"a.b\",\"c d\",\"\"],\"listed\":\"no\"}"},
		{"text=first&text=second", "{\"text\":\"first\"}"},
		{"<html><title>hello", "{}"},
		{"=value&&=&a", "{}"},
		{"a=b=c&d=%zz%00", "{\"a\":\"b=c\",\"d\":\"%zz%00\"}"},
		{"a=\xff", "{\"a\":\"\xef\xbf\xbd\"}"},
		{"", "{}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json) struct json *form = form_parse(span_of(rows[i][0]));
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		json_print(form, JSON_COMPACT, &text);
		assert_string_equal(text.text, rows[i][1]);
	}
}

static void test_a_nul_byte_ends_a_form(void **state)
{
	AUTO(json) struct json *form = form_parse(span_make("a=b\0&c=d", 8));

	assert_int_equal(json_count(form), 1);
	assert_string_equal(json_text(json_member(form, "a")), "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_become_members),
		cmocka_unit_test(test_a_nul_byte_ends_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
