/*
 * Batches of requests up to their orders, with a CA that refuses them: errors stay with their
 * request, names that failed are dropped, nothing is left in the store, a signal ends the run.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/fake_http.h"
#include "app/issue/fallback.h"
#include "app/issue/issue.h"
#include "app/run_fixture.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "os/signals.h"

#define SERVER "https://ca.example.test"
#define SECOND "https://second.example.test"
#define ARCHIVE CONFIG "/archive/new.test"

enum { COUNT = 3 };

/* The requests that the CA got. */
static struct {
	size_t requests, orders;
	size_t second_orders; /* the other CA */
	int status;           /* of each order's refusal by the first; 0: as usual */
	const char *problem;
	const char *second_problem; /* NULL: "unauthorized" */
	int64_t retry_after;        /* seconds, with a refusal by the first; 0: not said */
	bool found_lineage;         /* begun in the store when a request came */
	bool raises_signal;         /* at each request */
} seen;

static void set_json(struct http_response *response, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	response->body = xstrdup(text);
	if (json_parse(text, strlen(text), "answer", &response->content.json, &err) < 0)
		BUG("%s", err.text);
}

/* The first order is refused because of bad.test, the others because the CA wants no more. */
static void refuse_order(struct http_response *response)
{
	response->status = 403;
	if (seen.orders++)
		set_json(response, "{\"type\":\"urn:ietf:params:acme:error:unauthorized\","
				   "\"detail\":\"the account is closed\"}");
	else
		set_json(response, "{\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\","
				   "\"detail\":\"not all names\",\"subproblems\":[{"
				   "\"type\":\"urn:ietf:params:acme:error:rejectedIdentifier\","
				   "\"detail\":\"forbidden by policy\","
				   "\"identifier\":{\"type\":\"dns\",\"value\":\"bad.test\"}}]}");
}

/* The CA that may be asked in the place of the first. */
static void answer_as_second(const char *path, struct http_response *response)
{
	if (strcmp(path, "/order") == 0) {
		AUTO_FREE char *text = xasprintf("{\"type\":\"urn:ietf:params:acme:error:%s\","
						 "\"detail\":\"the second says no\"}",
						 seen.second_problem ? seen.second_problem
								     : "unauthorized");

		seen.second_orders++;
		response->status = 403;
		set_json(response, text);
	} else if (!*path) {
		set_json(response, "{\"newNonce\":\"" SECOND "/nonce\","
				   "\"newAccount\":\"" SECOND "/account\","
				   "\"newOrder\":\"" SECOND "/order\"}");
	}
}

static void refuse_for_a_reason(struct http_response *response)
{
	AUTO_FREE char *text = xasprintf("{\"type\":\"urn:ietf:params:acme:error:%s\","
					 "\"detail\":\"the first says no\"}",
					 seen.problem);

	AUTO_FREE char *seconds = xasprintf("%lld", (long long)seen.retry_after);

	seen.orders++;
	response->status = seen.status;
	if (seen.retry_after)
		headers_add(&response->headers, "Retry-After", seconds);
	set_json(response, text);
}

static void answer_as_ca(const struct http_request *request, struct http_response *response)
{
	AUTO_FREE char *nonce = xasprintf("nonce%zu", seen.requests++);

	headers_add(&response->headers, "Replay-Nonce", nonce);
	seen.found_lineage |= access(ARCHIVE, F_OK) == 0;
	if (seen.raises_signal)
		raise(SIGTERM);
	if (str_starts(request->url, SECOND))
		answer_as_second(request->url + strlen(SECOND), response);
	else if (strcmp(request->url, SERVER "/order") == 0 && seen.status)
		refuse_for_a_reason(response);
	else if (strcmp(request->url, SERVER "/order") == 0)
		refuse_order(response);
	else if (strcmp(request->url, SERVER) == 0)
		set_json(response, "{\"newNonce\":\"" SERVER "/nonce\","
				   "\"newAccount\":\"" SERVER "/account\","
				   "\"newOrder\":\"" SERVER "/order\"}");
}

