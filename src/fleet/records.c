/*
 * The fields of each kind of record, as rows (see records.h). A record is encoded as version, kind,
 * and the fields of its kind in the order of the rows, written by base/frame.h.
 */
#include "fleet/records.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/frame.h"
#include "base/macros.h"
#include "crypto/digest.h"

enum { VERSION = 1 };

enum field_type {
	FIELD_NUMBER,
	FIELD_TIME,   /* signed: "never" may be before 1970 */
	FIELD_WORD,   /* printable, since it reaches logs and terminals */
	FIELD_PEM,    /* text of several lines: PEM and options */
	FIELD_SECRET, /* wiped on release */
	FIELD_BYTES,
};

/* The limits are generous, and still far below the 1.5 MB that etcd allows for a request. */
enum {
	MAX_WORD = 4096,
	MAX_PEM = 256 * 1024,
	MAX_BYTES = 256 * 1024,
};

#define KIND(kind) (1U << (kind))

/* The order is part of the format: add fields at the end, together with a new VERSION. */
static const struct field {
	size_t offset;
	enum field_type type;
	unsigned kinds;
} fields[] = {
	{offsetof(struct fleet_record, generation), FIELD_NUMBER,
	 KIND(FLEET_TIP) | KIND(FLEET_HEAD) | KIND(FLEET_GENERATION) | KIND(FLEET_ORDER) |
		 KIND(FLEET_NODE) | KIND(FLEET_WANT)},
	{offsetof(struct fleet_record, not_after), FIELD_TIME,
	 KIND(FLEET_HEAD) | KIND(FLEET_GENERATION)},
	{offsetof(struct fleet_record, failures), FIELD_NUMBER, KIND(FLEET_STATE)},
	{offsetof(struct fleet_record, not_before), FIELD_TIME,
	 KIND(FLEET_STATE) | KIND(FLEET_NODE) | KIND(FLEET_BUDGET)},
	{offsetof(struct fleet_record, digest), FIELD_WORD,
	 KIND(FLEET_HEAD) | KIND(FLEET_GENERATION) | KIND(FLEET_ORDER)},
	{offsetof(struct fleet_record, node), FIELD_WORD,
	 KIND(FLEET_HEAD) | KIND(FLEET_OWNER) | KIND(FLEET_ORDER) | KIND(FLEET_STATE) |
		 KIND(FLEET_META) | KIND(FLEET_NODE)},
	{offsetof(struct fleet_record, nonce), FIELD_WORD, KIND(FLEET_OWNER) | KIND(FLEET_ORDER)},
	{offsetof(struct fleet_record, url), FIELD_WORD, KIND(FLEET_ORDER) | KIND(FLEET_ACCOUNT)},
	{offsetof(struct fleet_record, problem), FIELD_WORD, KIND(FLEET_STATE)},
	{offsetof(struct fleet_record, cert), FIELD_PEM, KIND(FLEET_GENERATION)},
	{offsetof(struct fleet_record, chain), FIELD_PEM,
	 KIND(FLEET_GENERATION) | KIND(FLEET_CHAIN)},
	{offsetof(struct fleet_record, key), FIELD_SECRET,
	 KIND(FLEET_GENERATION) | KIND(FLEET_ORDER) | KIND(FLEET_ACCOUNT)},
	{offsetof(struct fleet_record, csr), FIELD_BYTES, KIND(FLEET_ORDER)},
	{offsetof(struct fleet_record, id), FIELD_WORD, KIND(FLEET_META)},
	{offsetof(struct fleet_record, server), FIELD_WORD,
	 KIND(FLEET_ACCOUNT) | KIND(FLEET_BUDGET)},
	{offsetof(struct fleet_record, version), FIELD_WORD, KIND(FLEET_NODE)},
	{offsetof(struct fleet_record, options), FIELD_PEM, KIND(FLEET_WANT)},
	{offsetof(struct fleet_record, orders), FIELD_NUMBER,
	 KIND(FLEET_LIMIT) | KIND(FLEET_BUDGET)},
	{offsetof(struct fleet_record, window_s), FIELD_NUMBER, KIND(FLEET_LIMIT)},
	{offsetof(struct fleet_record, returned), FIELD_NUMBER, KIND(FLEET_BUDGET)},
};

static const char *const kind_names[] = {
	[FLEET_NO_RECORD] = "",     [FLEET_TIP] = "tip",     [FLEET_HEAD] = "head",
	[FLEET_GENERATION] = "gen", [FLEET_OWNER] = "owner", [FLEET_ORDER] = "order",
	[FLEET_STATE] = "state",    [FLEET_META] = "meta",   [FLEET_WANT] = "want",
	[FLEET_ACCOUNT] = "account", [FLEET_NODE] = "node",  [FLEET_CHAIN] = "chain",
	[FLEET_LIMIT] = "limit",     [FLEET_BUDGET] = "budget",
};
STATIC_ASSERT(ARRAY_LEN(kind_names) == FLEET_KIND__COUNT, "a name for every kind");

