/* The event loop with scripted machines and a fake HTTP client: waves, isolation, cancelling. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "acme/server.h"
#include "app/fake_http.h"
#include "app/issue/driver.h"
#include "app/verbs/invocation.h"
#include "base/alloc.h"
#include "os/signals.h"

/* A machine that sends `requests`, presents one challenge, sends once more, and ends. */
struct script {
	int requests;
	bool fails_early;
	int step;
	bool validated;
	struct acme_challenge challenge;
	struct driver_task task;
	bool ended;
};

static int script_step(void *machine, const struct acme_reply *reply, int64_t now_ms,
		       struct acme_action *ret_action, struct error *err)
{
	struct script *script = machine;

	if (!reply && script->step % 2 && script->step != 2 * script->requests + 1) {
		ret_action->kind = ACME_ACTION_WAIT;
		ret_action->wait_until_ms = INT64_MAX;
		return 0;
	}
	if (reply)
		script->step++;
	if (script->fails_early && script->step)
		return error_set(err, ERR_ACME, "refused");
	if (script->step == 2 * script->requests) {
		script->step++;
		ret_action->kind = ACME_ACTION_PRESENT;
		ret_action->challenges = &script->challenge;
		ret_action->challenge_count = 1;
		return 0;
	}
	if (script->step > 2 * script->requests) {
		script->validated = true;
		ret_action->kind = ACME_ACTION_DONE;
		return 0;
	}
	script->step++;
	ret_action->kind = ACME_ACTION_SEND;
	ret_action->request = (struct acme_request){.method = ACME_GET, .url = "https://ca.test/x"};
	return 0;
}

static bool script_validated(const void *machine)
{
	return ((const struct script *)machine)->validated;
}

static const struct driver_machine script_machine = {script_step, script_validated, NULL};

/* An authenticator that counts its calls. */
static struct {
	size_t presents, cleanups, last_count, tends;
	bool refuses, raises_signal, cannot_go_on;
} counts;

static int count_present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
			 struct error *err)
{
	counts.presents++;
	counts.last_count = count;
	if (counts.raises_signal)
		raise(SIGTERM);
	return counts.refuses ? error_set(err, ERR_PLUGIN, "no way") : 0;
}

static int count_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
			 struct error *err)
{
	counts.cleanups++;
	return 0;
}

static int count_tend(struct plugin_instance *instance, struct error *err)
{
	assert_true(counts.presents > counts.cleanups);
	counts.tends++;
	return counts.cannot_go_on ? error_set(err, ERR_IO, "all have died") : 0;
}

static bool nobody(void *context)
{
	return false;
}

static void silent(void *context, const char *text)
{
}

static const struct ui ui = {.is_interactive = nobody, .say = silent, .progress = silent};
static const struct plugin_host host = {.ui = &ui};

static const struct authenticator counting = {
	.present = count_present, .cleanup = count_cleanup, .tend = count_tend};
static const struct plugin counting_plugin = {.name = "counting", .authenticator = &counting};
static struct plugin_instance counting_instance = {.plugin = &counting_plugin, .host = &host};

static const struct plugin single_plugin = {
	.name = "single", .authenticator = &counting, .flags = PLUGIN_PRESENTS_SINGLY};
static struct plugin_instance single_instance = {.plugin = &single_plugin, .host = &host};

static void note_end(struct driver_task *task)
{
	((struct script *)task->machine)->ended = true;
}

struct fixture {
	struct option_table table;
	struct settings *settings;
	struct app app;
	struct driver *driver;
};

static void set_up(struct fixture *f)
{
	struct invocation_options options = {
		.verb = "certonly", .ui = &ui, .clock = clock_system()};

	memset(&counts, 0, sizeof(counts));
	option_table_init(&f->table);
	f->settings = settings_new(&f->table);
	options.settings = f->settings;
	invocation_begin(&f->app, &options);
	f->driver = driver_new(&f->app.network);
}