/* ---- The authenticator ---- */

static struct {
	size_t calls;
	const struct acme_identifiers *identifiers;
} configured;

static int count_configure(struct plugin_instance *instance, struct settings *settings,
			   const struct acme_identifiers *identifiers, struct error *err)
{
	configured.calls++;
	configured.identifiers = identifiers;
	return error_set(err, ERR_REFUSED, "nobody says where the files are");
}

static size_t prefer_http(struct plugin_instance *instance, const struct settings *settings,
			  const struct acme_identifier *identifier,
			  enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

static const struct authenticator authenticator = {
	.preference = prefer_http, .configure = count_configure, .failure_hint = "open port 80."};
static const struct plugin plugin = {.name = "files", .authenticator = &authenticator};
static struct plugin_instance instance = {.plugin = &plugin};

struct fixture {
	struct run run;
	struct issue_request requests[COUNT];
	struct issue_request *list[COUNT];
};

static void set_up(struct fixture *f)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *id = NULL;
	struct ca *ca = NULL;

	memset(&seen, 0, sizeof(seen));
	memset(&configured, 0, sizeof(configured));
	fake.answer = answer_as_ca;
	start_run(&f->run, "certonly");
	f->run.now = 1700000000;
	settings_set_string(f->run.settings, "server", SERVER, ORIGIN_COMMAND_LINE);
	id = save_account(SERVER);
	if (ca_open_existing(f->run.app.cas, f->run.settings, &ca, &err) < 0)
		BUG("%s", err.text);
	for (size_t i = 0; i < COUNT; i++) {
		struct issue_request *request = f->list[i] = &f->requests[i];

		issue_request_init(request);
		request->settings = f->run.settings;
		request->authenticator = &instance;
		request->ca = ca;
		request->types[0] = ACME_HTTP_01;
		request->type_count = 1;
		acme_identifiers_add(&request->identifiers, ACME_IDENTIFIER_DNS, "good.test");
	}
}

static void tear_down(struct fixture *f)
{
	for (size_t i = 0; i < COUNT; i++)
		issue_request_release(&f->requests[i]);
	end_run(&f->run);
}

static int issue(struct fixture *f, size_t count)
{
	AUTO(error) struct error err = ERROR_INIT;

	return issue_batch(f->run.app.plugins, f->list, count, &err);
}

/* ---- Batches ---- */

static void test_empty_batch_asks_nothing(void **state)
{
	struct fixture f;

	set_up(&f);
	assert_int_equal(issue(&f, 0), 0);
	assert_int_equal(seen.requests, 0);
	tear_down(&f);
}

static void test_requests_that_cannot_be_ordered_stop_no_other(void **state)
{
	struct fixture f;
	struct settings *odd;

	set_up(&f);
	odd = settings_new(&f.run.table);
	settings_set_string(odd, "elliptic_curve", "nosuch", ORIGIN_COMMAND_LINE);
	f.requests[0].settings = odd;
	error_set(&f.requests[1].error, ERR_NOT_FOUND, "found earlier");
	assert_int_equal(issue(&f, COUNT), 0);
	assert_non_null(strstr(f.requests[0].error.text, "nosuch"));
	assert_true(f.requests[0].is_unready);
	assert_string_equal(f.requests[1].error.text, "found earlier");
	assert_non_null(strstr(f.requests[2].error.text, "not all names"));
	assert_false(f.requests[2].is_unready);
	assert_int_equal(seen.orders, 1);
	tear_down(&f);
	settings_free(odd);
}

static void test_request_without_names_fails_alone(void **state)
{
	struct fixture f;

	set_up(&f);
	acme_identifiers_release(&f.requests[0].identifiers);
	assert_int_equal(issue(&f, 2), 0);
	assert_non_null(strstr(f.requests[0].error.text, "without names"));
	assert_non_null(strstr(f.requests[1].error.text, "not all names"));
	assert_int_equal(seen.orders, 1);
	tear_down(&f);
}