const char *fleet_kind_name(enum fleet_kind kind)
{
	return kind_names[kind];
}

char *fleet_record_digest(const char *cert_pem)
{
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;
	struct span text = span_of(cert_pem);

	digest_hex(DIGEST_SHA256, text.ptr, text.len, &hex);
	return strbuf_detach(&hex);
}

bool fleet_record_is_of_head(const struct fleet_record *generation, const struct fleet_record *head)
{
	AUTO_FREE char *digest = fleet_record_digest(generation->cert);

	return generation->generation == head->generation && str_eq_or_null(digest, head->digest);
}

void fleet_record_release(struct fleet_record *record)
{
	free(record->digest);
	free(record->node);
	free(record->nonce);
	free(record->url);
	free(record->problem);
	free(record->cert);
	free(record->chain);
	secret_release(&record->key);
	strbuf_release(&record->csr);
	free(record->id);
	free(record->server);
	free(record->version);
	free(record->options);
	*record = (struct fleet_record)FLEET_RECORD_INIT;
}

void fleet_record_move(struct fleet_record *to, struct fleet_record *from)
{
	fleet_record_release(to);
	*to = *from;
	*from = (struct fleet_record)FLEET_RECORD_INIT;
}

void fleet_record_free(void *record)
{
	fleet_record_release(record);
	free(record);
}

void fleet_record_keep(struct map *records, const char *name, struct fleet_record *own_record)
{
	struct fleet_record *kept = XNEW(struct fleet_record);

	*kept = (struct fleet_record)FLEET_RECORD_INIT;
	fleet_record_move(kept, own_record);
	map_set(records, name, kept);
}

static void put_field(const struct fleet_record *record, const struct field *field,
		      struct strbuf *out)
{
	const void *member = (const char *)record + field->offset;

	switch (field->type) {
	case FIELD_NUMBER:
		frame_put_u64(out, *(const uint64_t *)member);
		break;
	case FIELD_TIME:
		frame_put_u64(out, (uint64_t) * (const int64_t *)member);
		break;
	case FIELD_WORD:
	case FIELD_PEM:
		frame_put_text(out, *(char *const *)member);
		break;
	case FIELD_SECRET: {
		const struct secret *secret = member;

		frame_put_bytes(out, secret_peek(secret), secret->len);
		break;
	}
	case FIELD_BYTES: {
		const struct strbuf *bytes = member;

		frame_put_bytes(out, bytes->text, bytes->len);
		break;
	}
	}
}

static bool field_is_of(const struct field *field, enum fleet_kind kind)
{
	return field->kinds & KIND(kind);
}

void fleet_record_put(const struct fleet_record *record, struct strbuf *out)
{
	frame_put_u8(out, VERSION);
	frame_put_u8(out, (uint8_t)record->kind);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (field_is_of(&fields[i], record->kind))
			put_field(record, &fields[i], out);
	}
}

/* Text with characters that a terminal must not get fails like text that is too long. */
static char *get_word(struct frame_reader *reader)
{
	char *word = frame_get_text(reader, MAX_WORD);

	if (!ascii_is_printable_text(word))
		reader->broken = true;
	return word;
}

static void get_field(struct frame_reader *reader, const struct field *field,
		      struct fleet_record *record)
{
	void *member = (char *)record + field->offset;
	struct span bytes;

	switch (field->type) {
	case FIELD_NUMBER:
		*(uint64_t *)member = frame_get_u64(reader);
		break;
	case FIELD_TIME:
		*(int64_t *)member = (int64_t)frame_get_u64(reader);
		break;
	case FIELD_WORD:
		*(char **)member = get_word(reader);
		break;
	case FIELD_PEM:
		*(char **)member = frame_get_text(reader, MAX_PEM);
		break;
	case FIELD_SECRET:
		bytes = frame_get_bytes(reader, MAX_PEM);
		secret_set(member, bytes.ptr, bytes.len);
		break;
	case FIELD_BYTES:
		bytes = frame_get_bytes(reader, MAX_BYTES);
		strbuf_add(member, bytes.ptr, bytes.len);
		break;
	}
}

int fleet_record_get(struct span bytes, enum fleet_kind kind, struct fleet_record *ret_record,
		     struct error *err)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct frame_reader reader = {.rest = bytes};
	uint8_t version = frame_get_u8(&reader);

	if (version > VERSION)
		return error_set(err, ERR_CONFIG,
				 "the store has a %s of version %u, this program knows %u: install "
				 "the version that the other members have",
				 kind_names[kind], version, VERSION);
	if (version != VERSION || frame_get_u8(&reader) != kind)
		return error_set(err, ERR_PARSE, "not a record of the kind '%s'", kind_names[kind]);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (field_is_of(&fields[i], kind))
			get_field(&reader, &fields[i], &record);
	}
	if (!frame_is_whole(&reader))
		return error_set(err, ERR_PARSE, "a malformed record of the kind '%s'",
				 kind_names[kind]);
	record.kind = kind;
	fleet_record_move(ret_record, &record);
	return 0;
}
