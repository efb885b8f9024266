/*
 * Messages of the process that asks name servers, should it fall into wrong hands: whatever it
 * sends, the parent reads it or refuses it, text has no control characters, counts are within their
 * bounds, and no signature passes for one of a key that the fuzzer does not know.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/dns/dns_tsig.h"
#include "net/dns/dns_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { QUESTIONS = 3 };

static void check_text(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

static void check_results(const struct dns_question *question)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(error) struct error err = ERROR_INIT;

	if (question->answer.count > DNS_MAX_RECORDS || question->signature.mac.len > DNS_MAX_MAC)
		abort();
	for (size_t i = 0; i < question->answer.count; i++) {
		check_text(question->answer.records[i].name);
		check_text(question->answer.records[i].value);
	}
	if (dns_key_make("update-key", "c2VjcmV0IHNlY3JldCBzZWNyZXQ=", DIGEST_SHA256, &key, &err) <
		    0 ||
	    dns_tsig_verify(&key, span_make("mac", 3), question, 1700000000, &err) == 0)
		abort();
}

static void read_answer(struct span contents)
{
	struct dns_question *questions = dns_questions_new(QUESTIONS);
	AUTO(error) struct error err = ERROR_INIT;
	size_t number;

	if (dns_wire_get_answer(contents, questions, QUESTIONS, &number, &err) == 0) {
		if (number >= QUESTIONS)
			abort();
		check_results(&questions[number]);
	}
	dns_questions_free(questions, QUESTIONS);
}

static void read_batch(struct span contents)
{
	struct dns_question *questions;
	AUTO(error) struct error err = ERROR_INIT;
	size_t count;
	int64_t timeout_ms;

	if (dns_wire_get_batch(contents, &questions, &count, &timeout_ms, &err) == 0)
		dns_questions_free(questions, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span contents = {NULL, 0};

	switch (dns_wire_kind(span_make((const char *)bytes, len), &contents)) {
	case DNS_WIRE_ANSWER:
		read_answer(contents);
		break;
	case DNS_WIRE_BATCH:
		read_batch(contents);
		break;
	}
	return 0;
}
