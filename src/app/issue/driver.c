/*
 * The event loop (see driver.h). It decides nothing about the protocol: machines say what to send,
 * how long to wait and when challenges are wanted; the loop performs it, in waves.
 */
#include "app/issue/driver.h"

#include "acme/account.h"
#include "acme/order/order.h"
#include "acme/server.h"
#include "app/issue/task_queue.h"
#include "app/issue/wave.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/output/result.h"
#include "net/http/http.h"
#include "os/signals.h"

/* Time allowed for one request, from connect to the last byte (milliseconds). As Certbot's network
 * timeout. */
#define REQUEST_TIMEOUT_MS 45000
/* Longest wait without a look at what the progress line should say. */
#define PROGRESS_TICK_MS 1000
/* A task that waits longer than this does not hold up the wave of its authenticator. A CA that is
 * polled in a minute (Retry-After) would otherwise keep a thousand others from having their
 * challenges put in place. */
#define LONG_WAIT_MS 5000

struct driver {
	struct network *network;
	struct http_client *http;
	struct driver_task **tasks;
	size_t count, capacity;
	size_t started; /* tasks[0..started) have begun */
	size_t active;  /* of those, how many have not ended */
	size_t ended;   /* how many are no longer among `tasks` */
	size_t parallel;
	int64_t begun_ms;          /* when it began to run */
	struct task_queue waiting; /* of those that have begun */
	struct wave_list waves;
	struct flight *flights; /* newest first */
	void (*turned)(void *context);
	void *turned_context;
};

/* One request on its way, so that its reply finds task and slot again. */
struct flight {
	struct driver_task *task;
	int id;
	struct flight *next, *previous;
};

static int step_order(void *machine, const struct acme_reply *reply, int64_t now_ms,
		      struct acme_action *ret_action, struct error *err)
{
	return acme_order_step(machine, reply, now_ms, ret_action, err);
}

static bool order_validated(const void *machine)
{
	return acme_order_validated(machine);
}

static const char *order_state_name(const void *machine)
{
	return acme_order_state_name(machine);
}

static int step_exchange(void *machine, const struct acme_reply *reply, int64_t now_ms,
			 struct acme_action *ret_action, struct error *err)
{
	return acme_exchange_step(machine, reply, now_ms, ret_action, err);
}

/* The only two kinds: orders, which have challenges, and everything else that takes a few
 * requests. */
const struct driver_machine driver_order_machine = {step_order, order_validated, order_state_name};
const struct driver_machine driver_exchange_machine = {step_exchange, NULL, NULL};

struct driver *driver_new(struct network *network)
{
	struct driver *driver = XNEW(struct driver);

	driver->network = network;
	return driver;
}

void driver_free(struct driver *driver)
{
	if (!driver)
		return;
	wave_list_release(&driver->waves);
	task_queue_release(&driver->waiting);
	free(driver->tasks);
	free(driver);
}

void driver_set_parallel(struct driver *driver, size_t parallel)
{
	driver->parallel = parallel;
}

void driver_on_presented(struct driver *driver, driver_presented_fn *presented, void *context)
{
	driver->waves.presented = presented;
	driver->waves.presented_context = context;
}

void driver_on_turn(struct driver *driver, void (*turned)(void *context), void *context)
{
	driver->turned = turned;
	driver->turned_context = context;
}

void driver_add(struct driver *driver, struct driver_task *task)
{
	task->phase = DRIVER_RUNNING;
	ARRAY_GROW(driver->tasks, driver->count, driver->capacity);
	driver->tasks[driver->count++] = task;
}

bool driver_has_tasks(const struct driver *driver)
{
	return driver->ended + driver->count > 0;
}

/* `done` may add a task (an order without the names that failed), so the task is out of all lists
 * before it is called. */
static void end_task(struct driver *driver, struct driver_task *task)
{
	task_queue_remove(&driver->waiting, task);
	task->phase = DRIVER_ENDED;
	driver->active--;
	if (task->done)
		task->done(task);
}

