/* APIs that are called by the names of actions: lists in pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "codec/json.h"
#include "dns/api/actions.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/provider.h"
#include "dns/zone.h"

static int64_t pages_read, last_page, total;

/* Says that there are `total` records, and lists none. */
static int answer_page(struct dns_session *session, const struct dns_action *action,
		       struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	pages_read++;
	assert_true(json_int(json_member(params, "Page"), &last_page));
	ret_reply->json = json_object_new();
	json_set_int(ret_reply->json, "Total", total);
	return 0;
}

static int list(struct error *err)
{
	static const struct dns_action_calls calls = {.send = answer_page,
						      .list = "List",
						      .limit = "Size",
						      .most = 10,
						      .page = "Page",
						      .total = "Total",
						      .path = {"Records"}};
	static const struct dns_record_calls records = {DNS_RECORDS_BY_ACTION};
	static const struct dns_provider provider = {
		.title = "Example", .action_calls = &calls, .record_calls = &records};
	static char zone_name[] = "example.test";
	static const struct dns_zone zone = {.name = zone_name};
	struct dns_set sets[] = {{.name = "_acme-challenge.example.test"}};
	const struct dns_batch batch = {.zone = &zone, .sets = sets, .set_count = 1};
	struct dns_session session = {.provider = &provider, .zone = zone_name};
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(&batch);

	pages_read = 0;
	return dns_list_by_action(&session, &found, err);
}

static void test_all_pages_are_read(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	total = 31;
	assert_int_equal(list(&err), 0);
	assert_int_equal(pages_read, 4);
	assert_int_equal(last_page, 4);
}

static void test_a_list_without_an_end_is_an_error(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	total = DNS_MAX_PAGES * 10;
	assert_int_equal(list(&err), 0);
	total = INT64_MAX;
	assert_int_equal(list(&err), ERR_PROTOCOL);
	assert_int_equal(pages_read, DNS_MAX_PAGES);
	assert_non_null(strstr(err.text, "cannot list records in zone 'example.test' at Example"));
	assert_non_null(strstr(err.text, "too many pages"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_pages_are_read),
		cmocka_unit_test(test_a_list_without_an_end_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
