/*
 * Encoding and checked decoding of the DNS client's messages (see dns_wire.h).
 */
#include "net/dns/dns_wire.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/frame.h"

enum {
	DNS_PORT = 53,
	MAX_ADDRESS = 64,
	/* Two bytes each in a DNS message. */
	MAX_TYPE = 65535,
	MAX_RCODE = 15,
	MAX_TTL = INT32_MAX, /* RFC 2181 section 8 */
	MAX_TIMEOUT_MS = 10 * 60 * 1000,
};

int dns_wire_kind(struct span message, struct span *ret_contents)
{
	struct frame_reader reader = {.rest = message};
	int kind = frame_get_u8(&reader);

	*ret_contents = reader.rest;
	return kind;
}

static int malformed(const char *what, struct error *err)
{
	return error_set(err, ERR_PROTOCOL, "malformed %s in a message between processes", what);
}

static void put_buffer(struct strbuf *out, const struct strbuf *bytes)
{
	frame_put_bytes(out, bytes->text, bytes->len);
}

static void get_buffer(struct frame_reader *reader, size_t most, struct strbuf *out)
{
	struct span bytes = frame_get_bytes(reader, most);

	strbuf_add(out, bytes.ptr, bytes.len);
}

/* The other side reads answers of strangers and may be in their hands: each number has a limit. */
static uint32_t get_number(struct frame_reader *reader, uint32_t most)
{
	uint32_t value = frame_get_u32(reader);

	if (value > most)
		reader->broken = true;
	return reader->broken ? 0 : value;
}

/* --- questions --- */

static void put_question(struct strbuf *out, const struct dns_question *question)
{
	AUTO(strbuf) struct strbuf address = STRBUF_INIT;

	if (!(question->flags & DNS_HAS_REPLY))
		name_server_print(&question->server, &address);
	frame_put_u32(out, question->flags);
	frame_put_text(out, address.text);
	frame_put_text(out, question->name);
	frame_put_u32(out, (uint32_t)question->type);
	put_buffer(out, &question->message);
	put_buffer(out, &question->reply);
}

/* Addresses are text between the processes, so the same parser checks them on both sides. */
static void get_address(struct frame_reader *reader, struct dns_question *question)
{
	AUTO_FREE char *text = frame_get_text(reader, MAX_ADDRESS);
	AUTO(error) struct error bad = ERROR_INIT;

	if (question->flags & DNS_HAS_REPLY)
		return;
	if (name_server_parse(text, DNS_PORT, &question->server, &bad) < 0)
		reader->broken = true;
}

/* The resolver checks too: it does not trust the format to be right because it comes from its
 * parent. */
static void get_question(struct frame_reader *reader, struct dns_question *question)
{
	question->flags = get_number(reader, DNS_QUESTION_FLAGS);
	get_address(reader, question);
	question->name = frame_get_text(reader, DNS_MAX_NAME_TEXT);
	question->type = (enum dns_type)get_number(reader, MAX_TYPE);
	get_buffer(reader, DNS_MAX_MESSAGE, &question->message);
	get_buffer(reader, DNS_MAX_MESSAGE, &question->reply);
}

void dns_wire_put_batch(struct strbuf *out, const struct dns_question *questions, size_t count,
			int64_t timeout_ms)
{
	frame_put_u8(out, DNS_WIRE_BATCH);
	frame_put_u32(out, (uint32_t)timeout_ms);
	frame_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		put_question(out, &questions[i]);
}

/* The count is bounded before anything is allocated for it. */
int dns_wire_get_batch(struct span contents, struct dns_question **ret_questions, size_t *ret_count,
		       int64_t *ret_timeout_ms, struct error *err)
{
	struct frame_reader reader = {.rest = contents};
	int64_t timeout_ms = get_number(&reader, MAX_TIMEOUT_MS);
	size_t count = get_number(&reader, DNS_WIRE_MAX_QUESTIONS);
	struct dns_question *questions = dns_questions_new(count);

	for (size_t i = 0; i < count; i++)
		get_question(&reader, &questions[i]);
	if (!frame_is_whole(&reader)) {
		dns_questions_free(questions, count);
		return malformed("batch of questions", err);
	}
	*ret_questions = questions;
	*ret_count = count;
	*ret_timeout_ms = timeout_ms;
	return 0;
}

/* --- answers --- */

static void put_record(struct strbuf *out, const struct dns_answer_record *record)
{
	frame_put_text(out, record->name);
	frame_put_u32(out, (uint32_t)record->type);
	frame_put_u32(out, (uint32_t)record->ttl);
	frame_put_text(out, record->value);
	frame_put_u8(out, record->in_answer);
}