static void test_each_request_gets_the_answer_to_its_own_order(void **state)
{
	struct fixture f;
	size_t refused = 0, closed = 0;

	set_up(&f);
	assert_int_equal(issue(&f, COUNT), 0);
	assert_int_equal(seen.orders, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		refused += strstr(f.requests[i].error.text, "not all names") != NULL;
		closed += strstr(f.requests[i].error.text, "the account is closed") != NULL;
		/* Only the refusal tells of a name. */
		assert_int_equal(f.requests[i].failures.count,
				 strstr(f.requests[i].error.text, "not all names") != NULL);
	}
	assert_int_equal(refused, 1);
	assert_int_equal(closed, COUNT - 1);
	tear_down(&f);
}

static void test_lineage_of_a_refused_order_is_taken_back(void **state)
{
	struct fixture f;

	set_up(&f);
	f.requests[0].new_name = "new.test";
	assert_int_equal(issue(&f, 1), 0);
	assert_true(error_is_set(&f.requests[0].error));
	assert_true(seen.found_lineage);
	assert_int_not_equal(access(ARCHIVE, F_OK), 0);
	assert_false(f.requests[0].is_reserved);
	tear_down(&f);
}

/* ---- Names that failed ---- */

static void test_failed_names_are_dropped_and_the_rest_is_ordered(void **state)
{
	struct fixture f;
	struct issue_request *request = &f.requests[0];

	set_up(&f);
	give_option(&f.run, "allow_subset_of_names=true");
	acme_identifiers_add(&request->identifiers, ACME_IDENTIFIER_DNS, "bad.test");
	assert_int_equal(issue(&f, 1), 0);
	assert_int_equal(seen.orders, 2);
	assert_int_equal(request->dropped.count, 1);
	assert_string_equal(request->dropped.items[0], "bad.test");
	assert_int_equal(request->identifiers.count, 1);
	assert_string_equal(request->identifiers.items[0].value, "good.test");
	assert_has(&f.run.said, "Retrying without: bad.test");
	/* The failures of the first order are not those of the second. */
	assert_int_equal(request->failures.count, 0);
	assert_non_null(strstr(request->error.text, "the account is closed"));
	tear_down(&f);
}

static void test_all_names_are_wanted_unless_said_otherwise(void **state)
{
	struct fixture f;
	struct issue_request *request = &f.requests[0];

	set_up(&f);
	acme_identifiers_add(&request->identifiers, ACME_IDENTIFIER_DNS, "bad.test");
	assert_int_equal(issue(&f, 1), 0);
	assert_int_equal(seen.orders, 1);
	assert_int_equal(request->dropped.count, 0);
	assert_int_equal(request->identifiers.count, 2);
	assert_string_equal(request->failures.items[0].identifier.value, "bad.test");
	tear_down(&f);
}

static void test_no_second_order_when_every_name_failed(void **state)
{
	struct fixture f;
	struct issue_request *request = &f.requests[0];

	set_up(&f);
	give_option(&f.run, "allow_subset_of_names=true");
	acme_identifiers_release(&request->identifiers);
	acme_identifiers_add(&request->identifiers, ACME_IDENTIFIER_DNS, "bad.test");
	assert_int_equal(issue(&f, 1), 0);
	assert_int_equal(seen.orders, 1);
	assert_int_equal(request->dropped.count, 0);
	assert_int_equal(request->identifiers.count, 1);
	tear_down(&f);
}

/* ---- Another CA ---- */

static void open_second(struct fixture *f, struct issue_request *request)
{
	AUTO_FREE char *id = save_account(SECOND);

	settings_push(f->run.settings, "fallback_servers", SECOND, ORIGIN_COMMAND_LINE);
	fallback_open(f->run.app.cas, request);
	assert_int_equal(request->fallback_count, 1);
}

