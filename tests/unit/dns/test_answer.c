/* What providers' answers have in common: names, ids, members, quoted values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/refusal.h"

static char zone_name[] = "example.test";
static const struct dns_zone zone = {.name = zone_name};

static struct json *parsed(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct json *json = NULL;

	if (json_parse(text, strlen(text), "answer", &json, &err) < 0)
		fail_msg("%s", err.text);
	return json;
}

static void test_names_become_absolute(void **state)
{
	static const char *const rows[][2] = {
		{"", "example.test"},
		{"@", "example.test"},
		{".", "example.test"},
		{"example.test", "example.test"},
		{"Example.Test.", "example.test"},
		{"www", "www.example.test"},
		{"A.www", "a.www.example.test"},
		{"www.example.test", "www.example.test"},
		{"www.example.test.", "www.example.test"},
		{"myexample.test", "myexample.test.example.test"},
		{"other.test.", "other.test"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *name = dns_absolute(rows[i][0], &zone);

		assert_string_equal(name, rows[i][1]);
	}
}

static void test_only_records_of_the_batch_are_found(void **state)
{
	static char name[] = "_acme-challenge.example.test", one[] = "one", two[] = "two";
	struct dns_record first = {.name = name, .value = one},
			  second = {.name = name, .value = two};
	struct dns_record *records[] = {&first, &second};
	static const struct dns_record_shape shape = {.name = "n", .value = "v"};
	const struct dns_batch batch = {.zone = &zone, .records = records, .record_count = 2};
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(&batch);
	AUTO(json) struct json *txt = parsed("{\"id\":7,\"type\":\"txt\",\"n\":\"_acme-challenge\","
					     "\"v\":\"\\\"one\\\"\"}");
	AUTO(json) struct json *address = parsed("{\"id\":8,\"type\":\"A\","
						 "\"n\":\"_acme-challenge\",\"v\":\"two\"}");

	dns_found_add_json(&found, txt, &shape);
	dns_found_add_json(&found, address, &shape);
	dns_found_add(&found, "_acme-challenge.www", "two", "9");
	dns_found_add(&found, "_acme-challenge", "three", "10");
	dns_found_add(&found, "_acme-challenge.example.test.", "one", "11");
	assert_true(dns_found_has(&found, &first));
	assert_false(dns_found_has(&found, &second));
	assert_int_equal(found.ids.count, 2);
	assert_string_equal(found.ids.items[0], "7");
	assert_string_equal(found.ids.items[1], "11");
}

static void test_urls_are_filled_in(void **state)
{
	static char id[] = "7/x";
	static const struct dns_zone with_id = {.name = zone_name, .id = id};
	static const struct {
		const char *template, *name, *apex, *url;
	} rows[] = {
		{"/z/{zone}/{zone_id}?n={name}", "_acme-challenge.example.test", NULL,
		 "/z/example.test/7/x?n=_acme-challenge"},
		{"/{fqdn}/{id}", "a.example.test", NULL, "/a.example.test/i%20d"},
		{"{name}.", "example.test", "", "."},
		{"/{name}", "example.test", NULL, "/%40"},
		{"/plain", NULL, NULL, "/plain"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct dns_url_parts parts = {&with_id, rows[i].name, "i d", rows[i].apex};
		AUTO_FREE char *url = dns_url(rows[i].template, &parts);

		assert_string_equal(url, rows[i].url);
	}
}

static void test_ids_are_numbers_or_texts(void **state)
{
	AUTO(json) struct json *object = parsed("{\"a\":12345678901,\"b\":\"x-1\",\"c\":true}");
	AUTO_FREE char *a = dns_answer_id(object, "a"), *b = dns_answer_id(object, "b");

	assert_string_equal(a, "12345678901");
	assert_string_equal(b, "x-1");
	assert_null(dns_answer_id(object, "c"));
	assert_null(dns_answer_id(object, "d"));
	assert_null(dns_answer_id(NULL, "d"));
	assert_string_equal(dns_answer_text(object, "b"), "x-1");
	assert_string_equal(dns_answer_text(object, "a"), "");
	assert_string_equal(dns_answer_text(NULL, "a"), "");
}

static void test_pages_end(void **state)
{
	static const struct {
		const char *object, *next;
	} rows[] = {
		{"{\"page\":1,\"pages\":3}", "/x?a=b&page=2"},
		{"{\"page\":3,\"pages\":3}", NULL},
		{"{\"page\":4,\"pages\":3}", NULL},
		{"{\"page\":1}", NULL},
		{"{\"page\":\"1\",\"pages\":3}", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(json) struct json *object = parsed(rows[i].object);
		AUTO_FREE char *next = dns_next_page(object, "page", "pages", "/x?a=b");

		if (rows[i].next)
			assert_string_equal(next, rows[i].next);
		else
			assert_null(next);
	}
}

static void test_words_tell_what_a_refusal_means(void **state)
{
	static const struct dns_reason reasons[] = {
		{"no such domain", DNS_UNKNOWN}, {"domain", DNS_EXISTS}, {"2200", DNS_DENIED}};

	assert_int_equal(dns_judge_words("2302: no such domain", reasons, 3), DNS_UNKNOWN);
	assert_int_equal(dns_judge_words("a domain", reasons, 3), DNS_EXISTS);
	assert_int_equal(dns_judge_words("2200", reasons, 3), DNS_DENIED);
	assert_int_equal(dns_judge_words("", reasons, 3), DNS_REFUSED);
}

static void test_an_object_becomes_a_form(void **state)
{
	AUTO(json) struct json *object = parsed("{\"a\":\"x y&\",\"b\":7,\"c\":true,\"d\":\"\"}");
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	url_add_field(&form, "first", "1");
	dns_add_members(&form, object);
	assert_string_equal(form.text, "first=1&a=x%20y%26&b=7&c=true&d=");
}

static void test_an_array_becomes_fields_of_one_name(void **state)
{
	AUTO(json) struct json *array = parsed("[\"a b\",7,{\"c\":\"d\"}]");
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	dns_add_fields(&form, "n", array);
	dns_add_fields(&form, "n", NULL);
	assert_string_equal(form.text, "n=a%20b&n=7&n=%7B%22c%22%3A%22d%22%7D");
}

/* What refusing answers of each shape say and mean. */
static void test_errors_are_read_by_their_shape(void **state)
{
	static const struct dns_reason reasons[] = {{"no zone", DNS_UNKNOWN}, {"19", DNS_DENIED}};
	static const struct {
		struct dns_error_shape shape;
		const char *body, *said;
		enum dns_verdict verdict;
	} rows[] = {
		{{.message = "errors",
		  .status = "ok",
		  .success = "1",
		  .judges_words = true,
		  DNS_REASONS(reasons)},
		 "{\"ok\":0,\"errors\":[\"sorry\",\"no zone 'a'\",null]}",
		 "sorry, no zone 'a'",
		 DNS_UNKNOWN},
		{{.message = "errors", .status = "ok", .success = "1"},
		 "{\"ok\":0,\"errors\":[\"busy\"]}",
		 "busy",
		 DNS_REFUSED},
		{{.message = "errors", .status = "ok", .success = "1"},
		 "{\"ok\":1,\"errors\":null}",
		 "",
		 DNS_AS_STATUS},
		{{.message = "errors", .status = "ok", .success = "1"},
		 "{\"data\":[]}",
		 "",
		 DNS_AS_STATUS},
		{{{"E"}, "code", "message", DNS_REASONS(reasons)},
		 "{\"E\":{\"code\":19,\"message\":\"key\"}}",
		 "19: key",
		 DNS_DENIED},
		{{{"E"}, "code", "message", DNS_REASONS(reasons)}, "{\"E\":{}}", "", DNS_AS_STATUS},
		{{{"Errors", "Error"}, "Number", "", DNS_REASONS(reasons)},
		 "<r><Errors><Error Number='19'>key</Error></Errors></r>",
		 "19: key",
		 DNS_DENIED},
		{{{"Errors", "Error"}, "Number", "", DNS_REASONS(reasons)},
		 "<r><Errors/></r>",
		 "",
		 DNS_AS_STATUS},
		{{{"reply"}, "code", "detail", .success = "3", DNS_REASONS(reasons)},
		 "<r><reply><code>7</code><detail>no</detail></reply></r>",
		 "7: no",
		 DNS_REFUSED},
		{{{"reply"}, "code", "detail", .success = "3", DNS_REASONS(reasons)},
		 "<r><reply><code>300</code></reply></r>",
		 "300",
		 DNS_AS_STATUS},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf said = STRBUF_INIT;

		if (rows[i].body[0] == '{')
			reply.json = parsed(rows[i].body);
		else
			assert_int_equal(xml_parse(rows[i].body, strlen(rows[i].body), "XML",
						   &reply.xml, &err),
					 0);
		dns_explain_shape(&rows[i].shape, &reply, &said);
		assert_string_equal(said.text, rows[i].said);
		assert_int_equal(dns_judge_error(&rows[i].shape, &reply), rows[i].verdict);
	}
}