static struct flight *start_flight(struct driver *driver, struct driver_task *task, int id)
{
	struct flight *flight = XNEW(struct flight);

	*flight = (struct flight){.task = task, .id = id, .next = driver->flights};
	if (flight->next)
		flight->next->previous = flight;
	driver->flights = flight;
	task->in_flight++;
	return flight;
}

static void end_flight(struct driver *driver, struct flight *flight)
{
	if (flight->previous)
		flight->previous->next = flight->next;
	else
		driver->flights = flight->next;
	if (flight->next)
		flight->next->previous = flight->previous;
	flight->task->in_flight--;
	free(flight);
}

/* A task that fails leaves its other requests on their way. The HTTP client outlives the loop and
 * its tasks, and whoever uses it next must not be given their replies. */
static void drop_flights(struct driver *driver)
{
	while (driver->flights) {
		http_drop(driver->http, driver->flights);
		end_flight(driver, driver->flights);
	}
}

/* Hands a machine's request to the HTTP client. Redirects are not followed for a POST: its
 * signature covers the URL (RFC 8555 section 6.4). */
static void transmit(struct driver *driver, struct driver_task *task,
		     const struct acme_request *request)
{
	static const enum http_method methods[] = {
		[ACME_GET] = HTTP_GET,
		[ACME_HEAD] = HTTP_HEAD,
		[ACME_POST] = HTTP_POST,
	};
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct http_request http = {
		.asker = driver,
		.method = methods[request->method],
		.url = request->url,
		.headers = &headers,
		.body = request->body,
		.body_len = request->body_len,
		.max_body = ACME_MAX_BODY,
		.timeout_ms = REQUEST_TIMEOUT_MS,
		.flags = request->method == ACME_POST ? 0 : HTTP_FOLLOW_REDIRECTS,
		.form = acme_request_wants_chain(request) ? CONTENT_CHAIN : CONTENT_JSON,
		.chain_start = request->chain_start,
	};

	if (request->content_type)
		headers_add(&headers, "Content-Type", request->content_type);
	if (request->accept)
		headers_add(&headers, "Accept", request->accept);
	http_start(driver->http, &http, start_flight(driver, task, request->id));
}

/* For those who follow the run by its events. */
static void tell_validated(const struct driver *driver, struct driver_task *task)
{
	const struct ui *ui = driver->network->ui;
	struct json *event;

	if (!result_takes_events(ui) || task->is_told || !task->kind->validated ||
	    !task->kind->validated(task->machine))
		return;
	task->is_told = true;
	event = json_object_new();
	json_set_string(event, "order", task->label);
	result_event(ui, EVENT_VALIDATED, event);
}

/* Steps one machine until it waits for something, wants its challenges presented, or has ended. Out
 * of the queue first: the step decides again whether and for what it waits. */
static void advance_task(struct driver *driver, struct driver_task *task,
			 const struct acme_reply *reply)
{
	task_queue_remove(&driver->waiting, task);
	for (;;) {
		struct acme_action action = {.kind = ACME_ACTION_WAIT};
		int rc = task->kind->step(task->machine, reply,
					  clock_now_ms(driver->network->clock), &action,
					  &task->error);

		/* The reply is for the first step only. */
		reply = NULL;
		/* A failed order needs no challenges any more either, whatever the CA saw. */
		if (rc == 0 && action.kind != ACME_ACTION_FAILED)
			tell_validated(driver, task);
		if (rc == 0 && action.kind == ACME_ACTION_CONFIRM) {
			if (!task->confirm || task->confirm(task, &action, &task->error) == 0)
				continue;
			rc = task->error.code;
		}
		if (rc < 0 || action.kind == ACME_ACTION_DONE ||
		    action.kind == ACME_ACTION_FAILED) {
			end_task(driver, task);
			return;
		}
		if (action.kind == ACME_ACTION_WAIT) {
			task->wake_ms = action.wait_until_ms;
			task->parking = action.parking;
			task_queue_put(&driver->waiting, task);
			return;
		}
		if (action.kind == ACME_ACTION_PRESENT) {
			task->phase = DRIVER_AT_PRESENT;
			task->challenges = action.challenges;
			task->challenge_count = action.challenge_count;
			return;
		}
		transmit(driver, task, &action.request);
	}
}

