/*
 * The messages between the DNS client and its child: what arrives is what was sent, and nothing
 * else is let in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/dns/dns_wire.h"

enum { TIMEOUT_MS = 4000 };

static struct span contents_of(const struct strbuf *message, size_t len, int kind)
{
	struct span contents;

	assert_int_equal(dns_wire_kind(span_make(message->text, len), &contents), kind);
	return contents;
}

static void add_record(struct dns_answer *answer, const char *name, const char *value)
{
	ARRAY_GROW(answer->records, answer->count, answer->capacity);
	answer->records[answer->count++] = (struct dns_answer_record){.name = xstrdup(name),
								      .type = DNS_TYPE_TXT,
								      .ttl = 60,
								      .value = xstrdup(value),
								      .in_answer = true};
}

static void fill(struct dns_question *question)
{
	dns_question_init(question);
	question->answer.authoritative = true;
	question->answer.rcode = DNS_RCODE_NXDOMAIN;
	add_record(&question->answer, "a.example", "value");
	strbuf_adds(&question->signature.signed_bytes, "bytes");
	strbuf_adds(&question->signature.mac, "mac");
	question->signature.time_signed = INT64_C(0xffffffffffff);
}

static void test_questions_arrive_as_they_were(void **state)
{
	struct dns_question *sent = dns_questions_new(2), *got = NULL;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t count = 0;
	int64_t timeout_ms = 0;

	sent[0].name = xstrdup("a.example");
	sent[0].type = DNS_TYPE_TXT;
	assert_int_equal(name_server_parse("[2001:db8::1]:5353", 53, &sent[0].server, &err), 0);
	sent[1].flags = DNS_HAS_REPLY;
	strbuf_adds(&sent[1].reply, "reply");
	dns_wire_put_batch(&message, sent, 2, TIMEOUT_MS);
	assert_int_equal(dns_wire_get_batch(contents_of(&message, message.len, DNS_WIRE_BATCH),
					    &got, &count, &timeout_ms, &err),
			 0);
	assert_int_equal(count, 2);
	assert_int_equal(timeout_ms, TIMEOUT_MS);
	assert_string_equal(got[0].name, "a.example");
	assert_int_equal(got[0].type, DNS_TYPE_TXT);
	assert_true(name_server_equal(&got[0].server, &sent[0].server));
	assert_string_equal(got[1].reply.text, "reply");
	dns_questions_free(sent, 2);
	dns_questions_free(got, 2);
}

static void test_results_arrive_as_they_were(void **state)
{
	AUTO(dns_question) struct dns_question sent;
	struct dns_question *got = dns_questions_new(2);
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t number = 0;

	fill(&sent);
	dns_wire_put_answer(&message, 1, &sent);
	assert_int_equal(dns_wire_get_answer(contents_of(&message, message.len, DNS_WIRE_ANSWER),
					     got, 2, &number, &err),
			 0);
	assert_int_equal(number, 1);
	assert_int_equal(got[1].answer.rcode, DNS_RCODE_NXDOMAIN);
	assert_true(got[1].answer.authoritative);
	assert_int_equal(got[1].answer.count, 1);
	assert_string_equal(got[1].answer.records[0].name, "a.example");
	assert_string_equal(got[1].answer.records[0].value, "value");
	assert_int_equal(got[1].answer.records[0].ttl, 60);
	assert_string_equal(got[1].signature.signed_bytes.text, "bytes");
	assert_int_equal(got[1].signature.time_signed, sent.signature.time_signed);
	assert_int_equal(got[0].answer.count, 0);
	dns_questions_free(got, 2);
}

static int receive(const struct strbuf *message, size_t len, struct dns_question *questions)
{
	AUTO(error) struct error err = ERROR_INIT;
	size_t number;

	return dns_wire_get_answer(contents_of(message, len, DNS_WIRE_ANSWER), questions, 1,
				   &number, &err);
}

static void test_cut_and_lengthened_answers_are_refused(void **state)
{
	AUTO(dns_question) struct dns_question sent;
	struct dns_question *got = dns_questions_new(1);
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	fill(&sent);
	dns_wire_put_answer(&message, 0, &sent);
	for (size_t len = 1; len < message.len; len++)
		assert_int_equal(receive(&message, len, got), ERR_PROTOCOL);
	assert_int_equal(got[0].answer.count, 0);
	assert_int_equal(receive(&message, message.len, got), 0);
	strbuf_addc(&message, 'x');
	assert_int_equal(receive(&message, message.len, got), ERR_PROTOCOL);
	dns_questions_free(got, 1);
}

static void no_change(struct dns_question *question)
{
}

static void large_rcode(struct dns_question *question)
{
	question->answer.rcode = 16;
}

static void control_character(struct dns_question *question)
{
	question->answer.records[0].value[1] = '\033';
}

static void long_name(struct dns_question *question)
{
	char name[DNS_MAX_NAME_TEXT + 2];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	REPLACE(question->answer.records[0].name, xstrdup(name));
}

static void many_records(struct dns_question *question)
{
	while (question->answer.count <= DNS_MAX_RECORDS)
		add_record(&question->answer, "a", "b");
}

static void long_mac(struct dns_question *question)
{
	while (question->signature.mac.len <= DNS_MAX_MAC)
		strbuf_addc(&question->signature.mac, 'x');
}

static void late_time(struct dns_question *question)
{
	question->signature.time_signed++;
}

static void error_with_control_character(struct dns_question *question)
{
	error_set(&question->error, ERR_NETWORK, "no \033 answer");
}

static void test_values_beyond_their_bounds_are_refused(void **state)
{
	static const struct {
		void (*spoil)(struct dns_question *question);
		int rc;
	} cases[] = {
		{no_change, 0},
		{large_rcode, ERR_PROTOCOL},
		{control_character, ERR_PROTOCOL},
		{long_name, ERR_PROTOCOL},
		{many_records, ERR_PROTOCOL},
		{long_mac, ERR_PROTOCOL},
		{late_time, ERR_PROTOCOL},
		{error_with_control_character, ERR_PROTOCOL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(dns_question) struct dns_question sent;
		struct dns_question *got = dns_questions_new(1);
		AUTO(strbuf) struct strbuf message = STRBUF_INIT;

		fill(&sent);
		cases[i].spoil(&sent);
		dns_wire_put_answer(&message, 0, &sent);
		assert_int_equal(receive(&message, message.len, got), cases[i].rc);
		dns_questions_free(got, 1);
	}
}

static void test_an_answer_to_no_question_is_refused(void **state)
{
	AUTO(dns_question) struct dns_question sent;
	struct dns_question *got = dns_questions_new(1);
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	fill(&sent);
	dns_wire_put_answer(&message, 1, &sent);
	assert_int_equal(receive(&message, message.len, got), ERR_PROTOCOL);
	dns_questions_free(got, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions_arrive_as_they_were),
		cmocka_unit_test(test_results_arrive_as_they_were),
		cmocka_unit_test(test_cut_and_lengthened_answers_are_refused),
		cmocka_unit_test(test_values_beyond_their_bounds_are_refused),
		cmocka_unit_test(test_an_answer_to_no_question_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
