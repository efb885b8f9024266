/* What members, the gateway and proxies in front of it answer, and what a fleet makes of it: the
 * forms of etcd 3.4 and 3.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fleet/etcd/etcd_message.h"

#define HEADER "\"header\":{\"cluster_id\":\"1\",\"revision\":\"2\"}"

static const struct row {
	enum fleet_ask_kind kind;
	int status;
	const char *body;
	enum fleet_outcome outcome;
	const char *words; /* of the fault or its hint; NULL: there is none */
	bool wants_login;
} rows[] = {
	{FLEET_TXN, 200, "{" HEADER "}", FLEET_DONE},
	{FLEET_TXN, 200, "{}", FLEET_UNSURE, "not one of etcd"},
	{FLEET_TXN, 200, "[]", FLEET_DENIED, "status 200"},
	{FLEET_GRANT, 200, "{" HEADER ",\"ID\":\"7\",\"TTL\":\"60\"}", FLEET_DONE},
	{FLEET_KEEPALIVE, 200, "{\"result\":{" HEADER ",\"ID\":\"7\",\"TTL\":\"60\"}}", FLEET_DONE},
	{FLEET_KEEPALIVE, 200, "{\"result\":{" HEADER ",\"ID\":\"7\"}}", FLEET_NO_LEASE},
	{FLEET_KEEPALIVE, 503,
	 "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"etcdserver: no leader\"}}",
	 FLEET_UNSURE, "no leader"},
	{FLEET_KEEPALIVE, 200, "{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}",
	 FLEET_UNSURE, "no leader"},
	{FLEET_TXN, 404,
	 "{\"error\":\"x\",\"message\":\"etcdserver: requested lease not found\",\"code\":5}",
	 FLEET_NO_LEASE, "lease not found"},
	{FLEET_TXN, 503, "{\"code\":14,\"message\":\"etcdserver: request timed out\"}",
	 FLEET_UNSURE, "timed out"},
	{FLEET_TXN, 500, "{\"code\":2,\"message\":\"context deadline exceeded\"}", FLEET_UNSURE,
	 "deadline"},
	{FLEET_TXN, 429, "{\"code\":8,\"message\":\"etcdserver: mvcc: database space exceeded\"}",
	 FLEET_FULL, "NOSPACE"},
	{FLEET_TXN, 429, "{\"code\":8,\"message\":\"etcdserver: too many requests\"}", FLEET_UNSURE,
	 "too many"},
	{FLEET_TXN, 429,
	 "{\"code\":8,\"message\":\"grpc: received message larger than max (3 vs. 2)\"}",
	 FLEET_DENIED, "larger than max"},
	{FLEET_TXN, 401, "{\"code\":16,\"message\":\"etcdserver: invalid auth token\"}",
	 FLEET_DENIED, "invalid auth token", true},
	{FLEET_TXN, 400, "{\"code\":3,\"message\":\"etcdserver: user name is empty\"}",
	 FLEET_DENIED, "wants a user", true},
	{FLEET_TXN, 400, "{\"code\":3,\"message\":\"etcdserver: revision of auth store is old\"}",
	 FLEET_DENIED, "auth store is old", true},
	{FLEET_TXN, 403, "{\"code\":7,\"message\":\"etcdserver: permission denied\"}", FLEET_DENIED,
	 "a role"},
	{FLEET_TXN, 400, "{\"code\":3,\"message\":\"duplicate key given in txn request\"}",
	 FLEET_DENIED, "duplicate key"},
	{FLEET_TXN, 418, "{\"code\":99}", FLEET_DENIED, "no reason given"},
	{FLEET_TXN, 400,
	 "CommonName of client sending a request against gateway will be ignored and not used as "
	 "expected",
	 FLEET_DENIED, "no common name"},
	{FLEET_TXN, 502, "Bad Gateway\033[2J", FLEET_UNSURE, "Bad Gateway\\x1b[2J"},
	{FLEET_TXN, 404, "404 page not found", FLEET_DENIED, "404"},
	/* "one" is no base64; "ay9h" is "k/a", below another prefix. */
	{FLEET_TXN, 200,
	 "{" HEADER ",\"succeeded\":true,\"responses\":[{\"response_range\":{\"kvs\":"
	 "[{\"key\":\"one\"}]}}]}",
	 FLEET_UNSURE, "not one of etcd"},
	{FLEET_TXN, 200,
	 "{" HEADER ",\"succeeded\":true,\"responses\":[{\"response_range\":{\"kvs\":"
	 "[{\"key\":\"ay9h\"}]}}]}",
	 FLEET_UNSURE, "not one of etcd"},
};

static void test_each_answer_means_what_it_says(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		const struct fleet_ask ask = {.kind = row->kind};
		AUTO(error) struct error malformed = ERROR_INIT;
		AUTO(json) struct json *json = NULL;
		AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
		struct etcd_reply reply = {.status = row->status, .body = row->body};
		bool wants_login;

		if (json_parse(row->body, strlen(row->body), "answer", &json, &malformed) == 0)
			reply.json = json;
		wants_login = etcd_message_get(&ask, "p/", &reply, &answer);
		if (answer.outcome != row->outcome || wants_login != row->wants_login)
			fail_msg("%s: outcome %d", row->body, answer.outcome);
		assert_true(error_is_set(&answer.fault) == (row->words != NULL));
		if (row->words && !strstr(answer.fault.text, row->words) &&
		    !(answer.fault.hint && strstr(answer.fault.hint, row->words)))
			fail_msg("%s: '%s'", row->words, answer.fault.text);
	}
}

