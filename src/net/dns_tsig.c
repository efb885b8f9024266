/*
 * TSIG (see dns_tsig.h). An answer is untrusted until its signature has been checked, so it is
 * walked here by hand, within its bounds, without taking anything out of it.
 */
#include "net/dns_tsig.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/base64.h"

enum {
	HEADER_LEN = 12,
	TYPE_TSIG = 250,
	CLASS_ANY = 255,
	FUDGE_SECONDS = 300,
	MAX_LABEL = 63,
	MAX_NAME = 253,
};

static const struct {
	const char *text; /* in credentials files */
	const char *name; /* on the wire */
} algorithms[] = {
	[DIGEST_MD5] = {"HMAC-MD5", "hmac-md5.sig-alg.reg.int"},
	[DIGEST_SHA1] = {"HMAC-SHA1", "hmac-sha1"},
	[DIGEST_SHA224] = {"HMAC-SHA224", "hmac-sha224"},
	[DIGEST_SHA256] = {"HMAC-SHA256", "hmac-sha256"},
	[DIGEST_SHA384] = {"HMAC-SHA384", "hmac-sha384"},
	[DIGEST_SHA512] = {"HMAC-SHA512", "hmac-sha512"},
};
STATIC_ASSERT(ARRAY_LEN(algorithms) == DIGEST_KIND__COUNT, "every algorithm has its names");

/* What a TSIG record says. */
struct tsig {
	size_t start;                    /* of the record in the message */
	struct span key_name, algorithm; /* as on the wire */
	struct span timing;              /* time signed and fudge: 8 bytes */
	struct span mac;
	uint16_t original_id, error;
	struct span other; /* length and data */
	int64_t time_signed;
};

/* A walk over message bytes. `ok` turns false at the first step beyond the end. */
struct cursor {
	const uint8_t *bytes;
	size_t len, at;
	bool ok;
};

void dns_key_release(struct dns_key *key)
{
	free(key->name);
	secret_release(&key->secret);
	key->name = NULL;
}

int dns_key_algorithm(const char *text, enum digest_kind *ret_kind, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (!str_eq_nocase(text, algorithms[i].text))
			continue;
		*ret_kind = (enum digest_kind)i;
		return 0;
	}
	error_set(err, ERR_CONFIG, "Unknown algorithm: %s.", text);
	return error_hint(err, "known are HMAC-MD5, HMAC-SHA1, HMAC-SHA224, HMAC-SHA256, "
			       "HMAC-SHA384 and HMAC-SHA512");
}

static void add_u16(struct strbuf *out, unsigned value)
{
	strbuf_addc(out, (char)(value >> 8));
	strbuf_addc(out, (char)value);
}

static void add_u48(struct strbuf *out, int64_t value)
{
	for (int shift = 40; shift >= 0; shift -= 8)
		strbuf_addc(out, (char)(value >> shift));
}

/* Appends a name in canonical wire form; false when it is none. */
static bool add_name(struct strbuf *out, const char *name)
{
	size_t total = strlen(name);

	if (!total || total > MAX_NAME)
		return false;
	while (*name) {
		size_t len = strcspn(name, ".");

		if (!len || len > MAX_LABEL)
			return false;
		strbuf_addc(out, (char)len);
		for (size_t i = 0; i < len; i++)
			strbuf_addc(out, ascii_lower(name[i]));
		name += len + (name[len] == '.');
	}
	strbuf_addc(out, '\0');
	return true;
}

int dns_key_make(const char *name, const char *base64, enum digest_kind algorithm,
		 struct dns_key *ret_key, struct error *err)
{
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT;
	AUTO(strbuf) struct strbuf wire = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO_FREE char *plain = xstrdup(name);
	size_t len = strlen(plain);

	if (len && plain[len - 1] == '.')
		plain[len - 1] = '\0';
	ascii_lower_string(plain);
	if (!add_name(&wire, plain))
		return error_set(err, ERR_CONFIG, "'%s' is no name of a TSIG key", name);
	if (base64_decode(&raw, span_of(base64), &ignored) < 0 || !raw.len) {
		secret_wipe(raw.text, raw.len);
		return error_set(err, ERR_CONFIG, "the secret of TSIG key '%s' is not base64",
				 name);
	}
	ret_key->name = STEAL(plain);
	ret_key->algorithm = algorithm;
	secret_set(&ret_key->secret, raw.text, raw.len);
	secret_wipe(raw.text, raw.len);
	return 0;
}

static void sign_bytes(const struct dns_key *key, const struct strbuf *input,
		       struct strbuf *ret_mac)
{
	digest_hmac(key->algorithm, span_make(secret_peek(&key->secret), key->secret.len),
		    span_make(input->text, input->len), ret_mac);
}

