/* Records: each kind comes back as it was written, and what is not whole is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fleet/records.h"

/* With a value in each member; those that the kind has are kept. */
static void fill_record(struct fleet_record *record, enum fleet_kind kind)
{
	record->kind = kind;
	record->generation = 7;
	record->not_after = -5;
	record->failures = 3;
	record->not_before = 1700000000;
	record->digest = xstrdup("d1");
	record->node = xstrdup("node1");
	record->nonce = xstrdup("0123");
	record->url = xstrdup("https://ca.example/order/1");
	record->problem = xstrdup("rateLimited");
	record->cert = xstrdup("-----BEGIN CERTIFICATE-----\n");
	record->chain = xstrdup("chain\n");
	secret_set(&record->key, "key", 3);
	strbuf_add(&record->csr, "c\0r", 3);
	record->id = xstrdup("f1");
	record->server = xstrdup("https://ca.example/dir");
	record->version = xstrdup("1.2");
	record->options = xstrdup("key_type = ecdsa\n");
	record->orders = 300;
	record->window_s = 10800;
	record->returned = 2;
}

static void test_each_kind_comes_back(void **state)
{
	for (int kind = FLEET_TIP; kind < FLEET_KIND__COUNT; kind++) {
		AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT,
						       read = FLEET_RECORD_INIT;
		AUTO(strbuf) struct strbuf written = STRBUF_INIT, again = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		fill_record(&record, (enum fleet_kind)kind);
		fleet_record_put(&record, &written);
		assert_int_equal(fleet_record_get(span_make(written.text, written.len),
						  (enum fleet_kind)kind, &read, &err),
				 0);
		fleet_record_put(&read, &again);
		assert_int_equal(again.len, written.len);
		assert_memory_equal(again.text, written.text, written.len);
	}
}

static void test_a_generation_has_its_parts_and_no_others(void **state)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT, read = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fill_record(&record, FLEET_GENERATION);
	fleet_record_put(&record, &written);
	assert_int_equal(fleet_record_get(span_make(written.text, written.len), FLEET_GENERATION,
					  &read, &err),
			 0);
	assert_int_equal(read.generation, 7);
	assert_int_equal(read.not_after, -5);
	assert_string_equal(read.cert, record.cert);
	assert_string_equal(read.chain, "chain\n");
	assert_string_equal(secret_peek(&read.key), "key");
	assert_null(read.url);
	assert_int_equal(read.csr.len, 0);
}

static int read_bytes(const struct strbuf *bytes, enum fleet_kind kind, struct error *err)
{
	AUTO(fleet_record) struct fleet_record read = FLEET_RECORD_INIT;

	return fleet_record_get(span_make(bytes->text, bytes->len), kind, &read, err);
}

static void test_refuses_what_is_cut_or_longer(void **state)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;
	AUTO(error) struct error longer = ERROR_INIT;

	fill_record(&record, FLEET_ORDER);
	fleet_record_put(&record, &written);
	strbuf_addc(&written, 0);
	assert_int_equal(read_bytes(&written, FLEET_ORDER, &longer), ERR_PARSE);
	strbuf_truncate(&written, written.len - 1);
	while (written.len) {
		AUTO(error) struct error err = ERROR_INIT;

		strbuf_truncate(&written, written.len - 1);
		assert_int_equal(read_bytes(&written, FLEET_ORDER, &err), ERR_PARSE);
	}
}

static void test_refuses_another_kind(void **state)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fill_record(&record, FLEET_TIP);
	fleet_record_put(&record, &written);
	assert_int_equal(read_bytes(&written, FLEET_HEAD, &err), ERR_PARSE);
}

static void test_a_newer_version_says_what_to_do(void **state)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fill_record(&record, FLEET_HEAD);
	fleet_record_put(&record, &written);
	written.text[0]++;
	assert_int_equal(read_bytes(&written, FLEET_HEAD, &err), ERR_CONFIG);
	assert_string_equal(err.text, "the store has a head of version 2, this program knows 1: "
				      "install the version that the other members have");
}

/* Node names and the CA's words reach terminals. */
static void test_refuses_words_that_a_terminal_would_obey(void **state)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fill_record(&record, FLEET_STATE);
	REPLACE(record.problem, xstrdup("\033[2J"));
	fleet_record_put(&record, &written);
	assert_int_equal(read_bytes(&written, FLEET_STATE, &err), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_comes_back),
		cmocka_unit_test(test_a_generation_has_its_parts_and_no_others),
		cmocka_unit_test(test_refuses_what_is_cut_or_longer),
		cmocka_unit_test(test_refuses_another_kind),
		cmocka_unit_test(test_a_newer_version_says_what_to_do),
		cmocka_unit_test(test_refuses_words_that_a_terminal_would_obey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
