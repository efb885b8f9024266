/* Signatures of Amazon Web Services against Amazon's published examples, and profile files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "dns/api/call.h"
#include "dns/providers/amazon/aws_profiles.h"
#include "dns/providers/amazon/aws_signature.h"

/* Of the test suite that Amazon publishes for signature version 4: 2015-08-30T12:36:00Z. */
static const struct aws_scope scope = {"us-east-1", "service", 1440938160};

static void test_published_examples_are_signed_the_same(void **state)
{
	static const struct {
		struct dns_outgoing request;
		const char *signature;
	} examples[] = {
		{{"GET", "https://example.amazonaws.com/", ""},
		 "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{{"POST", "https://example.amazonaws.com/", ""},
		 "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{{"GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", ""},
		 "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	};
	AUTO(aws_keys) struct aws_keys keys = {.expires = 0};

	aws_keys_set(&keys, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL);
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		AUTO(headers) struct headers headers = HEADERS_INIT;
		AUTO_FREE char *expected =
			xasprintf("AWS4-HMAC-SHA256 "
				  "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
				  "SignedHeaders=host;x-amz-date, Signature=%s",
				  examples[i].signature);

		aws_sign(&keys, &scope, &examples[i].request, &headers);
		assert_string_equal(headers_get(&headers, "Authorization"), expected);
		assert_string_equal(headers_get(&headers, "X-Amz-Date"), "20150830T123600Z");
		assert_null(headers_get(&headers, "X-Amz-Security-Token"));
	}
}

static void test_all_fields_of_amazon_are_signed(void **state)
{
	static const struct dns_outgoing request = {"PUT", "https://b.s3.us-east-1.amazonaws.com/k",
						    "text"};
	AUTO(aws_keys) struct aws_keys keys = {.expires = 0};
	AUTO(headers) struct headers headers = HEADERS_INIT;

	aws_keys_set(&keys, "AKIDEXAMPLE", "secret", NULL);
	headers_add(&headers, "Content-Type", "text/plain");
	headers_add(&headers, "X-Amz-Target", "Service.Action");
	headers_add(&headers, "X-Amz-Content-Sha256", "0123");
	aws_sign(&keys, &scope, &request, &headers);
	assert_non_null(strstr(headers_get(&headers, "Authorization"),
			       "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-target,"));
}

static void test_session_token_is_signed(void **state)
{
	static const struct dns_outgoing request = {"GET", "https://example.amazonaws.com", ""};
	AUTO(aws_keys) struct aws_keys keys = {.expires = 0};
	AUTO(headers) struct headers headers = HEADERS_INIT;

	aws_keys_set(&keys, "AKIDEXAMPLE", "secret", "token");
	aws_sign(&keys, &scope, &request, &headers);
	assert_string_equal(headers_get(&headers, "X-Amz-Security-Token"), "token");
	assert_non_null(strstr(headers_get(&headers, "Authorization"),
			       "SignedHeaders=host;x-amz-date;x-amz-security-token,"));
}

static void parse(struct aws_profiles *profiles, const char *text, const char *prefix)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (aws_profiles_parse(profiles, text, "file", prefix, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_value(const struct aws_profiles *profiles, const char *profile, const char *key,
			 const char *expected)
{
	const char *value = aws_profiles_get(profiles, profile, key);

	if (!expected)
		assert_null(value);
	else
		assert_string_equal(value ? value : "(none)", expected);
}

static void test_first_file_counts(void **state)
{
	AUTO(aws_profiles) struct aws_profiles profiles;

	aws_profiles_init(&profiles);
	parse(&profiles, "; c\r\n[default]\r\nAws_Access_Key_Id : a = b \r\n[ le ]\nx=1", "");
	parse(&profiles,
	      "[profile le]\nx = 2\ny=\n[default]\nregion = r\ns3 =\n  x = 9\n"
	      "[sso-session s]\nx = 3\n[profile empty]\n",
	      "profile ");
	assert_value(&profiles, "default", "aws_access_key_id", "a = b");
	assert_value(&profiles, "default", "region", "r");
	assert_value(&profiles, "default", "x", NULL);
	assert_value(&profiles, "le", "x", "1");
	assert_value(&profiles, "le", "y", "");
	assert_value(&profiles, "s", "x", NULL);
	assert_true(aws_profiles_has(&profiles, "empty"));
	assert_false(aws_profiles_has(&profiles, "s"));
	assert_false(aws_profiles_has(&profiles, "sso-session s"));
}

static void test_other_lines_are_refused_by_number(void **state)
{
	static const char *const bad[] = {"x = 1\n", "[default\nx = 1\n", "[default]\nnothing\n"};
	static const int lines[] = {1, 1, 2};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(aws_profiles) struct aws_profiles profiles;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO_FREE char *expected =
			xasprintf("cannot read 'f': line %d is neither a section nor "
				  "'key = value' in one",
				  lines[i]);

		aws_profiles_init(&profiles);
		assert_int_equal(aws_profiles_parse(&profiles, bad[i], "f", "", &err), ERR_CONFIG);
		assert_string_equal(err.text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_examples_are_signed_the_same),
		cmocka_unit_test(test_all_fields_of_amazon_are_signed),
		cmocka_unit_test(test_session_token_is_signed),
		cmocka_unit_test(test_first_file_counts),
		cmocka_unit_test(test_other_lines_are_refused_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