static void test_pairs_come_without_their_prefix(void **state)
{
	/* cC9oZWFkL2E= is "p/head/a", djE= is "v1"; a value that is empty is left out. */
	static const char body[] =
		"{" HEADER
		", \"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"cC9oZWFkL2E=\","
		"\"mod_revision\":\"9\",\"value\":\"djE=\"}],\"count\":\"1\"}},"
		"{\"response_range\":{}},{\"response_range\":{\"kvs\":[{\"key\":\"cC90aXA=\"}]}}]}";
	const struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *json = NULL;
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	struct etcd_reply reply = {.status = 200, .body = body};

	assert_int_equal(json_parse(body, strlen(body), "answer", &json, &err), 0);
	reply.json = json;
	assert_false(etcd_message_get(&ask, "p/", &reply, &answer));
	assert_int_equal(answer.outcome, FLEET_DONE);
	assert_false(answer.succeeded);
	assert_int_equal(answer.pair_count, 2);
	assert_string_equal(fleet_answer_find(&answer, "head/a")->value.text, "v1");
	assert_int_equal(fleet_answer_find(&answer, "tip")->value.len, 0);
}

/* A page of three, as etcd's keys may be any bytes: "p/head/a", "p/head/a", a zero byte and "b", and
 * "p/head/" with the byte 0xff. */
static void test_keys_that_no_member_writes_are_passed_over(void **state)
{
	static const char body[] = "{" HEADER ",\"more\":true,\"kvs\":[{\"key\":\"cC9oZWFkL2E=\"},"
				   "{\"key\":\"cC9oZWFkL2EAYg==\"},{\"key\":\"cC9oZWFkL/8=\"}]}";
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *json = NULL;
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO(strbuf) struct strbuf sent = STRBUF_INIT;
	struct etcd_reply reply = {.status = 200, .body = body};

	assert_int_equal(json_parse(body, strlen(body), "answer", &json, &err), 0);
	reply.json = json;
	fleet_ask_range(&ask, xstrdup("head/"), span_of(""), 3);
	assert_false(etcd_message_get(&ask, "p/", &reply, &answer));
	assert_int_equal(answer.outcome, FLEET_DONE);
	assert_int_equal(answer.found_count, 1);
	assert_string_equal(answer.found[0].key, "head/a");
	assert_int_equal(answer.foreign_count, 2);
	/* The next page begins after them: "p/head/", 0xff and a zero byte. */
	fleet_ask_range(&ask, xstrdup("head/"), span_make(answer.last, answer.last_len), 3);
	etcd_message_put(&ask, "p/", &sent);
	assert_string_equal(
		sent.text,
		"{\"key\":\"cC9oZWFkL/8A\",\"range_end\":\"cC9oZWFkMA==\",\"limit\":\"3\"}");
}

static void test_what_was_not_asked_for_is_no_answer(void **state)
{
	/* "p/gen/a", "p/head/a" twice for a page of one, and a key that is read and has a zero
	 * byte. */
	static const struct {
		enum fleet_ask_kind kind;
		const char *kvs;
	} answers[] = {
		{FLEET_RANGE, "\"kvs\":[{\"key\":\"cC9nZW4vYQ==\"}]"},
		{FLEET_RANGE, "\"kvs\":[{\"key\":\"cC9oZWFkL2E=\"},{\"key\":\"cC9oZWFkL2E=\"}]"},
		{FLEET_TXN, "\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":"
			    "\"cC9oZWFkL2EAYg==\"}]}}]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		AUTO_FREE char *body = xasprintf("{" HEADER ",%s}", answers[i].kvs);
		AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(json) struct json *json = NULL;
		AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
		struct etcd_reply reply = {.status = 200, .body = body};

		if (answers[i].kind == FLEET_RANGE)
			fleet_ask_range(&ask, xstrdup("head/"), span_of(""), 1);
		assert_int_equal(json_parse(body, strlen(body), "answer", &json, &err), 0);
		reply.json = json;
		assert_false(etcd_message_get(&ask, "p/", &reply, &answer));
		assert_int_equal(answer.outcome, FLEET_UNSURE);
	}
}

static void test_a_write_as_it_is_sent(void **state)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(strbuf) struct strbuf had = STRBUF_INIT, none = STRBUF_INIT, sent = STRBUF_INIT;
	struct fleet_op *op;

	strbuf_adds(&had, "v1");
	fleet_ask_compare(&ask, xstrdup("a"), &had);
	fleet_ask_compare(&ask, xstrdup("b"), &none);
	fleet_ask_read(&ask, xstrdup("a"));
	op = fleet_ask_put(&ask, xstrdup("b"));
	strbuf_adds(&op->value, "v2");
	op->lease = 0x7fffffffffffffff;
	fleet_ask_delete(&ask, xstrdup("a"));
	etcd_message_put(&ask, "p/", &sent);
	assert_string_equal(
		sent.text,
		"{\"compare\":[{\"key\":\"cC9h\",\"result\":\"EQUAL\",\"target\":\"VALUE\","
		"\"value\":\"djE=\"},{\"key\":\"cC9i\",\"result\":\"EQUAL\",\"target\":\"CREATE\","
		"\"create_revision\":\"0\"}],"
		"\"success\":[{\"request_range\":{\"key\":\"cC9h\"}},"
		"{\"request_put\":{\"key\":\"cC9i\",\"value\":\"djI=\","
		"\"lease\":\"9223372036854775807\"}},"
		"{\"request_delete_range\":{\"key\":\"cC9h\"}}],"
		"\"failure\":[{\"request_range\":{\"key\":\"cC9h\"}}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_answer_means_what_it_says),
		cmocka_unit_test(test_pairs_come_without_their_prefix),
		cmocka_unit_test(test_keys_that_no_member_writes_are_passed_over),
		cmocka_unit_test(test_what_was_not_asked_for_is_no_answer),
		cmocka_unit_test(test_a_write_as_it_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
