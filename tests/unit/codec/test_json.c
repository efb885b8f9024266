/* JSON: strict reading, paths in errors, and the three printed styles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/json.h"

static struct json *parse(const char *text)
{
	struct json *json = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(json_parse(text, strlen(text), "test", &json, &err), 0);
	return json;
}

static void assert_printed(const struct json *json, enum json_style style, const char *expected)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	json_print(json, style, &out);
	assert_string_equal(out.text, expected);
}

static void test_members_keep_their_order(void **state)
{
	AUTO(json) struct json *json =
		parse(" {\"z\": [1, -2, true, null], \"a\":{\"b\":\"c\"}}\n");

	assert_true(json_is_object(json));
	assert_int_equal(json_count(json), 2);
	assert_string_equal(json_member_name(json, 0), "z");
	assert_string_equal(json_member_name(json, 1), "a");
	assert_null(json_member_name(json, 2));
	assert_printed(json, JSON_COMPACT, "{\"z\":[1,-2,true,null],\"a\":{\"b\":\"c\"}}");
	assert_printed(json, JSON_PYTHON, "{\"z\": [1, -2, true, null], \"a\": {\"b\": \"c\"}}");
	assert_printed(json, JSON_PRETTY,
		       "{\n  \"z\": [\n    1,\n    -2,\n    true,\n    null\n  ],\n"
		       "  \"a\": {\n    \"b\": \"c\"\n  }\n}");
}

static void test_a_byte_order_mark_is_passed_over(void **state)
{
	struct json *json = parse("\xef\xbb\xbf{}");

	assert_true(json_is_object(json));
	json_free(json);
}

static void test_empty_containers(void **state)
{
	AUTO(json) struct json *json = parse("[{}, []]");

	assert_printed(json, JSON_COMPACT, "[{},[]]");
	assert_printed(json, JSON_PYTHON, "[{}, []]");
	assert_printed(json, JSON_PRETTY, "[\n  {},\n  []\n]");
}

static void test_value_inside_a_document_is_indented(void **state)
{
	AUTO(json) struct json *json = parse("{\"a\": [1]}");
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	json_print_inside(json, 2, &out);
	assert_string_equal(out.text, "{\n      \"a\": [\n        1\n      ]\n    }");
}

static void test_escapes_are_those_of_python(void **state)
{
	AUTO(json) struct json *json = json_array_new();

	json_push_string(json, "\"\\/\b\f\n\r\t\x01\x7f");
	json_push_string(json, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92");
	assert_printed(json, JSON_PYTHON,
		       "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\", "
		       "\"\\u00e9\\u20ac\\ud83d\\udd12\"]");
	assert_printed(json, JSON_COMPACT,
		       "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f\","
		       "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92\"]");
}

static void test_reals_are_those_of_python(void **state)
{
	static const struct {
		double value;
		const char *text;
	} reals[] = {
		{0, "[0.0]"},
		{1, "[1.0]"},
		{-1.5, "[-1.5]"},
		{0.1, "[0.1]"},
		{1790000000.5, "[1790000000.5]"},
		{1790000000.0, "[1790000000.0]"},
		{1234567890.12345, "[1234567890.12345]"},
		{0.0001, "[0.0001]"},
		{0.00012345, "[0.00012345]"},
		{0.00001, "[1e-05]"},
		{1e15, "[1000000000000000.0]"},
		{1e16, "[1e+16]"},
		{1.5e300, "[1.5e+300]"},
		{123456789012345680.0, "[1.2345678901234568e+17]"},
		{5e-324, "[5e-324]"},
		{1.7976931348623157e308, "[1.7976931348623157e+308]"},
		{0.30000000000000004, "[0.30000000000000004]"},
	};

	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		AUTO(json) struct json *object = json_object_new();
		AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

		json_set_real(object, "x", reals[i].value);
		strbuf_addf(&expected, "{\"x\":%.*s}", (int)strlen(reals[i].text) - 2,
			    reals[i].text + 1);
		assert_printed(object, JSON_COMPACT, expected.text);
	}
}

static void assert_refused(const char *text, size_t len, const char *reason)
{
	struct json *json = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(json_parse(text, len, "order", &json, &err), ERR_PARSE);
	assert_null(json);
	assert_int_equal(strncmp(err.text, "cannot read order: ", 19), 0);
	assert_non_null(strstr(err.text, reason));
	for (const char *c = err.text; *c; c++)
		assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void test_reading_is_strict(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}x",
		"{} {}",
		"{\"a\":1,}",
		"[1,]",
		"{a:1}",
		"{\"a\":1,\"a\":2}",
		"[01]",
		"[NaN]",
		"['a']",
		"[\"\\x\"]",
		"[\"\\u0000\"]",
		"[\"\xff\"]",
		"[\"\\ud800\"]",
		"[\"\n\"]",
		"[\"\x1b[31m\"]",
		"[1e999]",
		"[99999999999999999999]",
		"1",
		"\"a\"",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(bad[i], strlen(bad[i]), "line ");
	assert_refused("[\"a\0b\"]", 7, "line ");
	assert_refused("{}\0", 3, "line ");
}

static void test_depth_is_limited(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *json;

	for (int i = 0; i < 32; i++)
		strbuf_splice(&text, text.len / 2, 0, "[]", 2);
	json = parse(text.text);
	json_free(json);
	strbuf_splice(&text, text.len / 2, 0, "[]", 2);
	assert_refused(text.text, text.len, "deeper than 32");
	json_free(parse("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"]"));
}

static void test_getters_name_the_path(void **state)
{
	AUTO(json) struct json *order = parse("{\"status\": 5, \"urls\": [], \"none\": null}");
	const char *text = "unchanged";
	struct json *node = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(json_get_string(order, "order", "status", &text, &err), ERR_PARSE);
	assert_string_equal(err.text, "order.status: expected a string");
	assert_string_equal(text, "unchanged");
	error_release(&err);
	assert_int_equal(json_get_string(order, "order", "finalize", &text, &err), ERR_PARSE);
	assert_string_equal(err.text, "order.finalize: expected a string, found nothing");
	error_release(&err);
	assert_int_equal(json_get_object(order, "order", "urls", &node, &err), ERR_PARSE);
	assert_string_equal(err.text, "order.urls: expected an object");
	error_release(&err);
	assert_int_equal(json_get_array(order, "order", "urls", &node, &err), 0);
	assert_int_equal(json_count(node), 0);
	assert_int_equal(json_opt_string(order, "order", "status", &text, &err), ERR_PARSE);
	error_release(&err);
	assert_int_equal(json_opt_string(order, "order", "none", &text, &err), 0);
	assert_null(text);
	assert_int_equal(json_opt_string(order, "order", "absent", &text, &err), 0);
	assert_null(text);
}

static void test_texts_and_numbers_are_read_alike(void **state)
{
	AUTO(json) struct json *json = parse("{\"number\": -42, \"text\": \"42\"}");
	AUTO_FREE char *number = json_plain(json_member(json, "number"));
	AUTO_FREE char *text = json_plain(json_member(json, "text"));

	assert_string_equal(number, "-42");
	assert_string_equal(text, "42");
}

static void test_untyped_access_survives_any_node(void **state)
{
	AUTO(json) struct json *json = parse("{\"n\": 7, \"s\": \"t\", \"b\": false, \"r\": 1.0}");
	struct json *number = json_member(json, "n");
	int64_t value = 0;
	bool flag = true;

	assert_null(json_member(number, "x"));
	assert_null(json_member(NULL, "x"));
	assert_null(json_at(number, 0));
	assert_null(json_at(NULL, 0));
	assert_int_equal(json_count(number), 0);
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_text(number));
	assert_null(json_text(NULL));
	assert_null(json_plain(NULL));
	assert_null(json_plain(json_member(json, "b")));
	assert_null(json_plain(json_member(json, "r")));
	assert_true(json_int(number, &value));
	assert_int_equal(value, 7);
	assert_false(json_int(json_member(json, "r"), &value));
	assert_false(json_int(NULL, &value));
	assert_true(json_bool(json_member(json, "b"), &flag));
	assert_false(flag);
	assert_false(json_bool(number, &flag));
	assert_true(json_opt_bool(json, "absent", true));
	assert_false(json_opt_bool(json, "b", true));
	assert_false(json_is_object(NULL));
	assert_false(json_is_null(NULL));
}

static void test_building(void **state)
{
	AUTO(json) struct json *object = json_object_new();
	struct json *list = json_array_new();

	json_push_string(list, "mailto:a@b.test");
	json_push(list, json_object_new());
	json_set(object, "contact", list);
	json_set_bool(object, "termsOfServiceAgreed", true);
	json_set_int(object, "big", INT64_MIN);
	json_set_text(object, "gone", NULL);
	json_set_string(object, "gone", "back");
	json_remove(object, "termsOfServiceAgreed");
	json_remove(object, "termsOfServiceAgreed");
	assert_printed(object, JSON_COMPACT,
		       "{\"contact\":[\"mailto:a@b.test\",{}],\"big\":-9223372036854775808,"
		       "\"gone\":\"back\"}");
}

static void test_other_bytes_become_replacement_characters(void **state)
{
	AUTO(json) struct json *object = json_object_new();

	json_set_string(object, "h\xffst",
			"a\x80"
			"b\xc3");
	assert_printed(object, JSON_COMPACT,
		       "{\"h\xef\xbf\xbdst\":\"a\xef\xbf\xbd"
		       "b\xef\xbf\xbd\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members_keep_their_order),
		cmocka_unit_test(test_empty_containers),
		cmocka_unit_test(test_a_byte_order_mark_is_passed_over),
		cmocka_unit_test(test_value_inside_a_document_is_indented),
		cmocka_unit_test(test_escapes_are_those_of_python),
		cmocka_unit_test(test_reals_are_those_of_python),
		cmocka_unit_test(test_reading_is_strict),
		cmocka_unit_test(test_depth_is_limited),
		cmocka_unit_test(test_getters_name_the_path),
		cmocka_unit_test(test_texts_and_numbers_are_read_alike),
		cmocka_unit_test(test_untyped_access_survives_any_node),
		cmocka_unit_test(test_building),
		cmocka_unit_test(test_other_bytes_become_replacement_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
