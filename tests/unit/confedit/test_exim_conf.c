/* Reading and editing Exim's configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "confedit/exim/exim_conf.h"

static void test_the_last_value_counts(void **state)
{
	static const struct {
		const char *text, *name, *value;
	} cases[] = {
		{"", "x", NULL},
		{"x = 1\n", "x", "1"},
		{"  hide x=1", "x", "1"},
		{"# x = 1\n", "x", NULL},
		{"xx = 1\n", "x", NULL},
		{"x = 1\nx = 2\n", "x", "2"},
		{"x =\n", "x", ""},
		{"x = a\\\n   b\\\n# comment \\\n\n  c\ny = 2\n", "x", "abc"},
		{"x = 1\nbegin acl\nx = 2\n", "x", "1"},
		{"beginning = 3\nx = 1\n", "x", "1"},
		{"M = 1\n.ifdef M\nx = M\n.endif\n", "x", "M"},
		{"M = 1\nM == 2\n", "M", "2"},
		{"begin acl\nM = 1\n", "M", "1"},
		{"x = 1\r\n", "x", "1"},
		{"x = ${if eq{a}{b}{c}{d}}\n", "x", "${if eq{a}{b}{c}{d}}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *value = exim_conf_get(span_of(cases[i].text), cases[i].name);

		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
	}
}

static void test_sets_where_it_counts_and_keeps_the_rest(void **state)
{
	static const struct {
		const char *before, *name, *after; /* NULL: unchanged */
	} cases[] = {
		{"y = 2\n", "x", NULL},
		{"# x = 5\nx=0\ny = 2", "x", "# x = 5\nx=1\ny = 2"},
		{"x = 5\n  hide x = 0\\\n # c\n  7\n\n# end\n", "x",
		 "x = 5\n  hide x = 1\n\n# end\n"},
		{"x =\n", "x", "x = 1\n"},
		{"x =", "x", "x = 1"},
		{"M == 0\r\n", "M", "M == 1\r\n"},
		{"x = a=b\n", "x", "x = 1\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, cases[i].before);
		assert_int_equal(exim_conf_set(&text, cases[i].name, "1"), cases[i].after != NULL);
		assert_string_equal(text.text, cases[i].after ? cases[i].after : cases[i].before);
	}
}

static void test_adds_macros_in_front_and_options_before_the_sections(void **state)
{
	static const struct {
		const char *before, *with_macro, *with_option;
	} cases[] = {
		{"", "M = 1\n", "x = 1\n"},
		{"# c\n\ny = 2", "# c\n\nM = 1\ny = 2", "# c\n\ny = 2\nx = 1\n"},
		{"y = 2\r\nbegin acl\r\n", "M = 1\r\ny = 2\r\nbegin acl\r\n",
		 "y = 2\r\nx = 1\r\nbegin acl\r\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strbuf) struct strbuf macro = STRBUF_INIT;
		AUTO(strbuf) struct strbuf option = STRBUF_INIT;

		strbuf_adds(&macro, cases[i].before);
		exim_conf_add_macro(&macro, "M", "1");
		assert_string_equal(macro.text, cases[i].with_macro);
		strbuf_adds(&option, cases[i].before);
		exim_conf_add_option(&option, "x", "1");
		assert_string_equal(option.text, cases[i].with_option);
	}
}

static void test_splits_lists(void **state)
{
	static const struct {
		const char *list, *items;
	} cases[] = {
		{"", ""},
		{"25 : 587", "25|587"},
		{" smtp:", "smtp"},
		{"<; ::0 ; 0.0.0.0", "::0|0.0.0.0"},
		{"127.0.0.1 : ::::1", "127.0.0.1|::1"},
		{"<", "<"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strvec) struct strvec items = STRVEC_INIT;
		AUTO_FREE char *joined = NULL;

		exim_conf_split(cases[i].list, &items);
		joined = strvec_join(&items, "|");
		assert_string_equal(joined, cases[i].items);
	}
}

static void test_a_path_that_exim_would_expand_is_told(void **state)
{
	assert_true(exim_conf_can_hold("/etc/exim4/certbot-a_b.test.pem"));
	assert_false(exim_conf_can_hold("/a$b"));
	assert_false(exim_conf_can_hold("/a{b"));
	assert_false(exim_conf_can_hold("/a\\b"));
	assert_false(exim_conf_can_hold("/a:b"));
	assert_false(exim_conf_can_hold("/a b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_value_counts),
		cmocka_unit_test(test_sets_where_it_counts_and_keeps_the_rest),
		cmocka_unit_test(test_adds_macros_in_front_and_options_before_the_sections),
		cmocka_unit_test(test_splits_lists),
		cmocka_unit_test(test_a_path_that_exim_would_expand_is_told),
	};

	return cmocka_run_group_tests_name("exim_conf", tests, NULL, NULL);
}
