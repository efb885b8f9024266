/* COMMANDS in the dialect of Python's csv module. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "txn/command_rows.h"

static void check_print(const char *const *argv, const char *wanted)
{
	AUTO(command_rows) struct command_rows rows = COMMAND_ROWS_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	command_rows_push(&rows, argv);
	command_rows_print(&rows, &out);
	assert_string_equal(out.text, wanted);
}

static void test_quotes_only_what_needs_it(void **state)
{
	check_print((const char *const[]){"a2dismod", "ssl", NULL}, "a2dismod,ssl\r\n");
	check_print((const char *const[]){"sh", "-c", "a, b", NULL}, "sh,-c,\"a, b\"\r\n");
	check_print((const char *const[]){"say \"x\"", NULL}, "\"say \"\"x\"\"\"\r\n");
	check_print((const char *const[]){"two\nlines", "x", NULL}, "\"two\nlines\",x\r\n");
	check_print((const char *const[]){"a", "", NULL}, "a,\r\n");
	check_print((const char *const[]){"", NULL}, "\"\"\r\n");
	check_print((const char *const[]){" a ", "it's", NULL}, " a ,it's\r\n");
}

static void test_reads_back_what_it_prints(void **state)
{
	static const char *const rows_of[][4] = {
		{"a2dismod", "ssl", NULL},
		{"", NULL},
		{"a,b", "\"", "\r\nx\"\"", NULL},
		{"x", "", "y", NULL},
	};
	AUTO(command_rows) struct command_rows rows = COMMAND_ROWS_INIT;
	AUTO(command_rows) struct command_rows back = COMMAND_ROWS_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(rows_of); i++)
		command_rows_push(&rows, rows_of[i]);
	command_rows_print(&rows, &out);
	command_rows_parse(&back, span_make(out.text, out.len));
	assert_int_equal(back.count, rows.count);
	for (size_t i = 0; i < rows.count; i++)
		assert_true(command_rows_contain(&back, &rows.rows[i]));
}

static void check_one_row(const char *text, const char *const *wanted)
{
	AUTO(command_rows) struct command_rows rows = COMMAND_ROWS_INIT;

	command_rows_parse(&rows, span_of(text));
	assert_int_equal(rows.count, 1);
	for (size_t i = 0; wanted[i]; i++)
		assert_string_equal(rows.rows[0].items[i], wanted[i]);
}

static void test_reads_what_others_may_write(void **state)
{
	check_one_row("a,b", (const char *const[]){"a", "b", NULL});
	check_one_row("\r\n\n a,\"b\"\n\n", (const char *const[]){" a", "b", NULL});
	check_one_row("\"a\"b,c\"d\"\r\n", (const char *const[]){"ab", "c\"d\"", NULL});
	check_one_row("\"open, to the end", (const char *const[]){"open, to the end", NULL});
	check_one_row("a,", (const char *const[]){"a", "", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes_only_what_needs_it),
		cmocka_unit_test(test_reads_back_what_it_prints),
		cmocka_unit_test(test_reads_what_others_may_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
