/* Signatures of answers: what the reading process cuts out, and what the holder of the key says to
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/dns/dns_message.h"
#include "net/dns/dns_tsig.h"

#define NOW 1700000000

enum { HEADER_LEN = 12, REFUSED = 5 };

static struct span bytes_of(const struct strbuf *buffer)
{
	return span_make(buffer->text, buffer->len);
}

static void make_query(struct strbuf *out)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_message_query("a.example.test", DNS_TYPE_SOA, false, out, &err), 0);
}

static void make_key(struct dns_key *ret_key)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_key_make("Update-Key.", "c2VjcmV0", DIGEST_SHA512, ret_key, &err), 0);
	assert_string_equal(ret_key->name, "update-key");
}

static const struct span request_mac = {"mac of the request", 18};

static void add_u16(struct strbuf *out, unsigned value)
{
	strbuf_addc(out, (char)(value >> 8));
	strbuf_addc(out, (char)value);
}

/* Gives the signature the MAC that the server would have made (RFC 8945 sections 4.3.3, 5.3.1). */
static void sign_as_server(const struct dns_key *key, struct dns_signature *signature)
{
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;

	add_u16(&input, (unsigned)request_mac.len);
	strbuf_add(&input, request_mac.ptr, request_mac.len);
	strbuf_add(&input, signature->signed_bytes.text, signature->signed_bytes.len);
	strbuf_add(&input, signature->key_name.text, signature->key_name.len);
	strbuf_add(&input, "\0\xff\0\0\0\0", 6); /* class ANY, TTL 0 */
	strbuf_add(&input, signature->algorithm.text, signature->algorithm.len);
	for (int shift = 32; shift >= 0; shift -= 16)
		add_u16(&input, (unsigned)(signature->time_signed >> shift) & 0xffff);
	add_u16(&input, signature->fudge);
	add_u16(&input, signature->error);
	add_u16(&input, (unsigned)signature->other.len);
	strbuf_clear(&signature->mac);
	digest_hmac(key->algorithm, span_make(secret_peek(&key->secret), key->secret.len),
		    bytes_of(&input), &signature->mac);
}

/* A question whose answer is signed as it should be. */
static void make_question(const struct dns_key *key, struct dns_question *ret_question)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	make_query(&message);
	dns_tsig_sign(key, NOW, &message, &mac);
	dns_question_init(ret_question);
	assert_true(dns_signature_read(bytes_of(&message), &ret_question->signature));
	sign_as_server(key, &ret_question->signature);
}

static int verify(const struct dns_key *key, const struct dns_question *question, int64_t now,
		  const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	int rc = dns_tsig_verify(key, request_mac, question, now, &err);

	if (text)
		assert_non_null(strstr(err.text, text));
	return rc;
}

static void test_cutting_out_undoes_signing(void **state)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(dns_signature) struct dns_signature signature;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(strbuf) struct strbuf before = STRBUF_INIT;
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	make_key(&key);
	make_query(&message);
	strbuf_add(&before, message.text, message.len);
	dns_tsig_sign(&key, NOW, &message, &mac);
	dns_signature_init(&signature);
	for (size_t len = 0; len < message.len; len++)
		assert_false(dns_signature_read(span_make(message.text, len), &signature));
	assert_true(dns_signature_read(bytes_of(&message), &signature));
	assert_int_equal(signature.signed_bytes.len, before.len);
	assert_memory_equal(signature.signed_bytes.text, before.text, before.len);
	assert_memory_equal(signature.mac.text, mac.text, 64);
	assert_int_equal(signature.time_signed, NOW);
}

static void test_a_right_signature_is_accepted_in_its_time(void **state)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(dns_question) struct dns_question question;

	make_key(&key);
	make_question(&key, &question);
	assert_int_equal(verify(&key, &question, NOW + 300, NULL), 0);
	assert_int_equal(
		verify(&key, &question, NOW + 301, "the time of the answer's signature is wrong"),
		ERR_PROTOCOL);
	assert_int_equal(
		verify(&key, &question, NOW - 301, "the time of the answer's signature is wrong"),
		ERR_PROTOCOL);
}

/* What the reading process might make up. */
static void test_what_the_signature_does_not_cover_is_refused(void **state)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(dns_question) struct dns_question question;

	make_key(&key);
	make_question(&key, &question);
	question.answer.rcode = REFUSED;
	assert_int_equal(verify(&key, &question, NOW, "is wrong"), ERR_PROTOCOL);
	question.answer.rcode = 0;
	question.signature.signed_bytes.text[HEADER_LEN + 1]++;
	assert_int_equal(verify(&key, &question, NOW, "is wrong"), ERR_PROTOCOL);
	question.signature.signed_bytes.text[HEADER_LEN + 1]--;
	question.signature.key_name.text[1]++;
	assert_int_equal(verify(&key, &question, NOW, "with a different key"), ERR_PROTOCOL);
	question.signature.key_name.text[1]--;
	question.signature.mac.len--;
	assert_int_equal(verify(&key, &question, NOW, "is wrong"), ERR_PROTOCOL);
	question.signature.mac.len++;
	question.signature.error = 17;
	assert_int_equal(verify(&key, &question, NOW, "BADKEY"), ERR_CONFIG);
	strbuf_clear(&question.signature.signed_bytes);
	assert_int_equal(verify(&key, &question, NOW, "not signed"), ERR_PROTOCOL);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cutting_out_undoes_signing),
		cmocka_unit_test(test_a_right_signature_is_accepted_in_its_time),
		cmocka_unit_test(test_what_the_signature_does_not_cover_is_refused),
		cmocka_unit_test(test_algorithms_are_known_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