static bool is_stepping(const struct driver_task *task)
{
	return task->phase == DRIVER_RUNNING || task->phase == DRIVER_PRESENTED;
}

/* Gives an arrived response to the machine that asked for it. A task may have ended because another
 * of its requests failed; then the reply is dropped. */
static void deliver_response(struct driver *driver, struct http_response *response)
{
	struct flight *flight = response->tag;
	struct driver_task *task = flight->task;
	AUTO(acme_reply) struct acme_reply reply;

	acme_reply_init(&reply);
	reply.id = flight->id;
	end_flight(driver, flight);
	if (!is_stepping(task))
		return;
	reply.status = response->status;
	reply.headers = response->headers;
	headers_init(&response->headers);
	reply.body = STEAL(response->body);
	reply.body_len = response->body_len;
	reply.json = STEAL(response->content.json);
	cert_chain_copy(&reply.chain, &response->content.chain);
	if (error_is_set(&response->content.fault))
		error_move(&reply.fault, &response->content.fault);
	reply.maybe_sent = response->maybe_sent;
	reply.round_trip_us = response->round_trip_us;
	if (error_is_set(&response->error))
		error_move(&reply.transport, &response->error);
	advance_task(driver, task, &reply);
}

/* Steps the tasks of the list that waited for a reply to another task, but not those that begin to
 * wait meanwhile. The list changes while it is walked, because a stepped task may be appended to it
 * again at once. So the end is noted beforehand, and no task is stepped twice because of one
 * reply. */
static void step_parked_list(struct driver *driver, const struct parked_list *list, int64_t now_ms)
{
	const struct driver_task *last = list->last;
	struct driver_task *task = list->first;

	while (task) {
		struct driver_task *next = task == last ? NULL : task->next_parked;

		if (acme_parking_is_over(&task->parking, now_ms))
			advance_task(driver, task, NULL);
		else if (!list->is_mixed)
			return; /* not one of a thousand others need be asked */
		task = next;
	}
}

/* Tasks with challenges to answer come before those that only poll: validation takes the CA longest
 * and should begin early. */
static void step_parked(struct driver *driver)
{
	int64_t now_ms = clock_now_ms(driver->network->clock);

	step_parked_list(driver, &driver->waiting.ordering, now_ms);
	step_parked_list(driver, &driver->waiting.parked, now_ms);
	step_parked_list(driver, &driver->waiting.yielding, now_ms);
}

/* `parallel` bounds memory and what the CA sees, not speed: a thousand are under way by default. */
static void start_queued(struct driver *driver)
{
	while (driver->started < driver->count &&
	       (!driver->parallel || driver->active < driver->parallel)) {
		driver->active++;
		advance_task(driver, driver->tasks[driver->started++], NULL);
	}
}

/* Gives one turn to each task that is due, even if it wants another at once. All due tasks are
 * taken out before any is stepped; otherwise a task that wants its next turn at once would be the
 * only one to get turns. */
static void step_due(struct driver *driver)
{
	int64_t now = clock_now_ms(driver->network->clock);
	struct driver_task *first = NULL, **end = &first, *task;

	while ((task = task_queue_take_due(&driver->waiting, now))) {
		*end = task;
		end = &task->next_due;
	}
	*end = NULL;
	while ((task = first)) {
		first = task->next_due;
		advance_task(driver, task, NULL);
	}
}

/* Drops tasks that have ended, but only when they are more than half, so that the copying costs a
 * constant per task in the long run. */
