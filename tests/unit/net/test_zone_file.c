/* Zone files as answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "net/parser/zone_file.h"

#define SOA "@ IN SOA ns host (\n\t1\t2 )\r\n"

static void test_txt_records_are_read(void **state)
{
	static const char *const rows[][2] = {
		{"$TTL 60\n" SOA, "[]"},
		{SOA "a.example.test.\t60\tIN\tTXT\t\"one\"\r\nb IN 60 txt \"two\" ",
		 "[{\"name\":\"a.example.test.\",\"value\":\"\\\"one\\\"\"},"
		 "{\"name\":\"b\",\"value\":\"\\\"two\\\"\"}]"},
		{"a TXT one\n" SOA, "[{\"name\":\"a\",\"value\":\"one\"}]"},
		{SOA "a\tIN CNAME TXT\nTXT TXT\nb TXT \t\nc 1 IN 2 TXT d\n;e TXT f\n$g TXT h\n",
		 "[]"},
		{SOA "a IN A 192.0.2.1\n\tIN TXT b\n; c\n \n 60 TXT d\n",
		 "[{\"name\":\"a\",\"value\":\"b\"},{\"name\":\"a\",\"value\":\"d\"}]"},
		{SOA "a TXT \xff\n", "[{\"name\":\"a\",\"value\":\"\xef\xbf\xbd\"}]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json) struct json *records = NULL;
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(zone_file_parse(span_of(rows[i][0]), &records, &err), 0);
		json_print(records, JSON_COMPACT, &text);
		assert_string_equal(text.text, rows[i][1]);
	}
}

static void test_what_has_no_soa_is_refused(void **state)
{
	static const char *const rows[] = {"", "a TXT one\n", "error=1&text=SOA",
					   "\tIN SOA ns host", "; IN SOA ns\nx IN A SOA\n"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct json *records = NULL;

		assert_int_equal(zone_file_parse(span_of(rows[i]), &records, &err), ERR_PARSE);
		assert_null(records);
	}
}

static void test_a_nul_byte_ends_a_zone(void **state)
{
	AUTO(json) struct json *records = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	static const char text[] = "@ IN SOA ns\na TXT b\0\nc TXT d";

	assert_int_equal(zone_file_parse(span_make(text, sizeof(text) - 1), &records, &err), 0);
	assert_int_equal(json_count(records), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_txt_records_are_read),
		cmocka_unit_test(test_what_has_no_soa_is_refused),
		cmocka_unit_test(test_a_nul_byte_ends_a_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
