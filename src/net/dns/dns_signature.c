/*
 * Extracts signatures from messages (see dns_signature.h). An answer is untrusted until its
 * signature has been verified, so this file parses it by hand, with bounds checks, instead of
 * passing it to ldns.
 */
#include "net/dns/dns_signature.h"

enum {
	HEADER_LEN = 12,
	TYPE_TSIG = 250,
};

/* A walk over message bytes. `ok` turns false at the first step beyond the end. */
struct cursor {
	const uint8_t *bytes;
	size_t len, at;
	bool ok;
};

void dns_signature_init(struct dns_signature *signature)
{
	*signature = (struct dns_signature){.signed_bytes = STRBUF_INIT,
					    .key_name = STRBUF_INIT,
					    .algorithm = STRBUF_INIT,
					    .mac = STRBUF_INIT,
					    .other = STRBUF_INIT};
}

void dns_signature_release(struct dns_signature *signature)
{
	strbuf_release(&signature->signed_bytes);
	strbuf_release(&signature->key_name);
	strbuf_release(&signature->algorithm);
	strbuf_release(&signature->mac);
	strbuf_release(&signature->other);
}

static struct span take_bytes(struct cursor *cursor, size_t len)
{
	struct span span = {(const char *)cursor->bytes + cursor->at, len};

	if (!cursor->ok || len > cursor->len - cursor->at) {
		cursor->ok = false;
		return span_make("", 0);
	}
	cursor->at += len;
	return span;
}

static unsigned take_u16(struct cursor *cursor)
{
	struct span span = take_bytes(cursor, 2);

	return cursor->ok ? (unsigned)(uint8_t)span.ptr[0] << 8 | (uint8_t)span.ptr[1] : 0;
}

/* A name, compressed or not, without following pointers. Pointers are not followed: their targets
 * are not needed, and loops of them are the classic attack. */
static struct span take_name(struct cursor *cursor)
{
	size_t start = cursor->at;

	while (cursor->ok) {
		struct span length = take_bytes(cursor, 1);
		uint8_t byte = cursor->ok ? (uint8_t)length.ptr[0] : 0;

		if (byte >= 0xc0)
			take_bytes(cursor, 1);
		else
			take_bytes(cursor, byte);
		if (!byte || byte >= 0xc0)
			break;
	}
	return cursor->ok ? span_make((const char *)cursor->bytes + start, cursor->at - start)
			  : span_make("", 0);
}

/* Steps over a record; returns its type. */
static unsigned skip_record(struct cursor *cursor)
{
	unsigned type;

	take_name(cursor);
	type = take_u16(cursor);
	take_bytes(cursor, 6); /* class, TTL */
	take_bytes(cursor, take_u16(cursor));
	return type;
}

/* Takes a field of at most `most` bytes. */
static void take_field(struct cursor *cursor, struct span field, size_t most, struct strbuf *out)
{
	if (field.len > most)
		cursor->ok = false;
	if (cursor->ok)
		strbuf_add(out, field.ptr, field.len);
}

/* TSIG's own names are never compressed (RFC 8945 section 4.2), so they are taken as they are. */
static void take_record(struct cursor *cursor, struct dns_signature *signature,
			uint16_t *ret_original_id)
{
	struct span time;

	take_field(cursor, take_name(cursor), DNS_MAX_SIGNATURE_NAME, &signature->key_name);
	take_bytes(cursor, 2 + 2 + 4 + 2); /* type, class, TTL, length */
	take_field(cursor, take_name(cursor), DNS_MAX_SIGNATURE_NAME, &signature->algorithm);
	time = take_bytes(cursor, 6);
	for (size_t i = 0; i < time.len; i++)
		signature->time_signed = signature->time_signed << 8 | (uint8_t)time.ptr[i];
	signature->fudge = (uint16_t)take_u16(cursor);
	take_field(cursor, take_bytes(cursor, take_u16(cursor)), DNS_MAX_MAC, &signature->mac);
	*ret_original_id = (uint16_t)take_u16(cursor);
	signature->error = (uint16_t)take_u16(cursor);
	take_field(cursor, take_bytes(cursor, take_u16(cursor)), DNS_MAX_SIGNATURE_OTHER,
		   &signature->other);
}

static struct cursor cursor_of(struct span message)
{
	return (struct cursor){(const uint8_t *)message.ptr, message.len, 4,
			       message.len >= HEADER_LEN};
}

/* Moves to the last record, where a signature is (RFC 8945 section 5.1); true when there is one.
 * Also says whether another one precedes it. */
static bool find_record(struct cursor *cursor, bool *ret_stray)
{
	unsigned questions = take_u16(cursor), records = 0;
	struct cursor ahead;

	*ret_stray = false;
	for (int section = 0; section < 3; section++)
		records += take_u16(cursor);
	for (unsigned i = 0; cursor->ok && i < questions; i++) {
		take_name(cursor);
		take_bytes(cursor, 4);
	}
	for (unsigned i = 0; cursor->ok && i + 1 < records; i++)
		if (skip_record(cursor) == TYPE_TSIG)
			*ret_stray = true;
	ahead = *cursor;
	return records && skip_record(&ahead) == TYPE_TSIG && ahead.ok && ahead.at == cursor->len;
}

bool dns_signature_is_stray(struct span message)
{
	struct cursor cursor = cursor_of(message);
	bool stray;

	find_record(&cursor, &stray);
	return stray;
}

/* The message without the record, as it was when it was signed (RFC 8945 section 4.3.2). */
static void restore(struct span before, uint16_t original_id, struct strbuf *out)
{
	unsigned additional = (unsigned)(uint8_t)before.ptr[10] << 8 | (uint8_t)before.ptr[11];

	strbuf_add(out, before.ptr, before.len);
	out->text[0] = (char)(original_id >> 8);
	out->text[1] = (char)original_id;
	additional--;
	out->text[10] = (char)(additional >> 8);
	out->text[11] = (char)additional;
}

/* With bytes after the record, or a second record before it, the signature would not cover the
 * whole message. */
bool dns_signature_read(struct span message, struct dns_signature *ret_signature)
{
	struct cursor cursor = cursor_of(message);
	AUTO(dns_signature) struct dns_signature signature;
	uint16_t original_id = 0;
	bool stray;
	size_t start;

	dns_signature_init(&signature);
	if (!find_record(&cursor, &stray) || stray)
		return false;
	start = cursor.at;
	take_record(&cursor, &signature, &original_id);
	if (!cursor.ok || cursor.at != message.len)
		return false;
	restore(span_make(message.ptr, start), original_id, &signature.signed_bytes);
	dns_signature_release(ret_signature);
	*ret_signature = signature;
	dns_signature_init(&signature);
	return true;
}