/* RFC 8945 section 4.3.3: what is signed of the record itself. Names are in wire form. */
static void add_variables(struct strbuf *input, const struct tsig *tsig)
{
	strbuf_add(input, tsig->key_name.ptr, tsig->key_name.len);
	add_u16(input, CLASS_ANY);
	add_u16(input, 0); /* TTL */
	add_u16(input, 0);
	strbuf_add(input, tsig->algorithm.ptr, tsig->algorithm.len);
	strbuf_add(input, tsig->timing.ptr, tsig->timing.len);
	add_u16(input, tsig->error);
	strbuf_add(input, tsig->other.ptr, tsig->other.len);
}

static void set_additional_count(struct strbuf *message, int change)
{
	int count = (uint8_t)message->text[10] << 8 | (uint8_t)message->text[11];

	message->text[10] = (char)((count + change) >> 8);
	message->text[11] = (char)(count + change);
}

/* Appends the record to the message whose id is the original one. */
static void add_record(struct strbuf *message, const struct tsig *tsig)
{
	size_t fixed = tsig->timing.len + 2 + 2 + 2;

	strbuf_add(message, tsig->key_name.ptr, tsig->key_name.len);
	add_u16(message, TYPE_TSIG);
	add_u16(message, CLASS_ANY);
	add_u16(message, 0); /* TTL */
	add_u16(message, 0);
	add_u16(message, (unsigned)(tsig->algorithm.len + fixed + tsig->mac.len + tsig->other.len));
	strbuf_add(message, tsig->algorithm.ptr, tsig->algorithm.len);
	strbuf_add(message, tsig->timing.ptr, tsig->timing.len);
	add_u16(message, (unsigned)tsig->mac.len);
	strbuf_add(message, tsig->mac.ptr, tsig->mac.len);
	add_u16(message, tsig->original_id);
	add_u16(message, tsig->error);
	strbuf_add(message, tsig->other.ptr, tsig->other.len);
	set_additional_count(message, 1);
}

void dns_tsig_sign(const struct dns_key *key, int64_t now_seconds, struct strbuf *message,
		   struct strbuf *ret_mac)
{
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;
	AUTO(strbuf) struct strbuf algorithm = STRBUF_INIT;
	AUTO(strbuf) struct strbuf timing = STRBUF_INIT;
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;
	struct tsig tsig = {.other = {"\0", 2}};

	add_name(&name, key->name);
	add_name(&algorithm, algorithms[key->algorithm].name);
	add_u48(&timing, now_seconds);
	add_u16(&timing, FUDGE_SECONDS);
	tsig.key_name = span_make(name.text, name.len);
	tsig.algorithm = span_make(algorithm.text, algorithm.len);
	tsig.timing = span_make(timing.text, timing.len);
	tsig.original_id = (uint16_t)((uint8_t)message->text[0] << 8 | (uint8_t)message->text[1]);
	strbuf_add(&input, message->text, message->len);
	add_variables(&input, &tsig);
	sign_bytes(key, &input, ret_mac);
	tsig.mac = span_make(ret_mac->text, ret_mac->len);
	add_record(message, &tsig);
}

/* --- reading --- */

static struct span take(struct cursor *cursor, size_t len)
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
	struct span span = take(cursor, 2);

	return cursor->ok ? (unsigned)(uint8_t)span.ptr[0] << 8 | (uint8_t)span.ptr[1] : 0;
}

/* A name, compressed or not, without following pointers. */
static struct span take_name(struct cursor *cursor)
{
	size_t start = cursor->at;