/* No time passes but that which is waited for: a CA with an error of its own is asked again. */
static int skip_to(void *context, int64_t mono_ms)
{
	struct run *run = context;

	run->now = mono_ms / 1000 + 1;
	return 0;
}

static void test_another_ca_is_asked_for_reasons_of_the_first_alone(void **state)
{
	static const struct {
		int status;
		const char *problem;
		bool goes_on;
	} rows[] = {
		{429, "rateLimited", true},
		{500, "serverInternal", true},
		{503, "unheardOf", true},
		{403, "rateLimited", true},
		{403, "unauthorized", false},
		{400, "rejectedIdentifier", false},
		{403, "caa", false},
		{400, "malformed", false},
		{403, "userActionRequired", false},
		{400, "badCSR", false},
	};

	struct fixture f;
	struct issue_request *request = &f.requests[0];
	struct ca *first;

	set_up(&f);
	open_second(&f, request);
	f.run.clock.sleep_until = skip_to;
	first = request->ca;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		request->ca = first;
		request->fallback_next = seen.second_orders = 0;
		error_release(&request->error);
		seen.status = rows[i].status;
		seen.problem = rows[i].problem;
		assert_int_equal(issue(&f, 1), 0);
		assert_int_equal(seen.second_orders, rows[i].goes_on);
		assert_non_null(strstr(request->error.text, rows[i].goes_on ? "the second says no"
									    : "the first says no"));
	}
	tear_down(&f);
}

static void test_only_requests_with_another_ca_go_there(void **state)
{
	struct fixture f;

	set_up(&f);
	open_second(&f, &f.requests[1]);
	seen.status = 429;
	seen.problem = "rateLimited";
	assert_int_equal(issue(&f, COUNT), 0);
	assert_int_equal(seen.second_orders, 1);
	assert_string_equal(ca_url(f.requests[0].ca), SERVER);
	assert_string_equal(ca_url(f.requests[1].ca), SECOND);
	assert_has(&f.run.logged, "Asking second.example.test (--fallback-server)");
	tear_down(&f);
}

static void test_rehearsal_stays_with_the_first(void **state)
{
	struct fixture f;

	set_up(&f);
	give_option(&f.run, "dry_run=true");
	settings_push(f.run.settings, "fallback_servers", SECOND, ORIGIN_COMMAND_LINE);
	fallback_open(f.run.app.cas, &f.requests[0]);
	assert_int_equal(f.requests[0].fallback_count, 0);
	tear_down(&f);
}

/* The codes of errors that come from a machine's own doing, too. */
static void test_what_counts_as_a_failure_of_the_ca(void **state)
{
	static const struct {
		enum err_code code;
		bool of_first, of_second;
	} rows[] = {
		{ERR_BUSY, true, true},        {ERR_NETWORK, true, true},
		{ERR_NOT_FOUND, true, true},   {ERR_CONFIG, false, true},
		{ERR_ACME, false, true},       {ERR_CHALLENGE, false, false},
		{ERR_CANCELLED, false, false}, {ERR_IO, false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(issue_request) struct issue_request request;
		struct error failure = {.code = rows[i].code};

		issue_request_init(&request);
		fallback_note_failure(&request, &failure, false);
		assert_int_equal(request.is_cas_fault, rows[i].of_first);
		error_set(&request.outage, ERR_NETWORK, "the first is down");
		fallback_note_failure(&request, &failure, false);
		assert_int_equal(request.is_cas_fault, rows[i].of_second);
		fallback_note_failure(&request, &failure, true);
		assert_false(request.is_cas_fault);
	}
}

/* What is on record afterwards is when the first CA may be asked again, and what each said. */
static void test_outage_of_the_first_stays_when_all_fail(void **state)
{
	static const char *const problems[] = {"unauthorized", "rateLimited", "malformed"};
	enum { WEEK = 7 * 86400 };
	struct fixture f;
	struct issue_request *request = &f.requests[0];
	struct ca *first;

	set_up(&f);
	open_second(&f, request);
	first = request->ca;
	seen.status = 429;
	seen.problem = "rateLimited";
	seen.retry_after = WEEK;
	for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
		request->ca = first;
		request->fallback_next = 0;
		error_release(&request->error);
		seen.second_problem = problems[i];
		assert_int_equal(issue(&f, 1), 0);
		assert_int_equal(seen.second_orders, i + 1);
		assert_int_equal(request->error.code, ERR_RATE_LIMITED);
		assert_int_equal(request->error.retry_at, f.run.now + WEEK);
		assert_string_equal(request->error.problem_type, "rateLimited");
		assert_true(str_starts(request->error.text, "ca.example.test: "));
		assert_non_null(strstr(request->error.text, "the first says no"));
		assert_non_null(strstr(request->error.text, "; second.example.test: "));
		assert_non_null(strstr(request->error.text, "the second says no"));
		assert_false(error_is_set(&request->outage));
	}
	tear_down(&f);
}