static void tear_down(struct fixture *f)
{
	driver_free(f->driver);
	invocation_end(&f->app);
	settings_free(f->settings);
	option_table_release(&f->table);
}

static void add(struct fixture *f, struct script *script)
{
	script->task = (struct driver_task){
		.kind = &script_machine,
		.machine = script,
		.authenticator = &counting_instance,
		.settings = f->settings,
		.label = "test",
		.done = note_end,
	};
	driver_add(f->driver, &script->task);
}

static void release(struct script *script)
{
	error_release(&script->challenge.present_error);
	error_release(&script->task.error);
}

static void test_one_wave_for_orders_of_different_length(void **state)
{
	struct fixture f;
	struct script scripts[3] = {{.requests = 1}, {.requests = 5}, {.requests = 2}};
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		add(&f, &scripts[i]);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(counts.presents, 1);
	assert_int_equal(counts.last_count, 3);
	assert_int_equal(counts.cleanups, 1);
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		assert_true(scripts[i].ended);
	tear_down(&f);
}

static void test_failure_stays_in_its_order(void **state)
{
	struct fixture f;
	struct script scripts[2] = {{.requests = 3, .fails_early = true}, {.requests = 1}};
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	add(&f, &scripts[0]);
	add(&f, &scripts[1]);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(scripts[0].task.error.code, ERR_ACME);
	assert_int_equal(scripts[1].task.error.code, 0);
	assert_int_equal(counts.last_count, 1);
	release(&scripts[0]);
	tear_down(&f);
}

static void test_refusing_authenticator_is_noted_and_cleaned_up(void **state)
{
	struct fixture f;
	struct script script = {.requests = 1};
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	counts.refuses = true;
	add(&f, &script);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_string_equal(script.challenge.present_error.text, "no way");
	assert_true(script.challenge.presented);
	assert_int_equal(counts.cleanups, 1);
	release(&script);
	tear_down(&f);
}

/* What answers the CA may have ended. Whether that matters is for the CA to say. */
static void test_an_authenticator_is_tended_while_its_wave_is_in_place(void **state)
{
	static const bool cannot_go_on[] = {false, true};

	for (size_t i = 0; i < ARRAY_LEN(cannot_go_on); i++) {
		struct fixture f;
		struct script script = {.requests = 1};
		AUTO(error) struct error err = ERROR_INIT;

		set_up(&f);
		counts.cannot_go_on = cannot_go_on[i];
		add(&f, &script);
		assert_int_equal(driver_run(f.driver, &err), 0);
		assert_true(counts.tends > 0);
		assert_true(script.ended);
		assert_int_equal(script.task.error.code, 0);
		tear_down(&f);
	}
}

static void test_parallel_limit_makes_several_waves(void **state)
{
	struct fixture f;
	struct script scripts[4] = {
		{.requests = 1}, {.requests = 1}, {.requests = 1}, {.requests = 1}};
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	driver_set_parallel(f.driver, 2);
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		add(&f, &scripts[i]);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(counts.presents, 2);
	assert_int_equal(counts.cleanups, 2);
	tear_down(&f);
}

static int no_pause(void *context, struct plugin_task *tasks, size_t count, struct error *err)
{
	return 0;
}

static int late_step(void *machine, const struct acme_reply *reply, int64_t now_ms,
		     struct acme_action *ret_action, struct error *err)
{
	bool *waited = machine;

	ret_action->kind = *waited ? ACME_ACTION_DONE : ACME_ACTION_WAIT;
	ret_action->wait_until_ms = now_ms + 50;
	*waited = true;
	return 0;
}

static size_t presents_before;

static void note_presents(struct driver_task *task)
{
	presents_before = counts.presents;
}

