/*
 * The HTTP side of the responder over tests/cases/responder-http: a request head and what is sent
 * back. Published is one token, "token-1".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../codec/cases.h"
#include "net/responder/responder_protocol.h"

static const char *look_up(void *context, struct span token)
{
	return span_eq(token, "token-1") ? "token-1.thumbprint" : NULL;
}

static int render_answer(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	int rc = responder_answer_http(span_make(input->text, input->len), look_up, NULL, out);

	if (rc == 0)
		strbuf_adds(out, "(waits for more)\n");
	else if (rc < 0)
		strbuf_adds(out, "(closes)\n");
	return 0;
}

static void test_requests_are_answered_as_by_certbot(void **state)
{
	cases_run("responder-http", render_answer);
}

/* Whatever way a request is cut into packets, its answer is the same, and comes once. */
static void test_a_request_may_come_byte_by_byte(void **state)
{
	static const char request[] = "GET /.well-known/acme-challenge/token-1 HTTP/1.1\r\n"
				      "Host: a.example\r\n\r\n";

	for (size_t len = 0; len < strlen(request); len++) {
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;

		assert_int_equal(
			responder_answer_http(span_make(request, len), look_up, NULL, &out), 0);
		assert_int_equal(out.len, 0);
	}
}

static void test_an_endless_head_is_given_up(void **state)
{
	AUTO(strbuf) struct strbuf request = STRBUF_INIT, out = STRBUF_INIT;
	int rc = 0;

	strbuf_adds(&request, "GET / HTTP/1.1\r\n");
	while (rc == 0 && request.len < 1 << 20) {
		strbuf_adds(&request, "X-Filler: 0123456789abcdef0123456789abcdef\r\n");
		rc = responder_answer_http(span_make(request.text, request.len), look_up, NULL,
					   &out);
	}
	assert_int_equal(rc, -1);
	assert_in_range(request.len, 8 * 1024, 64 * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_are_answered_as_by_certbot),
		cmocka_unit_test(test_a_request_may_come_byte_by_byte),
		cmocka_unit_test(test_an_endless_head_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
