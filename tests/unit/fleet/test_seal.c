/* Sealed records: bound to fleet, kind, name and generation, under the fleet's present or former
 * key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "crypto/aead.h"
#include "fleet/seal.h"

static const struct fleet_place home = {"fleet-1", FLEET_GENERATION, "a.example", 7};

static void make_ring(struct fleet_keyring *ring)
{
	aead_make_key(&ring->keys[0]);
	ring->count = 1;
}

static void seal_at_home(const struct fleet_keyring *ring, struct strbuf *ret_sealed)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;

	record.kind = FLEET_GENERATION;
	record.generation = 7;
	record.cert = xstrdup("cert");
	secret_set(&record.key, "the private key", strlen("the private key"));
	fleet_seal(ring, &home, &record, ret_sealed);
}

static int unseal(const struct fleet_keyring *ring, const struct fleet_place *place,
		  const struct strbuf *sealed, struct error *err)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;

	return fleet_unseal(ring, place, span_make(sealed->text, sealed->len), &record, err);
}

static void test_opens_at_its_place(void **state)
{
	AUTO(fleet_keyring) struct fleet_keyring ring = {.count = 0};
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	make_ring(&ring);
	seal_at_home(&ring, &sealed);
	assert_null(memmem(sealed.text, sealed.len, "private", strlen("private")));
	assert_int_equal(
		fleet_unseal(&ring, &home, span_make(sealed.text, sealed.len), &record, &err), 0);
	assert_string_equal(secret_peek(&record.key), "the private key");
}

static void test_opens_at_no_other_place(void **state)
{
	static const struct fleet_place places[] = {
		{"fleet-2", FLEET_GENERATION, "a.example", 7},
		{"fleet-1", FLEET_ORDER, "a.example", 7},
		{"fleet-1", FLEET_GENERATION, "b.example", 7},
		{"fleet-1", FLEET_GENERATION, "a.example", 8},
		{"fleet-1a", FLEET_GENERATION, ".example", 7},
	};
	AUTO(fleet_keyring) struct fleet_keyring ring = {.count = 0};
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;

	make_ring(&ring);
	seal_at_home(&ring, &sealed);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(unseal(&ring, &places[i], &sealed, &err), ERR_REFUSED);
	}
}

static void test_each_changed_byte_is_noticed(void **state)
{
	AUTO(fleet_keyring) struct fleet_keyring ring = {.count = 0};
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;

	make_ring(&ring);
	seal_at_home(&ring, &sealed);
	for (size_t i = 0; i < sealed.len; i++) {
		AUTO(error) struct error err = ERROR_INIT;

		sealed.text[i] ^= 0x20;
		assert_true(unseal(&ring, &home, &sealed, &err) < 0);
		sealed.text[i] ^= 0x20;
	}
	while (sealed.len) {
		AUTO(error) struct error err = ERROR_INIT;

		strbuf_truncate(&sealed, sealed.len - 1);
		assert_true(unseal(&ring, &home, &sealed, &err) < 0);
	}
}

static void test_a_foreign_key_is_said_to_be_missing(void **state)
{
	AUTO(fleet_keyring) struct fleet_keyring ring = {.count = 0}, other = {.count = 0};
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	make_ring(&ring);
	make_ring(&other);
	seal_at_home(&other, &sealed);
	assert_int_equal(unseal(&ring, &home, &sealed, &err), ERR_CONFIG);
	assert_string_equal(err.text, "cannot open 'gen/a.example/7' of the store: it was sealed "
				      "with a key that this machine does not have");
}

/* While the members change to a new key, both open. */
static void test_the_former_key_still_opens(void **state)
{
	AUTO(fleet_keyring) struct fleet_keyring old = {.count = 0}, both = {.count = 0};
	AUTO(strbuf) struct strbuf before = STRBUF_INIT, after = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	make_ring(&old);
	make_ring(&both);
	secret_set(&both.keys[1], secret_peek(&old.keys[0]), old.keys[0].len);
	both.count = 2;
	seal_at_home(&old, &before);
	seal_at_home(&both, &after);
	assert_int_equal(unseal(&both, &home, &before, &err), 0);
	assert_int_equal(unseal(&both, &home, &after, &err), 0);
	assert_int_equal(unseal(&old, &home, &after, &err), ERR_CONFIG);
}

static void test_keys_of_places(void **state)
{
	static const struct {
		struct fleet_place place;
		const char *key;
	} rows[] = {
		{{"f", FLEET_HEAD, "a.example", 0}, "head/a.example"},
		{{"f", FLEET_GENERATION, "a.example", 12}, "gen/a.example/12"},
		{{"f", FLEET_TIP, "", 3}, "tip"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *key = fleet_place_key(&rows[i].place);

		assert_string_equal(key, rows[i].key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_at_its_place),
		cmocka_unit_test(test_opens_at_no_other_place),
		cmocka_unit_test(test_each_changed_byte_is_noticed),
		cmocka_unit_test(test_a_foreign_key_is_said_to_be_missing),
		cmocka_unit_test(test_the_former_key_still_opens),
		cmocka_unit_test(test_keys_of_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
