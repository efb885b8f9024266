/* DNS messages, their signatures, and addresses of name servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/dns_message.h"
#include "net/dns_tsig.h"
#include "net/name_server.h"

#define NOW 1700000000

static struct span bytes_of(const struct strbuf *buffer)
{
	return span_make(buffer->text, buffer->len);
}

static void make_query(struct strbuf *out)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_message_query("a.example.test", DNS_TYPE_TXT, DNS_RECURSE, out, &err),
			 0);
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

/* The records of an update stand in the authority section, so that it can be read back. */
static void test_long_values_are_cut_into_strings(void **state)
{
	AUTO(strbuf) struct strbuf wire = STRBUF_INIT;
	AUTO(dns_answer) struct dns_answer answer = DNS_ANSWER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	char value[701];
	const struct dns_update_record record = {"a.example.test", value};
	const struct dns_update update = {.zone = "example.test",
					  .kind = DNS_UPDATE_ADD,
					  .ttl = 60,
					  .records = &record,
					  .count = 1};

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

		assert_int_equal(dns_message_query(names[i], DNS_TYPE_TXT, 0, &out, &err),
				 ERR_PARSE);
		assert_int_equal(out.len, 0);
	}
}

static void make_key(struct dns_key *ret_key)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_key_make("Update-Key.", "c2VjcmV0", DIGEST_SHA512, ret_key, &err), 0);
	assert_string_equal(ret_key->name, "update-key");
}

static void test_a_cut_or_unsigned_answer_is_never_accepted(void **state)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	make_key(&key);
	make_query(&message);
	dns_tsig_sign(&key, NOW, &message, &mac);
	assert_int_equal(mac.len, 64);
	for (size_t len = 0; len <= message.len; len++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(dns_tsig_verify(&key, bytes_of(&mac), span_make(message.text, len),
						 NOW, &err),
				 ERR_PROTOCOL);
		assert_string_equal(err.text, len == message.len
						      ? "the signature of the answer is wrong"
						      : "the answer is not signed");
	}
}

static void test_algorithms_are_known_in_any_case(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	enum digest_kind kind;

	assert_int_equal(dns_key_algorithm("hmac-SHA384", &kind, &err), 0);
	assert_int_equal(kind, DIGEST_SHA384);
	assert_int_equal(dns_key_algorithm("HMAC-SHA3", &kind, &err), ERR_CONFIG);
	assert_string_equal(err.text, "Unknown algorithm: HMAC-SHA3.");
}

static void test_addresses_are_read_with_and_without_port(void **state)
{
	static const struct {
		const char *text, *printed; /* NULL: refused */
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:53", "192.0.2.1"},
		{"192.0.2.1:5353", "192.0.2.1:5353"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"[2001:DB8::1]:5353", "[2001:db8::1]:5353"},
		{"192.0.2.1:", NULL},
		{"192.0.2.1:70000", NULL},
		{"192.0.2", NULL},
		{"[::1", NULL},
		{"[::1]x", NULL},
		{"ns1.example.test", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf printed = STRBUF_INIT;
		struct name_server server;
		int rc = name_server_parse(cases[i].text, 53, &server, &err);

		assert_int_equal(rc, cases[i].printed ? 0 : ERR_CONFIG);
		if (rc < 0)
			continue;
		name_server_print(&server, &printed);
		assert_string_equal(printed.text, cases[i].printed);
		assert_true(name_server_equal(&server, &server));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_must_repeat_id_and_question),
		cmocka_unit_test(test_long_values_are_cut_into_strings),
		cmocka_unit_test(test_names_that_are_none_are_refused),
		cmocka_unit_test(test_a_cut_or_unsigned_answer_is_never_accepted),
		cmocka_unit_test(test_algorithms_are_known_in_any_case),
		cmocka_unit_test(test_addresses_are_read_with_and_without_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