static void drop_ended(struct driver *driver)
{
	size_t kept = 0;

	if (driver->active * 2 >= driver->started)
		return;
	for (size_t i = 0; i < driver->count; i++)
		if (driver->tasks[i]->phase != DRIVER_ENDED)
			driver->tasks[kept++] = driver->tasks[i];
	driver->ended += driver->count - kept;
	driver->started -= driver->count - kept;
	driver->count = kept;
}

/* Returns true for a task that will soon reach its challenges: its authenticator's wave waits for
 * it. */
static bool holds_wave(const struct driver *driver, const struct driver_task *task,
		       const struct plugin_instance *authenticator)
{
	return task->authenticator == authenticator && task->phase == DRIVER_RUNNING &&
	       (task->in_flight ||
		task->wake_ms - clock_now_ms(driver->network->clock) < LONG_WAIT_MS);
}

/* Standalone is presented singly, except with --debug-challenges, where people expect a single
 * pause for all. */
static bool wave_is_ready(const struct driver *driver, const struct plugin_instance *authenticator)
{
	if (wave_is_blocked(&driver->waves, authenticator))
		return false;
	if (authenticator->plugin->flags & PLUGIN_PRESENTS_SINGLY && !driver->waves.presented)
		return true;
	for (size_t i = 0; i < driver->started; i++)
		if (holds_wave(driver, driver->tasks[i], authenticator))
			return false;
	return true;
}

/* Presents the next complete wave. Returns 1 when one was presented, 0 when none is ready. One wave
 * per turn of the loop: presenting may take minutes, and signals and replies must be handled
 * between two waves. */
static int present_next(struct driver *driver, struct error *err)
{
	const struct plugin_instance *waiting = NULL;

	for (size_t i = 0; i < driver->started; i++) {
		struct driver_task *task = driver->tasks[i];
		struct wave *wave;

		/* Neighbouring tasks mostly share their authenticator, so ask once for all of
		 * them. */
		if (task->phase != DRIVER_AT_PRESENT || task->authenticator == waiting)
			continue;
		if (!wave_is_ready(driver, task->authenticator)) {
			waiting = task->authenticator;
			continue;
		}
		if (wave_would_conflict(&driver->waves, task))
			continue;
		wave = wave_collect(&driver->waves, task->authenticator, driver->tasks,
				    driver->started);
		ui_progress(driver->network->ui, "Setting up %zu challenge%s", wave_size(wave),
			    wave_size(wave) == 1 ? "" : "s");
		if (wave_present(&driver->waves, wave, err) < 0)
			return err->code;
		wave_wake(wave, &driver->waiting);
		return 1;
	}
	return 0;
}

/* Returns the milliseconds until the next task is due; -1 if none is waiting for a time. A wait of
 * 0 still polls for replies. */
static int64_t time_to_next_step(const struct driver *driver)
{
	int64_t next = task_queue_next_ms(&driver->waiting),
		now = clock_now_ms(driver->network->clock);

	if (next == INT64_MAX)
		return -1;
	return next > now ? next - now : 0;
}

static void report_progress(struct driver *driver)
{
	const char *state = NULL;
	size_t done = driver->ended + driver->started - driver->active;
	size_t total = driver->ended + driver->count;
	AUTO_FREE char *left = NULL;

	for (size_t i = 0; i < driver->started && !state; i++)
		if (is_stepping(driver->tasks[i]) && driver->tasks[i]->kind->state_name)
			state = driver->tasks[i]->kind->state_name(driver->tasks[i]->machine);
	if (!state)
		return;
	if (total == 1) {
		ui_progress(driver->network->ui, "Waiting for the CA (%s)", state);
		return;
	}
	left = ui_time_left(clock_mono_ms(driver->network->clock) - driver->begun_ms, done, total);
	ui_progress(driver->network->ui, "Waiting for the CA (%zu of %zu certificates%s, %s)", done,
		    total, left, state);
}

/* Waits for replies or for the next timer, and delivers what arrived. If there is nothing under way
 * and nothing to wait for, a machine has a bug: an error is better than a program that sleeps
 * forever. */
