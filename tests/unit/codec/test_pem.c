/* PEM boxes: reading what the world writes, writing what RFC 7468 wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pem.h"

static void test_boxes_are_taken_one_after_the_other(void **state)
{
	struct span rest = span_of("subject=x\n"
				   "-----BEGIN CERTIFICATE-----\r\n"
				   "Zm9v\r\n"
				   "YmFy  \r\n"
				   "-----END CERTIFICATE-----\r\n"
				   "\n"
				   "-----BEGIN EC PRIVATE KEY-----\n"
				   "Zg==\n"
				   "-----END EC PRIVATE KEY-----");
	struct span label;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	assert_true(span_eq(label, "CERTIFICATE"));
	assert_string_equal(der.text, "foobar");
	strbuf_clear(&der);
	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	assert_true(span_eq(label, "EC PRIVATE KEY"));
	assert_string_equal(der.text, "f");
	assert_int_equal(pem_next(&rest, &label, &der, &err), 0);
}

static void test_boxes_put_together_without_a_line_end_are_two(void **state)
{
	struct span rest = span_of("\xef\xbb\xbf-----BEGIN CERTIFICATE-----\nZm9v\n"
				   "-----END CERTIFICATE----------BEGIN CERTIFICATE-----\nYmFy\n"
				   "-----END CERTIFICATE-----");
	struct span label;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	assert_string_equal(der.text, "foo");
	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	assert_string_equal(der.text, "foobar");
	assert_int_equal(pem_next(&rest, &label, &der, &err), 0);
}

static void assert_bad(const char *text, const char *reason)
{
	struct span rest = span_of(text), label;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(pem_next(&rest, &label, &der, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, reason));
	assert_int_equal(der.len, 0);
}

static void test_broken_boxes_are_refused(void **state)
{
	assert_bad("-----BEGIN X-----\nZg==\n", "block has no END");
	assert_bad("-----BEGIN X-----\nZg==\n-----END Y-----\n", "block has no END");
	assert_bad("-----BEGIN X-----\n-----BEGIN X-----\nZg==\n-----END X-----\n",
		   "block has no END");
	assert_bad("-----BEGIN X-----\nZg==\n-----END X----------BEGAN X-----\n",
		   "block has no END");
	assert_bad("-----BEGIN X-----\nZg=\n-----END X-----\n", "base64");
	assert_bad("-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nZg==\n-----END X-----\n",
		   "headers (encrypted key?)");
	assert_bad("-----BEGIN X-----\nComment: none\n\nZg==\n-----END X-----\n", "headers");
}

static void test_text_without_boxes_ends_at_once(void **state)
{
	struct span rest = span_of("-----BEGIN\n----BEGIN X----\nBEGIN X\n-----BEGIN ---\n"), label;
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(pem_next(&rest, &label, &der, &err), 0);
}

static void test_lines_have_64_columns(void **state)
{
	unsigned char bytes[49] = {0};
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	pem_encode(&out, "X", bytes, 48);
	assert_string_equal(out.text,
			    "-----BEGIN X-----\n"
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
			    "-----END X-----\n");
	strbuf_clear(&out);
	pem_encode(&out, "X", bytes, 49);
	assert_string_equal(out.text,
			    "-----BEGIN X-----\n"
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
			    "AA==\n"
			    "-----END X-----\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boxes_are_taken_one_after_the_other),
		cmocka_unit_test(test_boxes_put_together_without_a_line_end_are_two),
		cmocka_unit_test(test_broken_boxes_are_refused),
		cmocka_unit_test(test_text_without_boxes_ends_at_once),
		cmocka_unit_test(test_lines_have_64_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
