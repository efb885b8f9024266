/* CAA records (RFC 8659), with accounts and methods (RFC 8657). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/query/caa.h"
#include "base/macros.h"

#define ACCOUNT "https://ca.test/acct/1"

static const struct {
	const char *records; /* separated by | */
	bool is_wildcard;
	enum caa_verdict verdict;
} rows[] = {
	{"0 issue \"ca.test\"", false, CAA_ALLOWS},
	{"0 issue \"CA.TEST\"", false, CAA_ALLOWS},
	{"0 issue \" ca.test ; x=y\"", false, CAA_ALLOWS},
	{"0 issue \";\"", false, CAA_OTHER_ISSUER},
	{"0 issue \"\"", false, CAA_OTHER_ISSUER},
	{"0 issue \"other.test\"", false, CAA_OTHER_ISSUER},
	{"0 issue \"other.test\"|0 issue \"ca.test\"", false, CAA_ALLOWS},
	{"0 issue \"ca.test.evil\"", false, CAA_OTHER_ISSUER},
	{"0 iodef \"mailto:a@a.test\"", false, CAA_ALLOWS},
	{"0 issuewild \"other.test\"", false, CAA_ALLOWS},
	{"0 issuewild \"other.test\"", true, CAA_OTHER_ISSUER},
	{"0 issue \"ca.test\"|0 issuewild \";\"", true, CAA_OTHER_ISSUER},
	{"0 issue \"other.test\"|0 issuewild \"ca.test\"", true, CAA_ALLOWS},
	{"0 issue \"ca.test\"", true, CAA_ALLOWS},
	{"0 issue \"ca.test; accounturi=" ACCOUNT "\"", false, CAA_ALLOWS},
	{"0 issue \"ca.test; accounturi=" ACCOUNT "1\"", false, CAA_OTHER_ACCOUNT},
	{"0 issue \"ca.test; validationmethods=dns-01,http-01\"", false, CAA_ALLOWS},
	{"0 issue \"ca.test; validationmethods=dns-01\"", false, CAA_OTHER_METHOD},
	{"0 issue \"ca.test; validationmethods=dns-01\"|0 issue \"ca.test\"", false, CAA_ALLOWS},
	{"0 issue \"other.test\"|0 issue \"ca.test; validationmethods=dns-01\"", false,
	 CAA_OTHER_METHOD},
	{"128 tbs \"x\"|0 issue \"ca.test\"", false, CAA_CRITICAL},
	{"0 issue \"ca.test\"|128 tbs \"x\"", false, CAA_CRITICAL},
	{"0 tbs \"x\"|0 issue \"ca.test\"", false, CAA_ALLOWS},
	{"128 issue \"ca.test\"", false, CAA_ALLOWS},
	{"nonsense", false, CAA_ALLOWS},
};

static void test_records_are_judged(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(strvec) struct strvec records = STRVEC_INIT, identities = STRVEC_INIT;
		const struct caa_question question = {&identities, ACCOUNT, "http-01",
						      rows[i].is_wildcard};
		const char *record;
		enum caa_verdict verdict;

		strvec_split(&records, rows[i].records, "|");
		strvec_push(&identities, "ca.test");
		verdict = caa_judge(&records, &question, &record);
		if (verdict != rows[i].verdict)
			fail_msg("%s: %d", rows[i].records, verdict);
		assert_int_equal(record == NULL, verdict == CAA_ALLOWS);
	}
}

/* Of a CA that does not say what it is called, and of an account and a method that are unknown,
 * nothing is said to be forbidden. */
static void test_what_is_unknown_is_not_forbidden(void **state)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT, identities = STRVEC_INIT;
	struct caa_question question = {&identities, NULL, NULL, false};
	const char *record;

	strvec_push(&records, "0 issue \"ca.test; accounturi=x; validationmethods=y\"");
	assert_int_equal(caa_judge(&records, &question, &record), CAA_ALLOWS);
	strvec_push(&identities, "ca.test");
	assert_int_equal(caa_judge(&records, &question, &record), CAA_ALLOWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_are_judged),
		cmocka_unit_test(test_what_is_unknown_is_not_forbidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
