/*
 * The messages between client and worker: what arrives is what was sent, and nothing else is let
 * in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "net/http/http_wire.h"

enum { ID = 7, LIMIT = 100 };

static int64_t limit_of(void *context, uint32_t id)
{
	return id == ID ? LIMIT : -1;
}

static int read_answer(const struct strbuf *message, size_t len, struct http_response *response,
		       struct error *err)
{
	struct span contents;
	uint32_t id;

	assert_int_equal(http_wire_kind(span_make(message->text, len), &contents),
			 HTTP_WIRE_ANSWER);
	return http_wire_get_answer(contents, limit_of, NULL, &id, response, err);
}

static void make_response(struct http_response *ret_response, int status, const char *body)
{
	http_response_init(ret_response);
	ret_response->status = status;
	ret_response->body = xstrdup(body);
	ret_response->body_len = strlen(body);
}

static void test_an_answer_comes_back_as_it_was(void **state)
{
	AUTO(http_response) struct http_response sent, got;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	make_response(&sent, 200, "body");
	headers_add(&sent.headers, "Replay-Nonce", "abc");
	http_response_init(&got);
	http_wire_put_answer(&message, ID, &sent);
	assert_int_equal(read_answer(&message, message.len, &got, &err), 0);
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "body");
	assert_string_equal(headers_get(&got.headers, "Replay-Nonce"), "abc");
	assert_false(error_is_set(&got.error));
}

static void test_an_error_comes_back_as_it_was(void **state)
{
	AUTO(http_response) struct http_response sent, got;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&sent);
	http_response_init(&got);
	error_set(&sent.error, ERR_NETWORK, "cannot reach it");
	error_hint(&sent.error, "look at the cable");
	sent.maybe_sent = true;
	sent.round_trip_us = 150 * 1000;
	sent.wants_whole_store = true;
	http_wire_put_answer(&message, ID, &sent);
	assert_int_equal(read_answer(&message, message.len, &got, &err), 0);
	assert_int_equal(got.error.code, ERR_NETWORK);
	assert_string_equal(got.error.text, "cannot reach it");
	assert_string_equal(got.error.hint, "look at the cable");
	assert_true(got.maybe_sent);
	assert_int_equal(got.round_trip_us, 150 * 1000);
	assert_true(got.wants_whole_store);
}

static void assert_malformed(const struct http_response *sent, uint32_t id)
{
	AUTO(http_response) struct http_response got;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&got);
	http_wire_put_answer(&message, id, sent);
	assert_int_equal(read_answer(&message, message.len, &got, &err), ERR_PROTOCOL);
	assert_int_equal(got.status, 0);
	assert_null(got.body);
}

static void test_answers_that_a_worker_would_not_give_are_refused(void **state)
{
	char long_body[LIMIT + 2];
	AUTO(http_response) struct http_response sent;

	memset(long_body, 'x', sizeof(long_body));
	long_body[LIMIT + 1] = '\0';
	make_response(&sent, 200, "body");
	assert_malformed(&sent, ID + 1);
	sent.wants_whole_store = true;
	assert_malformed(&sent, ID);
	sent.wants_whole_store = false;
	sent.status = 99;
	assert_malformed(&sent, ID);
	sent.status = 200;
	error_set(&sent.error, ERR_NETWORK, "and yet failed");
	assert_malformed(&sent, ID);
	error_release(&sent.error);
	headers_add(&sent.headers, "Na me", "value");
	assert_malformed(&sent, ID);
	http_response_release(&sent);
	make_response(&sent, 200, "body");
	headers_add(&sent.headers, "Name", "control \033[31m");
	assert_malformed(&sent, ID);
	http_response_release(&sent);
	error_set(&sent.error, ERR_NETWORK, "control \033[31m");
	assert_malformed(&sent, ID);
	http_response_release(&sent);
	make_response(&sent, 200, long_body);
	assert_malformed(&sent, ID);
}

static void test_a_cut_answer_is_refused_wherever_it_is_cut(void **state)
{
	AUTO(http_response) struct http_response sent;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	make_response(&sent, 200, "body");
	headers_add(&sent.headers, "Name", "value");
	http_wire_put_answer(&message, ID, &sent);
	for (size_t len = 1; len < message.len; len++) {
		AUTO(http_response) struct http_response got;
		AUTO(error) struct error err = ERROR_INIT;

		http_response_init(&got);
		assert_int_equal(read_answer(&message, len, &got, &err), ERR_PROTOCOL);
	}
}

static void test_a_request_comes_back_as_it_was(void **state)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct http_request request = {
		.method = HTTP_PATCH,
		.url = "https://ca.example/order",
		.connect_to = "[::1]:8443",
		.headers = &headers,
		.body = "a\0b",
		.body_len = 3,
		.max_body = 1000,
		.timeout_ms = 5000,
		.flags = HTTP_FOLLOW_REDIRECTS,
	};
	AUTO(http_job) struct http_job *sent = NULL;
	AUTO(http_job) struct http_job *got = NULL;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span contents;

	headers_add(&headers, "Content-Type", "application/jose+json");
	sent = http_job_copy(ID, &request, "http://proxy.example:3128");
	http_wire_put_job(&message, sent);
	assert_int_equal(http_wire_kind(span_make(message.text, message.len), &contents),
			 HTTP_WIRE_JOB);
	assert_int_equal(http_wire_get_job(contents, &got, &err), 0);
	assert_int_equal(got->id, ID);
	assert_int_equal(got->request.method, HTTP_PATCH);
	assert_string_equal(got->request.url, "https://ca.example/order");
	assert_string_equal(got->request.connect_to, "[::1]:8443");
	assert_string_equal(got->proxy, "http://proxy.example:3128");
	assert_int_equal(got->request.body_len, 3);
	assert_memory_equal(got->request.body, "a\0b", 3);
	assert_int_equal(got->request.max_body, 1000);
	assert_int_equal(got->request.timeout_ms, 5000);
	assert_int_equal(got->request.flags, HTTP_FOLLOW_REDIRECTS);
	assert_string_equal(headers_get(got->request.headers, "content-type"),
			    "application/jose+json");
}

static void test_the_setup_comes_back_as_it_was(void **state)
{
	AUTO(http_setup) struct http_setup sent = HTTP_SETUP_INIT;
	AUTO(http_setup) struct http_setup got = HTTP_SETUP_INIT;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span contents;

	sent.user_agent = xstrdup("agent");
	sent.verify_tls = false;
	sent.has_ca_bundle = true;
	strbuf_adds(&sent.ca_bundle, "PEM");
	secret_set(&sent.client_cert, "CERT", 4);
	secret_set(&sent.client_key, "KEY", 3);
	sent.max_connections = 3;
	http_wire_put_setup(&message, &sent);
	assert_int_equal(http_wire_kind(span_make(message.text, message.len), &contents),
			 HTTP_WIRE_SETUP);
	assert_int_equal(http_wire_get_setup(contents, &got, &err), 0);
	assert_string_equal(got.user_agent, "agent");
	assert_false(got.verify_tls);
	assert_true(got.has_ca_bundle);
	assert_string_equal(got.ca_bundle.text, "PEM");
	assert_string_equal(secret_peek(&got.client_cert), "CERT");
	assert_string_equal(secret_peek(&got.client_key), "KEY");
	assert_int_equal(got.max_connections, 3);
	contents.len--;
	assert_int_equal(http_wire_get_setup(contents, &got, &err), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_comes_back_as_it_was),
		cmocka_unit_test(test_an_error_comes_back_as_it_was),
		cmocka_unit_test(test_answers_that_a_worker_would_not_give_are_refused),
		cmocka_unit_test(test_a_cut_answer_is_refused_wherever_it_is_cut),
		cmocka_unit_test(test_a_request_comes_back_as_it_was),
		cmocka_unit_test(test_the_setup_comes_back_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
