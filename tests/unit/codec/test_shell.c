/* Shell assignments: what a shell would make of them, and what only a shell can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/shell.h"

static const struct {
	const char *text;
	const char *value; /* of A; NULL: it cannot be read */
} cases[] = {
	{"A=b", "b"},
	{"A=", ""},
	{"  export A=b", "b"},
	{"A='it is'\n", "it is"},
	{"A=\"a \\\"b\\\" \\c\"", "a \"b\" \\c"},
	{"A=a\\ b", "a b"},
	{"A=one'two'\"three\"four", "onetwothreefour"},
	{"A=a # a comment", "a"},
	{"A='# none'", "# none"},
	{"A='two\nlines'", "two\nlines"},
	{"A=a\\\nb", "ab"},
	{"B=/srv\nA=$B/x", "/srv/x"},
	{"B=/srv\nA=\"${B}x\"", "/srvx"},
	{"A='$B'", "$B"},
	{"A=$UNKNOWN/x", "/x"},
	{"A=1\nA=2", "2"},
	{"A=b;", "b"},
	{"A=b\r\n", "b"},
	{"A=$(date)", NULL},
	{"A=`date`", NULL},
	{"A=${B:-x}", NULL},
	{"A=$1", NULL},
	{"A=(a b)", NULL},
	{"A=b command", NULL},
	{"A=b|c", NULL},
	{"A='open", NULL},
	{"A=\"open", NULL},
};

static void test_values(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(map) struct map values = SHELL_VALUES_INIT;
		AUTO(strvec) struct strvec unread = STRVEC_INIT;
		const char *value;

		shell_read_assignments(span_of(cases[i].text), &values, &unread);
		value = map_get(&values, "A");
		if (cases[i].value) {
			assert_non_null(value);
			assert_string_equal(value, cases[i].value);
			assert_int_equal(unread.count, 0);
		} else {
			assert_null(value);
			assert_true(strvec_contains(&unread, "A"));
		}
	}
}

static void test_what_is_no_assignment_is_named_by_its_line(void **state)
{
	AUTO(map) struct map values = SHELL_VALUES_INIT;
	AUTO(strvec) struct strvec unread = STRVEC_INIT;

	shell_read_assignments(span_of("# a comment\n\nA=1\nif true; then\n  B=2\nfi\n"), &values,
			       &unread);
	assert_string_equal(map_get(&values, "A"), "1");
	assert_int_equal(unread.count, 2);
	assert_string_equal(unread.items[0], "line 4");
	assert_string_equal(unread.items[1], "line 6");
}

static void test_a_nul_ends_no_text(void **state)
{
	AUTO(map) struct map values = SHELL_VALUES_INIT;
	AUTO(strvec) struct strvec unread = STRVEC_INIT;

	shell_read_assignments(span_make("A=a\0b\nB=c", 9), &values, &unread);
	assert_null(map_get(&values, "A"));
	assert_string_equal(map_get(&values, "B"), "c");
}

static void test_words(void **state)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	shell_add_word(&out, "it's $HOME");
	assert_string_equal(out.text, "'it'\\''s $HOME'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_what_is_no_assignment_is_named_by_its_line),
		cmocka_unit_test(test_a_nul_ends_no_text),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("codec/shell", tests, NULL, NULL);
}