static void put_results(struct strbuf *out, const struct dns_answer *answer)
{
	frame_put_u32(out, (uint32_t)answer->rcode);
	frame_put_u8(out, answer->authoritative);
	frame_put_u32(out, (uint32_t)answer->count);
	for (size_t i = 0; i < answer->count; i++)
		put_record(out, &answer->records[i]);
}

static void put_signature(struct strbuf *out, const struct dns_signature *signature)
{
	put_buffer(out, &signature->signed_bytes);
	put_buffer(out, &signature->key_name);
	put_buffer(out, &signature->algorithm);
	frame_put_u64(out, (uint64_t)signature->time_signed);
	frame_put_u32(out, signature->fudge);
	put_buffer(out, &signature->mac);
	frame_put_u32(out, signature->error);
	put_buffer(out, &signature->other);
}

void dns_wire_put_answer(struct strbuf *out, size_t number, const struct dns_question *question)
{
	frame_put_u8(out, DNS_WIRE_ANSWER);
	frame_put_u32(out, (uint32_t)number);
	frame_put_error(out, &question->error);
	put_results(out, &question->answer);
	put_signature(out, &question->signature);
}

/* Names and values are ASCII that a terminal can show. They end up in messages and in the log. */
static char *get_plain_text(struct frame_reader *reader, size_t most)
{
	char *text = frame_get_text(reader, most);

	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			reader->broken = true;
	return text;
}

static void get_record(struct frame_reader *reader, struct dns_answer *answer)
{
	struct dns_answer_record *record;

	ARRAY_GROW(answer->records, answer->count, answer->capacity);
	record = &answer->records[answer->count++];
	record->name = get_plain_text(reader, DNS_MAX_NAME_TEXT);
	record->type = (int)get_number(reader, MAX_TYPE);
	record->ttl = get_number(reader, MAX_TTL);
	record->value = get_plain_text(reader, DNS_MAX_MESSAGE);
	record->in_answer = frame_get_flag(reader);
}

/* The loop ends at the first fault, or a false count could make a million empty records. */
static void get_results(struct frame_reader *reader, struct dns_answer *answer)
{
	uint32_t count;

	answer->rcode = (int)get_number(reader, MAX_RCODE);
	answer->authoritative = frame_get_flag(reader);
	count = get_number(reader, DNS_MAX_RECORDS);
	for (uint32_t i = 0; i < count && !reader->broken; i++)
		get_record(reader, answer);
}

/* The latest time that its 48 bits can say. */
static int64_t get_time(struct frame_reader *reader)
{
	uint64_t value = frame_get_u64(reader);

	if (value >> 48)
		reader->broken = true;
	return reader->broken ? 0 : (int64_t)value;
}

static void get_signature(struct frame_reader *reader, struct dns_signature *signature)
{
	get_buffer(reader, DNS_MAX_MESSAGE, &signature->signed_bytes);
	get_buffer(reader, DNS_MAX_SIGNATURE_NAME, &signature->key_name);
	get_buffer(reader, DNS_MAX_SIGNATURE_NAME, &signature->algorithm);
	signature->time_signed = get_time(reader);
	signature->fudge = (uint16_t)get_number(reader, UINT16_MAX);
	get_buffer(reader, DNS_MAX_MAC, &signature->mac);
	signature->error = (uint16_t)get_number(reader, UINT16_MAX);
	get_buffer(reader, DNS_MAX_SIGNATURE_OTHER, &signature->other);
}

static void move_results(struct dns_question *to, struct dns_question *from)
{
	dns_answer_release(&to->answer);
	dns_signature_release(&to->signature);
	to->answer = from->answer;
	to->signature = from->signature;
	error_move(&to->error, &from->error);
	from->answer = (struct dns_answer)DNS_ANSWER_INIT;
	dns_signature_init(&from->signature);
}

/* Moved only when the whole message is good. */
int dns_wire_get_answer(struct span contents, struct dns_question *questions, size_t count,
			size_t *ret_number, struct error *err)
{
	struct frame_reader reader = {.rest = contents};
	struct dns_question got;
	size_t number = frame_get_u32(&reader);
	bool is_whole;

	dns_question_init(&got);
	frame_get_error(&reader, &got.error);
	get_results(&reader, &got.answer);
	get_signature(&reader, &got.signature);
	is_whole = frame_is_whole(&reader) && number < count;
	if (is_whole)
		*ret_number = number;
	if (is_whole && !error_is_set(&questions[number].error))
		move_results(&questions[number], &got);
	dns_question_release(&got);
	return is_whole ? 0 : malformed("answer", err);
}
