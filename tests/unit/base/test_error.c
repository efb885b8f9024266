/* Error values: codes from errno, context, moves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

static void test_wrap_prefixes_and_keeps_code(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(error_set(&err, ERR_PARSE, "line %d", 3), ERR_PARSE);
	assert_int_equal(error_wrap(&err, "cannot load '%s'", "x.conf"), ERR_PARSE);
	assert_string_equal(err.text, "cannot load 'x.conf': line 3");
}

static void test_errno_chooses_code(void **state)
{
	static const struct {
		int errno_value;
		enum err_code code;
	} cases[] = {{ENOENT, ERR_NOT_FOUND}, {EEXIST, ERR_EXISTS}, {EACCES, ERR_IO}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(error_set_errno(&err, cases[i].errno_value, "cannot open"),
				 cases[i].code);
		assert_int_equal(err.sys_errno, cases[i].errno_value);
	}
}

static void test_move_empties_source(void **state)
{
	AUTO(error) struct error from = ERROR_INIT;
	AUTO(error) struct error to = ERROR_INIT;

	error_set(&from, ERR_NETWORK, "cannot connect");
	error_hint(&from, "check the proxy");
	assert_int_equal(error_move(&to, &from), ERR_NETWORK);
	assert_false(error_is_set(&from));
	assert_string_equal(to.hint, "check the proxy");
	assert_string_equal(error_code_name(to.code), "network");
}

static void test_recode_changes_nothing_but_the_code(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	error_set(&err, ERR_PARSE, "cannot read the answer");
	error_hint(&err, "try another server");
	assert_int_equal(error_recode(&err, ERR_PROTOCOL), ERR_PROTOCOL);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_string_equal(err.text, "cannot read the answer");
	assert_string_equal(err.hint, "try another server");
}

static void test_wrap_says_nothing_twice(void **state)
{
	static const struct {
		const char *text, *context, *wrapped;
	} cases[] = {
		{"cannot change the account key: bad nonce", "cannot change the account key",
		 "cannot change the account key: bad nonce"},
		{"a: cannot do it: b", "cannot do it", "a: cannot do it: b"},
		{"cannot do it", "cannot do it", "cannot do it"},
		{"cannot do it all: b", "cannot do it", "cannot do it: cannot do it all: b"},
		{"cannot read 'x': no such file", "cannot use 'x'",
		 "cannot read 'x': no such file"},
		{"cannot read 'x': no such file", "cannot use 'xx'",
		 "cannot use 'xx': cannot read 'x': no such file"},
		{"cannot read 'x': no such file", "cannot remove 'x' either",
		 "cannot remove 'x' either: cannot read 'x': no such file"},
		{"it is 'x'", "cannot use 'x'", "cannot use 'x': it is 'x'"},
		{"line 3: cannot be", "cannot use 'x'", "cannot use 'x': line 3: cannot be"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		error_set(&err, ERR_IO, "%s", cases[i].text);
		assert_int_equal(error_wrap(&err, "%s", cases[i].context), ERR_IO);
		assert_string_equal(err.text, cases[i].wrapped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap_prefixes_and_keeps_code),
		cmocka_unit_test(test_wrap_says_nothing_twice),
		cmocka_unit_test(test_recode_changes_nothing_but_the_code),
		cmocka_unit_test(test_errno_chooses_code),
		cmocka_unit_test(test_move_empties_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