static int wait_and_deliver(struct driver *driver, struct error *err)
{
	const struct clock *clock = driver->network->clock;
	int64_t timeout = time_to_next_step(driver);
	int rc;

	if (!driver->flights) {
		if (timeout < 0)
			return error_set(err, ERR_INTERNAL,
					 "no request is in flight and no timer is set");
		if (timeout > PROGRESS_TICK_MS)
			timeout = PROGRESS_TICK_MS;
		if (clock->sleep_until(clock->context, clock_mono_ms(clock) + timeout) < 0)
			return 0; /* the signal is seen by the loop */
		return 0;
	}
	if (timeout < 0 || timeout > PROGRESS_TICK_MS)
		timeout = PROGRESS_TICK_MS;
	/* Take all replies that have arrived before returning, since each may let other tasks
	 * continue; the loop in the caller then steps all of them once. */
	do {
		AUTO(http_response) struct http_response response;

		http_response_init(&response);
		rc = http_poll(driver->http, driver, timeout, &response, err);
		if (rc == 1) {
			deliver_response(driver, &response);
			step_parked(driver);
		}
		timeout = 0;
	} while (rc == 1);
	return rc;
}

/* Ends all unfinished tasks with that error, after cleaning up their challenges. Tasks that were
 * never started end as well: their owners wait for `done`. */
static void abandon_tasks(struct driver *driver, const struct error *reason)
{
	wave_clean_all(&driver->waves);
	for (size_t i = 0; i < driver->count; i++) {
		struct driver_task *task = driver->tasks[i];

		if (task->phase == DRIVER_ENDED)
			continue;
		if (i >= driver->started)
			driver->active++;
		error_release(&task->error);
		error_copy(&task->error, reason);
		end_task(driver, task);
	}
	driver->started = driver->count;
}

/* The order within a turn matters: cleanup comes before presenting, because a plugin that is bound
 * to its options can present the next wave only after the last one was removed. */
static int run_until_done(struct driver *driver, struct error *err)
{
	while (driver->active || driver->started < driver->count) {
		int presented;

		if (signals_pending())
			return error_set(err, ERR_CANCELLED, "stopped by signal %d",
					 signals_pending());
		if (driver->turned)
			driver->turned(driver->turned_context);
		/* Before a task steps: the next request may tell the CA to look. */
		wave_tend_all(&driver->waves, clock_mono_ms(driver->network->clock));
		drop_ended(driver);
		start_queued(driver);
		step_due(driver);
		wave_clean_finished(&driver->waves);
		presented = present_next(driver, err);
		if (presented < 0)
			return err->code;
		if (presented || !driver->active)
			continue;
		report_progress(driver);
		if (wait_and_deliver(driver, err) < 0)
			return err->code;
	}
	return 0;
}

/* Challenges are removed on every path out, also after a signal or an error of the loop: nobody
 * would notice a record or a rule that stays. */
int driver_run(struct driver *driver, struct error *err)
{
	int rc = network_http(driver->network, &driver->http, err);

	driver->begun_ms = clock_mono_ms(driver->network->clock);
	if (rc == 0)
		rc = run_until_done(driver, err);
	if (rc < 0)
		abandon_tasks(driver, err);
	drop_flights(driver);
	wave_clean_all(&driver->waves);
	ui_progress(driver->network->ui, "%s", "");
	return rc;
}

int driver_exchange(struct network *network, struct acme_exchange *exchange, struct error *err)
{
	AUTO(driver) struct driver *driver = driver_new(network);
	struct driver_task task = {
		.kind = &driver_exchange_machine,
		.machine = exchange,
		.label = "account",
	};

	driver_add(driver, &task);
	if (driver_run(driver, err) < 0) {
		error_release(&task.error);
		return err->code;
	}
	if (error_is_set(&task.error))
		return error_move(err, &task.error);
	return 0;
}