/* How often the authenticator has been called when the last of its orders gets somewhere. */
static size_t count_presents_before_the_last(driver_presented_fn *presented)
{
	static const struct driver_machine late_machine = {.step = late_step};
	struct fixture f;
	bool waited = false;
	struct script script = {.requests = 1};
	struct driver_task late = {.kind = &late_machine,
				   .machine = &waited,
				   .authenticator = &single_instance,
				   .label = "late",
				   .done = note_presents};
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	add(&f, &script);
	script.task.authenticator = &single_instance;
	driver_add(f.driver, &late);
	driver_on_presented(f.driver, presented, NULL);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(counts.presents, 1);
	tear_down(&f);
	return presents_before;
}

static void test_where_it_costs_nothing_no_order_waits_for_the_others(void **state)
{
	assert_int_equal(count_presents_before_the_last(NULL), 1);
}

static void test_a_person_is_shown_all_challenges_at_once(void **state)
{
	assert_int_equal(count_presents_before_the_last(no_pause), 0);
}

/* A machine that is parked for a minute, unless a reply to another one ends that. */
struct parked {
	struct acme_server *server;
	bool yields;
	int steps, *count;
	int ended_as; /* its number in `count` */
};

static int parked_step(void *machine, const struct acme_reply *reply, int64_t now_ms,
		       struct acme_action *ret_action, struct error *err)
{
	struct parked *parked = machine;

	if (parked->steps && parked->count)
		parked->ended_as = ++*parked->count;
	ret_action->kind = parked->steps++ ? ACME_ACTION_DONE : ACME_ACTION_WAIT;
	ret_action->wait_until_ms = now_ms + 60 * 1000;
	ret_action->parking.server = parked->server;
	ret_action->parking.yields = parked->yields;
	return 0;
}

static const struct driver_machine parked_machine = {.step = parked_step};

static void test_reply_to_another_wakes_a_parked_machine(void **state)
{
	const struct clock *clock = clock_system();
	int64_t start_ms = clock->mono_ms(clock->context);
	AUTO(acme_server) struct acme_server *server = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	struct fixture f;
	struct script script = {.requests = 2};
	struct parked parked = {.steps = 0};
	struct driver_task task = {.kind = &parked_machine, .machine = &parked, .label = "parked"};

	assert_int_equal(acme_server_new("https://ca.test/dir", &server, &err), 0);
	parked.server = server;
	set_up(&f);
	driver_add(f.driver, &task);
	add(&f, &script);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(parked.steps, 2);
	assert_true(clock->mono_ms(clock->context) - start_ms < 30 * 1000);
	tear_down(&f);
}

static void test_a_machine_that_yields_is_woken_after_the_others(void **state)
{
	int count = 0;
	AUTO(acme_server) struct acme_server *server = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	struct fixture f;
	struct script script = {.requests = 2};
	struct parked parked[3] = {{.yields = true}, {.yields = false}, {.yields = true}};
	struct driver_task tasks[3];

	assert_int_equal(acme_server_new("https://ca.test/dir", &server, &err), 0);
	set_up(&f);
	for (size_t i = 0; i < ARRAY_LEN(parked); i++) {
		parked[i].server = server;
		parked[i].count = &count;
		tasks[i] = (struct driver_task){
			.kind = &parked_machine, .machine = &parked[i], .label = "parked"};
		driver_add(f.driver, &tasks[i]);
	}
	add(&f, &script);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(parked[1].ended_as, 1);
	assert_int_equal(parked[0].ended_as, 2);
	assert_int_equal(parked[2].ended_as, 3);
	tear_down(&f);
}

/* A machine that sends several requests at once and gives up with the first reply. */
static int burst_step(void *machine, const struct acme_reply *reply, int64_t now_ms,
		      struct acme_action *ret_action, struct error *err)
{
	int *left = machine;

	if (reply)
		return error_set(err, ERR_ACME, "refused");
	if (*left) {
		ret_action->kind = ACME_ACTION_SEND;
		ret_action->request = (struct acme_request){
			.id = (*left)--, .method = ACME_GET, .url = "https://ca.test/x"};
	} else {
		ret_action->wait_until_ms = INT64_MAX;
	}
	return 0;
}

