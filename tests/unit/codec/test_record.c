/* Documents as records between processes: what goes in comes out, and nothing else is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/json_record.h"
#include "codec/xml_record.h"

static void put_json(const char *text, struct strbuf *record)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *json = NULL;

	if (json_parse(text, strlen(text), "document", &json, &err) < 0)
		fail_msg("%s", err.text);
	json_record_put(record, json);
}

static void put_xml(const char *text, struct strbuf *record)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(xml) struct xml *root = NULL;

	if (xml_parse(text, strlen(text), "document", &root, &err) < 0)
		fail_msg("%s", err.text);
	xml_record_put(record, root);
}

static struct json *get_json(const void *bytes, size_t len)
{
	struct frame_reader reader = {.rest = span_make(bytes, len)};
	struct json *json = json_record_get(&reader);

	assert_int_equal(json == NULL, reader.broken);
	assert_true(reader.broken || frame_is_whole(&reader));
	return json;
}

static void test_json_comes_out_as_it_went_in(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"[null,true,false,0,-9223372036854775808,9223372036854775807,0.5,-1e+300,-0.0]",
		"[\"\",\"a\\\"\\u00e9\xf0\x9f\x98\x80\"]",
		"{\"b\":{\"c\":[1,[2,{}],\"x\",null]},\"a\":false}",
		"[[[[[[[[[[]]]]]]]]]]",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(strbuf) struct strbuf record = STRBUF_INIT, wanted = STRBUF_INIT,
					   printed = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(json) struct json *json = NULL, *source = NULL;

		put_json(texts[i], &record);
		json = get_json(record.text, record.len);
		assert_non_null(json);
		assert_int_equal(json_parse(texts[i], strlen(texts[i]), "x", &source, &err), 0);
		json_print(source, JSON_COMPACT, &wanted);
		json_print(json, JSON_COMPACT, &printed);
		assert_string_equal(printed.text, wanted.text);
	}
}

static void test_no_part_of_a_json_record_is_one(void **state)
{
	AUTO(strbuf) struct strbuf record = STRBUF_INIT;

	put_json("{\"a\":[1,2.5,\"text\",{\"b\":null}],\"c\":true}", &record);
	for (size_t len = 0; len < record.len; len++)
		assert_null(get_json(record.text, len));
}

#define BYTES(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static void test_what_json_cannot_be_is_refused(void **state)
{
	static const struct span records[] = {
		BYTES("\x08"),                               /* no such type */
		BYTES("\x06\xff\xff\xff\xff"),               /* elements that do not come */
		BYTES("\x07\xff\xff\xff\xff"),               /* members */
		BYTES("\x05\x7f\xff\xff\xff"),               /* a text that does not */
		BYTES("\x05\0\0\0\2a\0"),                    /* NUL in a text */
		BYTES("\x05\0\0\0\1\xff"),                   /* not UTF-8 */
		BYTES("\x07\0\0\0\1\0\0\0\2a\0\0"),          /* NUL in a name */
		BYTES("\x07\0\0\0\1\0\0\0\1\xff\0"),         /* a name that is not UTF-8 */
		BYTES("\x07\0\0\0\2\0\0\0\1a\0\0\0\0\1a\0"), /* the same name twice */
		BYTES("\x04\x7f\xf8\0\0\0\0\0\0"),
		BYTES("\x04\x7f\xf0\0\0\0\0\0\0"), /* no numbers */
	};

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		AUTO(strbuf) struct strbuf array = STRBUF_INIT;

		strbuf_add(&array, "\x06\0\0\0\1", 5);
		strbuf_add(&array, records[i].ptr, records[i].len);
		assert_null(get_json(array.text, array.len));
	}
	assert_null(get_json("\x00", 1)); /* a bare value */
}

static void test_depth_is_bounded(void **state)
{
	AUTO(strbuf) struct strbuf record = STRBUF_INIT, elements = STRBUF_INIT;
	struct frame_reader reader = {.rest = {NULL}};

	for (int i = 0; i < 100000; i++) {
		strbuf_add(&record, "\x06\0\0\0\1", 5);
		strbuf_add(&elements, "\0\0\0\1a\0\0\0\0\0\0\0\0\0\0\0\1", 17);
	}
	assert_null(get_json(record.text, record.len));
	reader.rest = span_make(elements.text, elements.len);
	assert_null(xml_record_get(&reader));
	assert_true(reader.broken);
}

static void test_xml_comes_out_as_it_went_in(void **state)
{
	AUTO(strbuf) struct strbuf record = STRBUF_INIT, again = STRBUF_INIT;
	struct frame_reader reader = {.rest = {NULL}};
	AUTO(xml) struct xml *root = NULL;

	put_xml("<a x='1' y='&lt;'><b>one &amp; \xc3\xa9</b><c/><b><d><e>two</e></d></b></a>",
		&record);
	reader.rest = span_make(record.text, record.len);
	root = xml_record_get(&reader);
	assert_true(frame_is_whole(&reader));
	assert_string_equal(xml_find_text(root, "b"), "one & \xc3\xa9");
	assert_string_equal(xml_find_text(xml_find(xml_at(root, 2), "d"), "e"), "two");
	assert_null(xml_at(root, 3));
	assert_string_equal(xml_attribute(root, "y"), "<");
	assert_null(xml_attribute(xml_at(root, 0), "y"));
	xml_record_put(&again, root);
	assert_int_equal(again.len, record.len);
	assert_memory_equal(again.text, record.text, record.len);
}

/* A count, or a length, of nothing. */
#define NONE "\0\0\0\0"

static void test_what_xml_cannot_be_is_refused(void **state)
{
	static const struct span records[] = {
		BYTES(""),
		BYTES("\0\0\0\0" NONE NONE NONE),                    /* no name */
		BYTES("\0\0\0\1a" NONE NONE "\xff\xff\xff\xff"),     /* elements that do not come */
		BYTES("\0\0\0\1a" NONE "\xff\xff\xff\xff" NONE),     /* nor attributes */
		BYTES("\0\0\0\1a" NONE "\0\0\0\1\0\0\0\1\xff" NONE), /* not UTF-8 */
		BYTES("\0\0\0\1a\0\0\0\1\0" NONE NONE),              /* NUL in the text */
		BYTES("\0\0\0\1a\0\0\0\1\xff" NONE NONE),            /* not UTF-8 */
		BYTES("\0\0\0\1\xff" NONE NONE NONE),                /* nor the name */
		BYTES("\0\0\0\1a\x7f\xff\xff\xff" NONE NONE),        /* a text that does not come */
	};

	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct frame_reader reader = {.rest = records[i]};

		assert_null(xml_record_get(&reader));
		assert_true(reader.broken);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_comes_out_as_it_went_in),
		cmocka_unit_test(test_no_part_of_a_json_record_is_one),
		cmocka_unit_test(test_what_json_cannot_be_is_refused),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_xml_comes_out_as_it_went_in),
		cmocka_unit_test(test_what_xml_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
