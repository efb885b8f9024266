/*
 * Answers of name servers: whatever arrives, it is read or refused; text taken out of it has no
 * control characters; and no bytes pass as signed by a key that the fuzzer does not know.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "net/dns/dns_message.h"
#include "net/dns/dns_tsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_text(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

static void read_message(struct span wire)
{
	AUTO(dns_answer) struct dns_answer answer = DNS_ANSWER_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (dns_message_read(wire, &answer, &err) < 0)
		return;
	for (size_t i = 0; i < answer.count; i++) {
		check_text(answer.records[i].name);
		check_text(answer.records[i].value);
	}
}

static void verify(struct span wire)
{
	AUTO(dns_key) struct dns_key key = {.name = NULL};
	AUTO(dns_question) struct dns_question question;
	AUTO(error) struct error err = ERROR_INIT;

	if (dns_key_make("update-key", "c2VjcmV0IHNlY3JldCBzZWNyZXQ=", DIGEST_SHA256, &key, &err) <
	    0)
		abort();
	dns_question_init(&question);
	if (dns_signature_read(wire, &question.signature) &&
	    dns_tsig_verify(&key, span_make("mac", 3), &question, 1700000000, &err) == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span wire = {(const char *)bytes, len};

	(void)dns_message_is_truncated(wire);
	(void)dns_message_answers(wire, wire);
	read_message(wire);
	verify(wire);
	return 0;
}
