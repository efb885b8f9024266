/* Growing byte string: growth, caps, splicing, and what may reach a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strbuf.h"

static void test_empty_is_a_valid_string(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;

	assert_string_equal(buffer.text, "");
	strbuf_trim(&buffer);
	strbuf_truncate(&buffer, 0);
	assert_int_equal(buffer.len, 0);
}

static void test_detach_leaves_empty(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;
	AUTO_FREE char *text = NULL;

	strbuf_addf(&buffer, "%d-%s", 7, "x");
	text = strbuf_detach(&buffer);
	assert_string_equal(text, "7-x");
	assert_string_equal(buffer.text, "");
}

static void test_cap_refuses_whole_append(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT_CAPPED(5);

	strbuf_adds(&buffer, "1234");
	assert_false(strbuf_overflowed(&buffer));
	strbuf_adds(&buffer, "56");
	assert_true(strbuf_overflowed(&buffer));
	assert_string_equal(buffer.text, "1234");
	strbuf_addc(&buffer, '5');
	assert_string_equal(buffer.text, "12345");
}

static void test_splice_grows_and_shrinks(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;

	strbuf_adds(&buffer, "one two three");
	strbuf_splice(&buffer, 4, 3, "twenty-two", 10);
	assert_string_equal(buffer.text, "one twenty-two three");
	strbuf_splice(&buffer, 0, 4, NULL, 0);
	assert_string_equal(buffer.text, "twenty-two three");
	strbuf_splice(&buffer, buffer.len, 0, "!", 1);
	assert_string_equal(buffer.text, "twenty-two three!");
}

static void test_trim(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;

	strbuf_adds(&buffer, " \t a b \r\n");
	strbuf_trim(&buffer);
	assert_string_equal(buffer.text, "a b");
}

static void test_printable_disarms_terminal_codes(void **state)
{
	static const struct {
		const char *raw, *safe;
	} cases[] = {
		{"plain text", "plain text"},
		{"a\nb\tc", "a b c"},
		{"\x1b[2J\x07", "\\x1b[2J\\x07"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"\xc2\x9b"
		 "31m",
		 "\\xc2\\x9b31m"},
		{"\xe2\x80\xae"
		 "evil",
		 "\\xe2\\x80\\xaeevil"},
		{"\xc0\xaf", "\\xc0\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"cut\xe2\x82", "cut\\xe2\\x82"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;

		strbuf_add_printable(&buffer, cases[i].raw, strlen(cases[i].raw));
		assert_string_equal(buffer.text, cases[i].safe);
	}
}

static void test_hex(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;

	strbuf_add_hex(&buffer, "\x00\x7f\xff", 3);
	assert_string_equal(buffer.text, "007fff");
}

static void test_secrets_are_masked_wherever_they_stand(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, "hunter2, a=hunter2hunter2; abc");
	strbuf_mask(&text, "hunter2");
	strbuf_mask(&text, "abc"); /* too short */
	assert_string_equal(text.text, "***, a=******; abc");
	strbuf_mask(&text, "****");
	assert_string_equal(text.text, "***, a=*****; abc");
}

static void test_short_secrets_are_masked_where_they_stand_alone(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, "{\"pin\":\"7\",\"no\":\"7 of 17\",\"all\":[\"007\",\"\\u0037\",\"\"]}");
	strbuf_mask(&text, "7");
	strbuf_mask(&text, "007");
	strbuf_mask(&text, "");
	assert_string_equal(text.text, "{\"pin\":\"***\",\"no\":\"7 of 17\","
				       "\"all\":[\"***\",\"***\",\"\"]}");
}

static void test_the_beginning_of_a_secret_is_masked_where_a_text_is_cut(void **state)
{
	static const struct {
		const char *text, *masked;
	} rows[] = {
		{"it is hunter2-and", "it is ***"},
		{"it is hunt", "it is ***"},
		{"it is hun", "it is hun"},
		{"hunter2-and-more", "hunter2-and-more"},
		{"hunter2-an", "***"},
		{"hunter2-and it is", "hunter2-and it is"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, rows[i].text);
		strbuf_mask_end(&text, "hunter2-and-more");
		strbuf_mask_end(&text, "");
		assert_string_equal(text.text, rows[i].masked);
	}
}

static void test_secrets_are_masked_as_json_has_them(void **state)
{
	static const struct {
		const char *secret, *text, *masked;
	} rows[] = {
		{"UML\u00e4SECRET", "{\"a\": \"x UML\\u00e4SECRET\"}", "{\"a\": \"x ***\"}"},
		{"UML\u00e4SECRET", "UML\\u00E4SECRETUML\u00e4SECRET", "******"},
		{"a/b/c", "a\\/b\\/c a/b\\/c a/b/c \\u0061/b/c", "*** *** *** ***"},
		{"key\U0001f600", "key\\ud83d\\ude00 key\\ud83d", "*** key\\ud83d"},
		{"two\nlines\"", "two\\nlines\\\" two\\u000alines\\u0022", "*** ***"},
		{"back\\slash", "back\\\\slash back\\slash", "*** ***"},
		{"\\\\\\\\", "a\\\\\\\\b", "a***b"},
		{"\\next", "\\next \\\\next", "*** ***"},
		{"\"a\xff\"", "\"a\\u00ff\"", "\"a\\u00ff\""},
		{"\"\u00e4\"", "\"\\u00e4\"", "***"},
		{"secret", "secre\\", "secre\\"},
		{"secret", "secre\\u007", "secre\\u007"},
		{"secret", "secre\\u0074", "***"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, rows[i].text);
		strbuf_mask(&text, rows[i].secret);
		assert_string_equal(text.text, rows[i].masked);
	}
}

static void test_reserved_room_is_used_where_it_is(void **state)
{
	AUTO(strbuf) struct strbuf buffer = STRBUF_INIT;
	const char *before;

	strbuf_reserve(&buffer, 1000);
	before = buffer.text;
	for (int i = 0; i < 1000; i++)
		strbuf_addc(&buffer, 'x');
	assert_ptr_equal(buffer.text, before);
	assert_int_equal(strlen(buffer.text), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserved_room_is_used_where_it_is),
		cmocka_unit_test(test_empty_is_a_valid_string),
		cmocka_unit_test(test_detach_leaves_empty),
		cmocka_unit_test(test_cap_refuses_whole_append),
		cmocka_unit_test(test_splice_grows_and_shrinks),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_secrets_are_masked_wherever_they_stand),
		cmocka_unit_test(test_short_secrets_are_masked_where_they_stand_alone),
		cmocka_unit_test(test_the_beginning_of_a_secret_is_masked_where_a_text_is_cut),
		cmocka_unit_test(test_secrets_are_masked_as_json_has_them),
		cmocka_unit_test(test_printable_disarms_terminal_codes),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