static void test_types_may_be_numbers_and_times_texts(void **state)
{
	static char name[] = "_acme-challenge.example.test", value[] = "one";
	struct dns_record record = {.name = name, .value = value}, *records[] = {&record};
	static const struct dns_record_shape shape = {.type = "t",
						      .type_number = 3,
						      .name = "n",
						      .value = "v",
						      .ttl = "s",
						      .apex = "",
						      .ttl_is_text = true};
	const struct dns_batch batch = {.zone = &zone, .records = records, .record_count = 1};
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(&batch);
	AUTO(json) struct json *object = dns_record_object(&shape, &zone, &record, 600);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(json) struct json *list = parsed(
		"{\"1\":{\"id\":1,\"t\":2,\"n\":\"_acme-challenge\",\"v\":\"one\"},"
		"\"2\":{\"id\":2,\"t\":3,\"n\":\"_acme-challenge\",\"v\":\"one\"}}");

	json_print(object, JSON_COMPACT, &text);
	assert_string_equal(text.text,
			    "{\"t\":3,\"n\":\"_acme-challenge\",\"v\":\"one\",\"s\":\"600\"}");
	dns_found_add_all(&found, list, &shape);
	assert_int_equal(found.ids.count, 1);
	assert_string_equal(found.ids.items[0], "2");
}