/* The client outlives the loop: what comes after it must not be given the replies of a task that
 * has ended, and whose memory may be gone. */
static void test_requests_of_a_failed_order_are_dropped(void **state)
{
	static const struct driver_machine burst_machine = {.step = burst_step};
	struct http_client *http;
	struct fixture f;
	int left = 5;
	struct driver_task burst = {.kind = &burst_machine, .machine = &left, .label = "burst"};
	struct script next = {.requests = 2};
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	assert_int_equal(network_http(&f.app.network, &http, &err), 0);
	http->given_at_most = 1;
	driver_add(f.driver, &burst);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_int_equal(burst.error.code, ERR_ACME);
	error_release(&burst.error);
	assert_int_equal(http->given, 1);
	assert_int_equal(http_pending(http, f.driver), 0);
	assert_int_equal(burst.in_flight, 0);

	http->given_at_most = 0;
	memset(&burst, 0, sizeof(burst));
	driver_free(f.driver);
	f.driver = driver_new(&f.app.network);
	add(&f, &next);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_true(next.validated);
	assert_int_equal(http->given, 1 + next.requests);
	assert_int_equal(burst.in_flight, 0);
	tear_down(&f);
}

/* Whoever shares the client gets his replies himself. The loop must not take their tags for its
 * own. */
static void test_replies_to_others_are_left_alone(void **state)
{
	struct http_client *http;
	struct fixture f;
	struct script script = {.requests = 3};
	const struct http_request foreign = {.asker = &f, .url = "https://ocsp.test/"};
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;
	char tag;

	http_response_init(&response);
	set_up(&f);
	assert_int_equal(network_http(&f.app.network, &http, &err), 0);
	http_start(http, &foreign, &tag);
	add(&f, &script);
	assert_int_equal(driver_run(f.driver, &err), 0);
	assert_true(script.validated);
	assert_int_equal(http->given, script.requests);
	assert_int_equal(http_poll(http, &f, 0, &response, &err), 1);
	assert_ptr_equal(response.tag, &tag);
	tear_down(&f);
}

/* Last: the signal stays noted for the rest of the process. */
static void test_signal_cleans_up_and_ends_every_task(void **state)
{
	struct fixture f;
	struct script scripts[2] = {{.requests = 1}, {.requests = 1}};
	AUTO(error) struct error err = ERROR_INIT;

	signals_install();
	set_up(&f);
	counts.raises_signal = true;
	driver_set_parallel(f.driver, 1);
	add(&f, &scripts[0]);
	add(&f, &scripts[1]);
	assert_int_equal(driver_run(f.driver, &err), ERR_CANCELLED);
	assert_int_equal(counts.cleanups, 1);
	assert_true(scripts[0].ended && scripts[1].ended);
	assert_int_equal(scripts[1].task.error.code, ERR_CANCELLED);
	release(&scripts[0]);
	release(&scripts[1]);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_wave_for_orders_of_different_length),
		cmocka_unit_test(test_failure_stays_in_its_order),
		cmocka_unit_test(test_refusing_authenticator_is_noted_and_cleaned_up),
		cmocka_unit_test(test_an_authenticator_is_tended_while_its_wave_is_in_place),
		cmocka_unit_test(test_parallel_limit_makes_several_waves),
		cmocka_unit_test(test_where_it_costs_nothing_no_order_waits_for_the_others),
		cmocka_unit_test(test_a_person_is_shown_all_challenges_at_once),
		cmocka_unit_test(test_reply_to_another_wakes_a_parked_machine),
		cmocka_unit_test(test_a_machine_that_yields_is_woken_after_the_others),
		cmocka_unit_test(test_requests_of_a_failed_order_are_dropped),
		cmocka_unit_test(test_replies_to_others_are_left_alone),
		cmocka_unit_test(test_signal_cleans_up_and_ends_every_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