	while (cursor->ok) {
		struct span length = take(cursor, 1);
		uint8_t byte = cursor->ok ? (uint8_t)length.ptr[0] : 0;

		if (byte >= 0xc0)
			take(cursor, 1);
		else
			take(cursor, byte);
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
	take(cursor, 6); /* class, TTL */
	take(cursor, take_u16(cursor));
	return type;
}

static void take_tsig(struct cursor *cursor, struct tsig *ret_tsig)
{
	struct tsig *tsig = ret_tsig;

	tsig->start = cursor->at;
	tsig->key_name = take_name(cursor);
	take(cursor, 2 + 2 + 4 + 2); /* type, class, TTL, length */
	tsig->algorithm = take_name(cursor);
	tsig->timing = take(cursor, 8);
	tsig->mac = take(cursor, take_u16(cursor));
	tsig->original_id = (uint16_t)take_u16(cursor);
	tsig->error = (uint16_t)take_u16(cursor);
	tsig->other.ptr = (const char *)cursor->bytes + cursor->at;
	tsig->other.len = 2 + take(cursor, take_u16(cursor)).len;
	for (size_t i = 0; cursor->ok && i < 6; i++)
		tsig->time_signed = tsig->time_signed << 8 | (uint8_t)tsig->timing.ptr[i];
}

/* Finds the signature, which is the last record (RFC 8945 section 5.1). */
static bool find_tsig(struct span message, struct tsig *ret_tsig)
{
	struct cursor cursor = {(const uint8_t *)message.ptr, message.len, 4,
				message.len >= HEADER_LEN};
	unsigned questions = take_u16(&cursor), records = 0;

	for (int section = 0; section < 3; section++)
		records += take_u16(&cursor);
	for (unsigned i = 0; cursor.ok && i < questions; i++) {
		take_name(&cursor);
		take(&cursor, 4);
	}
	for (unsigned i = 0; cursor.ok && i + 1 < records; i++)
		skip_record(&cursor);
	if (cursor.ok && records) {
		struct cursor ahead = cursor;

		if (skip_record(&ahead) != TYPE_TSIG || ahead.at != message.len)
			return false;
		take_tsig(&cursor, ret_tsig);
	}
	return cursor.ok && records && cursor.at == message.len;
}

static int check_error(const struct dns_key *key, const struct tsig *tsig, struct error *err)
{
	static const struct {
		unsigned code;
		const char *name, *meaning;
	} errors[] = {
		{16, "BADSIG", "its secret for the key is another"},
		{17, "BADKEY", "it does not know a key of this name and algorithm"},
		{18, "BADTIME", "its clock and ours differ too much"},
		{22, "BADTRUNC", "it does not accept a signature this short"},
	};

	if (!tsig->error)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == tsig->error)
			return error_set(err, ERR_CONFIG,
					 "the server refuses TSIG key '%s' (%s, %s): %s", key->name,
					 algorithms[key->algorithm].text, errors[i].name,
					 errors[i].meaning);
	return error_set(err, ERR_CONFIG, "the server refuses TSIG key '%s' (error %u)", key->name,
			 tsig->error);
}

/* Comparison whose time does not depend on the contents. */
static bool same_bytes(struct span a, struct span b)
{
	unsigned char difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
	return !difference;
}

static bool same_name(struct span wire, const char *name)
{
	AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

	add_name(&expected, name);
	if (wire.len != expected.len)
		return false;
	for (size_t i = 0; i < wire.len; i++)
		if (ascii_lower(wire.ptr[i]) != expected.text[i])
			return false;
	return true;
}

static void compute_mac(const struct dns_key *key, struct span request_mac, struct span answer,
			const struct tsig *tsig, struct strbuf *ret_mac)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;
	AUTO(strbuf) struct strbuf name = STRBUF_INIT;
	AUTO(strbuf) struct strbuf algorithm = STRBUF_INIT;
	struct tsig canonical = *tsig;

	add_name(&name, key->name);
	add_name(&algorithm, algorithms[key->algorithm].name);
	canonical.key_name = span_make(name.text, name.len);
	canonical.algorithm = span_make(algorithm.text, algorithm.len);
	strbuf_add(&message, answer.ptr, tsig->start);
	message.text[0] = (char)(tsig->original_id >> 8);
	message.text[1] = (char)tsig->original_id;
	set_additional_count(&message, -1);
	add_u16(&input, (unsigned)request_mac.len);
	strbuf_add(&input, request_mac.ptr, request_mac.len);
	strbuf_add(&input, message.text, message.len);
	add_variables(&input, &canonical);
	sign_bytes(key, &input, ret_mac);
}

int dns_tsig_verify(const struct dns_key *key, struct span request_mac, struct span answer,
		    int64_t now_seconds, struct error *err)
{
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;
	struct tsig tsig = {.start = 0};

	if (!find_tsig(answer, &tsig))
		return error_set(err, ERR_PROTOCOL, "the answer is not signed");
	if (check_error(key, &tsig, err) < 0)
		return err->code;
	if (!same_name(tsig.key_name, key->name) ||
	    !same_name(tsig.algorithm, algorithms[key->algorithm].name))
		return error_set(err, ERR_PROTOCOL, "the answer is signed with another key");
	compute_mac(key, request_mac, answer, &tsig, &mac);
	if (!same_bytes(span_make(mac.text, mac.len), tsig.mac))
		return error_set(err, ERR_PROTOCOL, "the signature of the answer is wrong");
	if (tsig.time_signed > now_seconds + FUDGE_SECONDS ||
	    tsig.time_signed < now_seconds - FUDGE_SECONDS)
		return error_set(err, ERR_PROTOCOL,
				 "the signature of the answer is of another time");
	return 0;
}
