/* DNS messages as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "net/dns/dns_message.h"
#include "net/dns/dns_tsig.h"

static struct span bytes_of(const struct strbuf *buffer)
{
	return span_make(buffer->text, buffer->len);
}

static void make_query(struct strbuf *out)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_message_query("a.example.test", DNS_TYPE_TXT, true, out, &err), 0);
}

static void test_an_answer_must_repeat_id_and_question(void **state)
{
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;
	AUTO(strbuf) struct strbuf reply = STRBUF_INIT;

	make_query(&query);
	strbuf_add(&reply, query.text, query.len);
	assert_false(dns_message_answers(bytes_of(&query), bytes_of(&reply)));
	reply.text[2] = (char)(reply.text[2] | 0x80);
	assert_true(dns_message_answers(bytes_of(&query), bytes_of(&reply)));
	reply.text[14]++; /* a letter of the name */
	assert_false(dns_message_answers(bytes_of(&query), bytes_of(&reply)));
	reply.text[14]--;
	reply.text[0]++;
	assert_false(dns_message_answers(bytes_of(&query), bytes_of(&reply)));
}

/* ldns escapes most of it, but not the tabs of a CAA record. */
static void test_text_of_a_record_is_printable(void **state)
{
	static const char wire[] = "\x12\x34\x81\x80\0\0\0\1\0\0\0\0"
				   "\1\x1b\4test\0\1\1\0\1\0\0\0\x3c\0\xc"
				   "\0\5iss\x1bue\xff\n\tJx";
	AUTO(dns_answer) struct dns_answer answer = DNS_ANSWER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_message_read(span_make(wire, sizeof(wire) - 1), &answer, &err), 0);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.records[0].type, DNS_TYPE_CAA);
	assert_true(ascii_is_printable_text(answer.records[0].name));
	assert_true(ascii_is_printable_text(answer.records[0].value));
}

/* The records of an update stand in the authority section, so that it can be read back. */
static void test_long_values_are_cut_into_strings(void **state)
{
	AUTO(strbuf) struct strbuf wire = STRBUF_INIT;
	AUTO(dns_answer) struct dns_answer answer = DNS_ANSWER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	char value[701];
	const struct dns_update_record record = {"a.example.test", value, 60};
	const struct dns_update update = {
		.zone = "example.test", .kind = DNS_UPDATE_ADD, .records = &record, .count = 1};

	memset(value, 'x', 700);
	value[700] = '\0';
	assert_int_equal(dns_message_update(&update, &wire, &err), 0);
	assert_int_equal(wire.text[2] & 0x79, 0x28); /* opcode UPDATE, no RD */
	assert_int_equal(dns_message_read(bytes_of(&wire), &answer, &err), 0);
	assert_int_equal(answer.count, 1);
	assert_string_equal(answer.records[0].name, "a.example.test");
	assert_string_equal(answer.records[0].value, value);
	assert_int_equal(answer.records[0].ttl, 60);
	assert_false(answer.records[0].in_answer);
}

static void test_names_that_are_none_are_refused(void **state)
{
	static const char *const names[] = {"a..b",
					    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					    "aaaaaaaaaaaaaaaaaaaaaaaa.test"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(strbuf) struct strbuf out = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(dns_message_query(names[i], DNS_TYPE_TXT, false, &out, &err),
				 ERR_PARSE);
		assert_int_equal(out.len, 0);
	}
}

static void test_one_signature_may_stand_at_the_end(void **state)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(dns_answer) struct dns_answer answer = DNS_ANSWER_INIT;
	AUTO(strbuf) struct strbuf wire = STRBUF_INIT;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_key_make("key", "c2VjcmV0", DIGEST_SHA256, &key, &err), 0);
	make_query(&wire);
	dns_tsig_sign(&key, 1700000000, &wire, &mac);
	assert_int_equal(dns_message_read(bytes_of(&wire), &answer, &err), 0);
	dns_tsig_sign(&key, 1700000000, &wire, &mac);
	assert_int_equal(dns_message_read(bytes_of(&wire), &answer, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, "a signature is not at its end"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_must_repeat_id_and_question),
		cmocka_unit_test(test_text_of_a_record_is_printable),
		cmocka_unit_test(test_long_values_are_cut_into_strings),
		cmocka_unit_test(test_names_that_are_none_are_refused),
		cmocka_unit_test(test_one_signature_may_stand_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