static void test_one_member_is_kept(void **state)
{
	AUTO(json) struct json *object =
		parsed("{\"a\":1,\"b\":[2],\"c\":{},\"d\":null,\"e\":\"f\"}");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	dns_keep_member(object, "b");
	json_print(object, JSON_COMPACT, &text);
	assert_string_equal(text.text, "{\"b\":[2]}");
	dns_keep_member(object, "none");
	assert_int_equal(json_count(object), 0);
}

static void test_quoted_values_of_others_stay_as_written(void **state)
{
	static char name[] = "n", value[] = "a\"b";
	struct dns_record record = {.name = name, .value = value};
	struct dns_record *records[] = {&record};
	const struct dns_set set = {.name = name, .records = records, .count = 1};
	AUTO(strvec) struct strvec quoted = STRVEC_INIT;

	strvec_push(&quoted, "\"x\" \"y\"");
	assert_true(dns_change_quoted(&set, false, &quoted));
	assert_false(dns_change_quoted(&set, false, &quoted));
	assert_int_equal(quoted.count, 2);
	assert_string_equal(quoted.items[0], "\"x\" \"y\"");
	assert_string_equal(quoted.items[1], "\"a\\\"b\"");
	assert_true(dns_change_quoted(&set, true, &quoted));
	assert_false(dns_change_quoted(&set, true, &quoted));
	assert_int_equal(quoted.count, 1);
	assert_string_equal(quoted.items[0], "\"x\" \"y\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_become_absolute),
		cmocka_unit_test(test_only_records_of_the_batch_are_found),
		cmocka_unit_test(test_urls_are_filled_in),
		cmocka_unit_test(test_ids_are_numbers_or_texts),
		cmocka_unit_test(test_pages_end),
		cmocka_unit_test(test_words_tell_what_a_refusal_means),
		cmocka_unit_test(test_an_array_becomes_fields_of_one_name),
		cmocka_unit_test(test_errors_are_read_by_their_shape),
		cmocka_unit_test(test_an_object_becomes_a_form),
		cmocka_unit_test(test_types_may_be_numbers_and_times_texts),
		cmocka_unit_test(test_one_member_is_kept),
		cmocka_unit_test(test_quoted_values_of_others_stay_as_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
