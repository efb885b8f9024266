/* Lines for a screen: how wide they are, and what is in them where there is no screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "os/screen.h"

static const struct screen_mark mark = {"\u2713", "+", "32"};

static void test_a_mark_is_what_the_screen_can_show(void **state)
{
	static const struct {
		struct terminal_screen screen;
		const char *shown;
	} rows[] = {
		{{80, true, true}, "\033[32m\u2713\033[0m "},
		{{80, false, true}, "\u2713 "},
		{{80, false, false}, "+ "},
		{{0, false, false}, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;

		screen_add_mark(&rows[i].screen, &mark, &out);
		assert_string_equal(out.text, rows[i].shown);
	}
}

static void test_text_is_wrapped_behind_what_stands_before_it(void **state)
{
	static const struct {
		int columns, indent;
		const char *text, *shown;
	} rows[] = {
		{12, 2, "one two three four", "one two\n  three four\n"},
		{12, 2, "one two thr", "one two\n  thr\n"},
		{12, 1, "one two thr", "one two thr\n"},
		{8, 0, "\u00e4\u00e4\u00e4\u00e4 \u00e4\u00e4\u00e4 b",
		 "\u00e4\u00e4\u00e4\u00e4 \u00e4\u00e4\u00e4\nb\n"},
		{8, 2, "a-word-that-is-longer b", "a-word-that-is-longer\n  b\n"},
		{0, 2, "one two three four five", "one two three four five\n"},
		{40, 0, "a\033[31mb c", "a\\x1b[31mb c\n"},
		{40, 0, "", "\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct terminal_screen screen = {.columns = rows[i].columns};
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;

		screen_add_wrapped(&screen, rows[i].indent, rows[i].text, &out);
		assert_string_equal(out.text, rows[i].shown);
	}
}

static void test_columns_of_characters(void **state)
{
	static const struct {
		const char *text;
		int columns;
		size_t fit_in_four; /* bytes */
	} rows[] = {
		{"abcdef", 6, 4},
		{"\u65e5\u672c\u8a9e", 6, 6},
		{"a\u65e5\u672c", 5, 4},
		{"e\u0301\u00e4x", 3, 6},
		{"\xff\xfe"
		 "ab",
		 4, 4},
		{"", 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(screen_text_columns(rows[i].text), rows[i].columns);
		assert_int_equal(screen_fitting_bytes(rows[i].text, 4), rows[i].fit_in_four);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mark_is_what_the_screen_can_show),
		cmocka_unit_test(test_columns_of_characters),
		cmocka_unit_test(test_text_is_wrapped_behind_what_stands_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
