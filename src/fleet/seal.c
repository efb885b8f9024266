/*
 * The envelope of sealed values (see seal.h): version, id of the key, and the output of
 * crypto/aead.h. The place is authenticated but not stored, so a value does not reveal where it
 * belongs.
 */
#include "fleet/seal.h"

#include "base/alloc.h"
#include "base/frame.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "fleet/planted.h"

enum { VERSION = 1 };

void fleet_keyring_release(struct fleet_keyring *ring)
{
	for (size_t i = 0; i < ARRAY_LEN(ring->keys); i++)
		secret_release(&ring->keys[i]);
	ring->count = 0;
}

char *fleet_place_key(const struct fleet_place *place)
{
	const char *kind = fleet_kind_name(place->kind);

	if (place->kind == FLEET_GENERATION)
		return xasprintf("%s/%s/%llu", kind, place->name,
				 (unsigned long long)place->generation);
	return place->name[0] ? xasprintf("%s/%s", kind, place->name) : xstrdup(kind);
}

/* Includes the lengths, so that no two places give the same bytes. */
static void bind_place(const struct fleet_place *place, struct strbuf *out)
{
	frame_put_u8(out, VERSION);
	frame_put_text(out, place->fleet);
	frame_put_u8(out, (uint8_t)place->kind);
	frame_put_text(out, PLANTED(PLANT_UNBOUND_NAME) ? "" : place->name);
	frame_put_u64(out, place->kind == FLEET_GENERATION ? place->generation : 0);
}

/* Identifies the key that a value needs, without revealing anything about it. */
static uint32_t id_of_key(const struct secret *key)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	struct frame_reader reader = {.rest = {NULL}};

	digest_hmac(DIGEST_SHA256, span_make(secret_peek(key), key->len),
		    span_of("certbot id of a fleet's key"), &hash);
	reader.rest = span_make(hash.text, hash.len);
	return frame_get_u32(&reader);
}

/* A record with a key is written to a buffer that does not grow, since growing would leave copies
 * of the key in memory. */
static void put_record(const struct fleet_record *record, struct strbuf *plain)
{
	AUTO(strbuf) struct strbuf rest = STRBUF_INIT;
	struct fleet_record keyless = *record;

	keyless.key = (struct secret)SECRET_INIT;
	fleet_record_put(&keyless, &rest);
	strbuf_reserve(plain, rest.len + record->key.len);
	fleet_record_put(record, plain);
}

void fleet_seal(const struct fleet_keyring *ring, const struct fleet_place *place,
		const struct fleet_record *record, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf bound = STRBUF_INIT, plain = STRBUF_INIT;

	if (record->kind != place->kind)
		BUG("a %s to be sealed as a %s", fleet_kind_name(record->kind),
		    fleet_kind_name(place->kind));
	bind_place(place, &bound);
	put_record(record, &plain);
	frame_put_u8(out, VERSION);
	frame_put_u32(out, id_of_key(&ring->keys[0]));
	aead_seal(&ring->keys[0], span_make(bound.text, bound.len),
		  span_make(plain.text, plain.len), out);
	secret_wipe(plain.text, plain.len);
}

bool fleet_seal_is_by(const struct secret *key, struct span sealed)
{
	struct frame_reader reader = {.rest = sealed};
	uint8_t version = frame_get_u8(&reader);
	uint32_t id = frame_get_u32(&reader);

	return !reader.broken && version == VERSION && id == id_of_key(key);
}

static const struct secret *find_key(const struct fleet_keyring *ring, uint32_t id)
{
	for (unsigned i = 0; i < ring->count; i++) {
		if (id_of_key(&ring->keys[i]) == id)
			return &ring->keys[i];
	}
	return NULL;
}

int fleet_unseal(const struct fleet_keyring *ring, const struct fleet_place *place,
		 struct span sealed, struct fleet_record *ret_record, struct error *err)
{
	AUTO_FREE char *where = fleet_place_key(place);
	AUTO(strbuf) struct strbuf bound = STRBUF_INIT;
	AUTO(secret) struct secret plain = SECRET_INIT;
	struct frame_reader reader = {.rest = sealed};
	uint8_t version = frame_get_u8(&reader);
	const struct secret *key = find_key(ring, frame_get_u32(&reader));

	if (reader.broken || version != VERSION)
		return error_set(err, ERR_REFUSED,
				 "cannot use '%s' of the store: it was not written by this fleet",
				 where);
	if (!key)
		return error_set(
			err, ERR_CONFIG,
			"cannot open '%s' of the store: it was sealed with a key that this "
			"machine does not have",
			where);
	bind_place(place, &bound);
	if (aead_open(key, span_make(bound.text, bound.len), reader.rest, &plain, err) < 0 ||
	    fleet_record_get(span_make(secret_peek(&plain), plain.len), place->kind, ret_record,
			     err) < 0)
		return error_wrap(err, "cannot use '%s' of the store", where);
	return 0;
}