/* A CA's failure, then one of this machine's: no third CA is asked for it. */
static void test_local_error_at_the_second_ends_the_search(void **state)
{
	struct fixture f;
	struct issue_request *request = &f.requests[0], *again[1];
	AUTO(error) struct error err = ERROR_INIT;
	size_t count = 0;

	set_up(&f);
	open_second(&f, request);
	request->fallbacks[request->fallback_count++] = request->ca;
	error_set(&request->error, ERR_NETWORK, "it is down");
	request->is_cas_fault = true;
	assert_int_equal(fallback_choose(f.run.app.plugins, f.list, 1, again, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_false(error_is_set(&request->error));
	error_set(&request->error, ERR_IO, "the disk is full");
	assert_int_equal(fallback_choose(f.run.app.plugins, f.list, 1, again, &count, &err), 0);
	assert_int_equal(count, 0);
	fallback_settle(request);
	assert_string_equal(request->error.text, "ca.example.test: it is down; "
						 "second.example.test: the disk is full");
	tear_down(&f);
}

static void test_second_is_asked_for_names_that_the_first_refused(void **state)
{
	struct fixture f;
	struct issue_request *request = &f.requests[0], *again[1];
	AUTO(error) struct error err = ERROR_INIT;
	size_t count = 0;

	set_up(&f);
	give_option(&f.run, "allow_subset_of_names=true");
	acme_identifiers_add(&request->identifiers, ACME_IDENTIFIER_DNS, "bad.test");
	assert_int_equal(issue(&f, 1), 0);
	assert_int_equal(request->identifiers.count, 1);
	assert_int_equal(request->dropped.count, 1);
	open_second(&f, request);
	request->is_cas_fault = true;
	assert_int_equal(fallback_choose(f.run.app.plugins, f.list, 1, again, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(request->dropped.count, 0);
	assert_int_equal(request->identifiers.count, 2);
	assert_string_equal(request->identifiers.items[1].value, "bad.test");
	tear_down(&f);
}

/* A conf that was edited by hand. */
static void test_places_beyond_the_last_are_told(void **state)
{
	struct fixture f;

	set_up(&f);
	free(save_account(SECOND));
	for (size_t i = 0; i <= FALLBACK_MAX; i++)
		settings_push(f.run.settings, "fallback_servers", SECOND, ORIGIN_COMMAND_LINE);
	fallback_open(f.run.app.cas, &f.requests[0]);
	assert_int_equal(f.requests[0].fallback_count, FALLBACK_MAX);
	assert_has(&f.run.logged, "Only the first 8 CAs");
	tear_down(&f);
}

/* ---- Reports, questions ---- */

static void test_only_failed_challenges_are_reported(void **state)
{
	char value[] = "bad.test";
	const struct acme_identifier name = {ACME_IDENTIFIER_DNS, value};
	struct fixture f;
	struct issue_request *request = &f.requests[0];

	set_up(&f);
	acme_failures_add(&request->failures, &name, "dns", "no address");
	error_set(&request->error, ERR_ACME, "refused");
	issue_report_failures(&f.run.ui, request);
	assert_int_equal(f.run.said.len, 0);
	error_release(&request->error);
	error_set(&request->error, ERR_CHALLENGE, "failed");
	issue_report_failures(&f.run.ui, request);
	assert_has(&f.run.said, "(authenticator: files)");
	assert_has(&f.run.said, "  Identifier: bad.test\n  Type:   dns\n  Detail: no address\n");
	assert_has(&f.run.said, "Hint: open port 80.");
	tear_down(&f);
}

static void test_authenticator_is_configured_for_names_that_it_can_validate(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	assert_int_equal(issue_configure(&f.requests[0], &err), ERR_REFUSED);
	assert_int_equal(configured.calls, 1);
	assert_ptr_equal(configured.identifiers, &f.requests[0].identifiers);
	error_release(&err);
	acme_identifiers_add(&f.requests[1].identifiers, ACME_IDENTIFIER_DNS, "*.good.test");
	assert_int_equal(issue_configure(&f.requests[1], &err), ERR_CONFIG);
	assert_int_equal(configured.calls, 1);
	tear_down(&f);
}

/* ---- Signals. They come last: one stays noted for the rest of the process. ---- */

static void test_signal_on_the_way_to_an_order_takes_its_lineage_back(void **state)
{
	struct fixture f;

	set_up(&f);
	f.requests[0].new_name = "new.test";
	signals_install();
	seen.raises_signal = true;
	assert_int_equal(issue(&f, 1), ERR_CANCELLED);
	assert_int_equal(f.requests[0].error.code, ERR_CANCELLED);
	assert_int_equal(seen.orders, 0);
	assert_true(seen.found_lineage);
	assert_int_not_equal(access(ARCHIVE, F_OK), 0);
	tear_down(&f);
}

static void test_signal_before_the_orders_leaves_earlier_errors(void **state)
{
	struct fixture f;

	set_up(&f);
	assert_int_not_equal(signals_pending(), 0);
	error_set(&f.requests[1].error, ERR_NOT_FOUND, "found earlier");
	assert_int_equal(issue(&f, COUNT), ERR_CANCELLED);
	assert_int_equal(f.requests[0].error.code, ERR_CANCELLED);
	assert_int_equal(f.requests[1].error.code, ERR_NOT_FOUND);
	assert_int_equal(f.requests[2].error.code, ERR_CANCELLED);
	assert_int_equal(seen.requests, 0);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_empty_batch_asks_nothing),
		scratch_test(test_requests_that_cannot_be_ordered_stop_no_other),
		scratch_test(test_request_without_names_fails_alone),
		scratch_test(test_each_request_gets_the_answer_to_its_own_order),
		scratch_test(test_lineage_of_a_refused_order_is_taken_back),
		scratch_test(test_failed_names_are_dropped_and_the_rest_is_ordered),
		scratch_test(test_all_names_are_wanted_unless_said_otherwise),
		scratch_test(test_no_second_order_when_every_name_failed),
		scratch_test(test_another_ca_is_asked_for_reasons_of_the_first_alone),
		scratch_test(test_only_requests_with_another_ca_go_there),
		scratch_test(test_rehearsal_stays_with_the_first),
		scratch_test(test_what_counts_as_a_failure_of_the_ca),
		scratch_test(test_outage_of_the_first_stays_when_all_fail),
		scratch_test(test_local_error_at_the_second_ends_the_search),
		scratch_test(test_second_is_asked_for_names_that_the_first_refused),
		scratch_test(test_places_beyond_the_last_are_told),
		scratch_test(test_only_failed_challenges_are_reported),
		scratch_test(test_authenticator_is_configured_for_names_that_it_can_validate),
		scratch_test(test_signal_on_the_way_to_an_order_takes_its_lineage_back),
		scratch_test(test_signal_before_the_orders_leaves_earlier_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
