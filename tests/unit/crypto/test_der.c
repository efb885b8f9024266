/* The DER reader: what it takes, and what it leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "crypto/der.h"

/* A literal that may hold NUL bytes. */
#define BYTES(literal) span_make(literal, sizeof(literal) - 1)

static void test_elements_are_taken_off_the_front(void **state)
{
	struct span rest = BYTES("\x30\x03\x02\x01\x05\x04\x00"), content, whole;

	assert_false(der_take(&rest, DER_SET, &content));
	assert_int_equal(rest.len, 7);
	assert_true(der_take_whole(&rest, DER_SEQUENCE, &whole));
	assert_int_equal(whole.len, 5);
	assert_true(der_take(&rest, DER_OCTET_STRING, &content));
	assert_int_equal(content.len, 0);
	assert_int_equal(rest.len, 0);
	assert_false(der_take(&rest, DER_OCTET_STRING, &content));
}

static void test_long_lengths_are_read(void **state)
{
	char bytes[3 + 0x80] = "\x04\x81\x80";
	struct span rest = span_make(bytes, sizeof(bytes)), content;

	assert_true(der_take(&rest, DER_OCTET_STRING, &content));
	assert_int_equal(content.len, 0x80);
	assert_int_equal(rest.len, 0);
}

static void test_what_is_not_der_is_left(void **state)
{
	const struct span wrong[] = {
		BYTES(""),
		BYTES("\x04"),
		BYTES("\x04\x01"),                         /* shorter than it says */
		BYTES("\x04\x82\x01"),                     /* ends within the length */
		BYTES("\x04\x80\x00\x00"),                 /* no definite length */
		BYTES("\x04\x81\x01\x00"),                 /* length not in its shortest form */
		BYTES("\x04\x82\x00\x80"),                 /* the same */
		BYTES("\x04\x84\x7f\xff\xff\xff"),         /* more than there can be */
		BYTES("\x04\x89\x01\x01\x01\x01\x01\x01"), /* beyond any number */
		BYTES("\x1f\x04\x00"),                     /* tag of several bytes */
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct span rest = wrong[i], content;
		unsigned tag;

		if (der_take_any(&rest, &tag, &content))
			fail_msg("case %zu is taken", i);
		assert_ptr_equal(rest.ptr, wrong[i].ptr);
	}
}

static void test_identifiers_are_well_formed(void **state)
{
	struct span good = BYTES("\x06\x03\x55\x1d\x11"), oid;
	struct span empty = BYTES("\x06\x00"), cut = BYTES("\x06\x02\x55\x81");
	struct span padded = BYTES("\x06\x03\x55\x80\x01");

	assert_true(der_take_oid(&good, &oid));
	assert_true(span_eq(oid, "\x55\x1d\x11"));
	assert_false(der_take_oid(&empty, &oid));
	assert_false(der_take_oid(&cut, &oid));
	assert_false(der_take_oid(&padded, &oid));
}

static void test_bit_strings_are_whole_octets(void **state)
{
	struct span good = BYTES("\x03\x02\x00\x41"), octets;
	struct span partial = BYTES("\x03\x02\x01\x40"), empty = BYTES("\x03\x00");

	assert_true(der_take_bits(&good, &octets));
	assert_true(span_eq(octets, "A"));
	assert_false(der_take_bits(&partial, &octets));
	assert_false(der_take_bits(&empty, &octets));
}

static void test_numbers_are_natural_and_short(void **state)
{
	struct span plain = BYTES("\x02\x01\x41"), high = BYTES("\x02\x02\x00\x80"), octets;
	struct span negative = BYTES("\x02\x01\x80"), padded = BYTES("\x02\x02\x00\x41");
	struct span empty = BYTES("\x02\x00"), zero = BYTES("\x02\x01\x00");

	assert_true(der_take_natural(&plain, &octets));
	assert_true(span_eq(octets, "A"));
	assert_true(der_take_natural(&high, &octets));
	assert_true(span_eq(octets, "\x80"));
	assert_true(der_take_natural(&zero, &octets));
	assert_int_equal(octets.len, 1);
	assert_false(der_take_natural(&negative, &octets));
	assert_false(der_take_natural(&padded, &octets));
	assert_false(der_take_natural(&empty, &octets));
}

static void test_what_is_written_is_read(void **state)
{
	static const size_t lengths[] = {0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff};
	static char contents[0x10000];

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;
		struct span rest, read;

		der_add(&der, DER_OCTET_STRING, span_make(contents, lengths[i]));
		rest = span_make(der.text, der.len);
		assert_true(der_take(&rest, DER_OCTET_STRING, &read));
		assert_int_equal(read.len, lengths[i]);
		assert_int_equal(rest.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements_are_taken_off_the_front),
		cmocka_unit_test(test_long_lengths_are_read),
		cmocka_unit_test(test_what_is_not_der_is_left),
		cmocka_unit_test(test_identifiers_are_well_formed),
		cmocka_unit_test(test_bit_strings_are_whole_octets),
		cmocka_unit_test(test_numbers_are_natural_and_short),
		cmocka_unit_test(test_what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
