/* The lines in which an answer is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/why/answer.h"

static const struct terminal_screen pipe = {.columns = 0};

static void test_text_is_folded_between_words(void **state)
{
	static const struct {
		const char *text, *lines;
	} rows[] = {
		{"short", "  Why: short"},
		{"", "  Why: "},
		{"two  blanks ", "  Why: two blanks"},
		{"the service at mail.example.com:25 shows an old certificate (serial 4ab, out of "
		 "date)",
		 "  Why: the service at mail.example.com:25 shows an old certificate (serial 4ab,\n"
		 "       out of date)"},
		{"123456789 123456789 123456789 123456789 123456789 123456789 123456789 123",
		 "  Why: 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123"},
		{"123456789 123456789 123456789 123456789 123456789 123456789 123456789 1234",
		 "  Why: 123456789 123456789 123456789 123456789 123456789 123456789 123456789\n"
		 "       1234"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strbuf) struct strbuf lines = STRBUF_INIT;

		answer_fold(&pipe, "Why", rows[i].text, &lines);
		assert_string_equal(lines.text, rows[i].lines);
	}
}

static void test_command_stays_in_one_line(void **state)
{
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;

	answer_fold(&pipe, "To do",
		    "let the records have it; then test: certbot renew --cert-name "
		    "a-long-name.example.com --dry-run; or wait",
		    &lines);
	assert_string_equal(
		lines.text,
		"  To do: let the records have it; then test:\n"
		"         certbot renew --cert-name a-long-name.example.com --dry-run; or "
		"wait");
}

static void test_the_screen_sets_width_and_colours(void **state)
{
	static const struct {
		struct terminal_screen screen;
		const char *lines;
	} rows[] = {
		{{.columns = 200},
		 "  Why: 123456789 123456789 123456789 123456789 123456789 123456789 "
		 "123456789\n       1234567"},
		{{.columns = 50, .has_colours = true},
		 "  \033[1mWhy\033[0m: 123456789 123456789 123456789 123456789\n"
		 "       123456789 123456789 123456789 1234567"},
		{{.columns = 20},
		 "  Why: 123456789 123456789 123456789\n"
		 "       123456789 123456789 123456789\n       123456789 1234567"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strbuf) struct strbuf lines = STRBUF_INIT;

		answer_fold(&rows[i].screen, "Why",
			    "123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
			    "1234567",
			    &lines);
		assert_string_equal(lines.text, rows[i].lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_folded_between_words),
		cmocka_unit_test(test_command_stays_in_one_line),
		cmocka_unit_test(test_the_screen_sets_width_and_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
