/* Which OCSP responses are believed. They are all of one day, ten days after START in make.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/cert/ocsp.h"
#include "fixtures.h"

#define MADE INT64_C(1768089600) /* 2026-01-11T00:00:00Z */
#define WEEK (7 * 86400)

/* The text of the error, or which status came; the caller frees it. */
static char *answer_at(const char *file, int64_t now_seconds)
{
	static const char *const names[] = {
		[OCSP_GOOD] = "good", [OCSP_REVOKED] = "revoked", [OCSP_UNKNOWN] = "unknown"};
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *ca = fixture_cert("ca.pem");
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct ocsp_question question = {.cert = leaf, .issuer = ca, .now_seconds = now_seconds};
	enum ocsp_status status;

	fixture_read(file, &der);
	question.response_der = span_make(der.text, der.len);
	if (ocsp_response(&question, &status, &err) == 0)
		return xstrdup(names[status]);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_true(strncmp(err.text, "cannot use OCSP response: ", 26) == 0);
	return xstrdup(err.text + 26);
}

static void assert_answer_at(const char *file, int64_t now_seconds, const char *expected)
{
	AUTO_FREE char *answer = answer_at(file, now_seconds);

	assert_string_equal(answer, expected);
}

static void assert_answer(const char *file, const char *expected)
{
	assert_answer_at(file, MADE + 60, expected);
}

static void test_request_is_the_one_cryptography_makes(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *ca = fixture_cert("ca.pem");
	AUTO(strbuf) struct strbuf der = STRBUF_INIT, expected = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(ocsp_request(leaf, ca, &der, &err), 0);
	fixture_read("ocsp-request.der", &expected);
	assert_int_equal(der.len, expected.len);
	assert_memory_equal(der.text, expected.text, der.len);
}

static void test_answers_of_the_issuer_are_believed(void **state)
{
	assert_answer("ocsp-good.der", "good");
	assert_answer("ocsp-revoked.der", "revoked");
	assert_answer("ocsp-unknown.der", "unknown");
}

static void test_delegates_need_purpose_and_issuer(void **state)
{
	static const char refused[] = "it is not signed by the issuer or "
				      "its delegate";

	assert_answer("ocsp-delegate.der", "revoked");
	assert_answer("ocsp-delegate-without-purpose.der", refused);
	assert_answer("ocsp-delegate-expired.der", refused);
	assert_answer("ocsp-stranger.der", refused);
}

static void test_times_have_five_minutes_of_grace(void **state)
{
	assert_answer_at("ocsp-good.der", MADE - 300, "good");
	assert_answer_at("ocsp-good.der", MADE - 301, "not valid yet");
	assert_answer_at("ocsp-good.der", MADE + WEEK + 300, "good");
	assert_answer_at("ocsp-good.der", MADE + WEEK + 301, "out of date");
	assert_answer_at("ocsp-without-end.der", MADE + 10 * WEEK, "good");
}

static void test_answers_to_other_questions_are_refused(void **state)
{
	assert_answer("ocsp-other-certificate.der", "it is for a different certificate");
	assert_answer("ocsp-try-later.der", "the responder answered: trylater");
	assert_answer("ocsp-request.der", "malformed");
	assert_answer("leaf.pem", "malformed");
}

/* No change of any one byte turns "revoked" into "good". */
static void test_changed_answer_is_not_believed(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *ca = fixture_cert("ca.pem");
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	fixture_read("ocsp-revoked.der", &der);
	for (size_t i = 0; i < der.len; i++) {
		const struct ocsp_question question = {leaf, ca, span_make(der.text, der.len),
						       MADE + 60};
		AUTO(error) struct error err = ERROR_INIT;
		enum ocsp_status status = OCSP_UNKNOWN;

		der.text[i] ^= 2;
		if (ocsp_response(&question, &status, &err) == 0)
			assert_int_equal(status, OCSP_REVOKED);
		der.text[i] ^= 2;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_is_the_one_cryptography_makes),
		cmocka_unit_test(test_answers_of_the_issuer_are_believed),
		cmocka_unit_test(test_delegates_need_purpose_and_issuer),
		cmocka_unit_test(test_times_have_five_minutes_of_grace),
		cmocka_unit_test(test_answers_to_other_questions_are_refused),
		cmocka_unit_test(test_changed_answer_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
