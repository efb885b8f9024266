/* One-time passwords: the vectors of RFC 6238 appendix B, and secrets that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "crypto/totp.h"

static void test_passwords_of_the_standard(void **state)
{
	static const struct {
		int64_t now;
		const char *password; /* the last six of the eight digits there */
	} rows[] = {
		{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strbuf) struct strbuf password = STRBUF_INIT;

		assert_true(
			totp_password("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", rows[i].now, &password));
		assert_string_equal(password.text, rows[i].password);
	}
}

static void test_secrets_as_people_copy_them(void **state)
{
	AUTO(strbuf) struct strbuf password = STRBUF_INIT;

	assert_true(totp_password("gezd gnbv gy3t qojq GEZDGNBVGY3TQOJQ====", 59, &password));
	assert_string_equal(password.text, "287082");
	assert_false(totp_password("not-base32!", 59, &password));
	assert_false(totp_password("GEZD=GNBV", 59, &password));
	assert_false(totp_password("", 59, &password));
	assert_int_equal(password.len, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passwords_of_the_standard),
		cmocka_unit_test(test_secrets_as_people_copy_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
