/*
 * Threads that take turns (see crew.h), so that a provider's code can be written as if it were
 * alone. The calling thread hands the turn to each worker that can go on; a worker hands it back
 * when it has to wait. When all of them wait, the caller waits for what any of them waits for.
 */
#include "dns/crew.h"

#include <errno.h>
#include <semaphore.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/thread.h"
#include "plugin/plugin.h"

enum {
	CREW_SIZE = 8, /* the HTTP client makes what exceeds its connections wait */
	/* Time limit of a name server's answer: Certbot's. */
	ASK_TIMEOUT_MS = 45 * 1000,
};

enum worker_state {
	READY,
	WAITS_FOR_HTTP,
	WAITS_FOR_ANSWERS,
	WAITS_FOR_CLOCK,
	ENDED,
};

struct crew {
	const struct plugin_host *host;
	dns_crew_fn *work;
	void *context;
	sem_t back;           /* the turn comes back to the caller */
	struct error stopped; /* why nothing is waited for any more */
};

struct dns_worker {
	struct crew *crew;
	pthread_t thread;
	sem_t turn;
	enum worker_state state;
	size_t index; /* of the item */
	struct http_response *response;
	struct dns_question *questions;
	size_t count;
	int64_t until_ms;
	struct error *err; /* where a wait that fails says why */
};

/* A signal wakes the wait without a turn; what it means is for the caller's loop to decide. */
static void take_turn(sem_t *turn)
{
	while (sem_wait(turn) < 0 && errno == EINTR) {
	}
}

/* --- the workers' side --- */

/* Lets others work until what the worker waits for has arrived. */
static int wait_for(struct dns_worker *worker, enum worker_state state, struct error *err)
{
	if (error_is_set(&worker->crew->stopped))
		return error_copy(err, &worker->crew->stopped);
	worker->state = state;
	worker->err = err;
	sem_post(&worker->crew->back);
	take_turn(&worker->turn);
	return err->code;
}

int dns_worker_http(struct dns_worker *worker, const struct plugin_host *host,
		    const struct http_request *request, struct http_response *ret_response,
		    struct error *err)
{
	if (!worker)
		return http_perform(host->provider_http, request, ret_response, err);
	if (error_is_set(&worker->crew->stopped))
		return error_copy(err, &worker->crew->stopped);
	http_start(host->provider_http, request, worker);
	worker->response = ret_response;
	if (wait_for(worker, WAITS_FOR_HTTP, err) < 0)
		return err->code;
	ret_response->tag = NULL;
	if (error_is_set(&ret_response->error))
		return error_move(err, &ret_response->error);
	return 0;
}

int dns_worker_ask(struct dns_worker *worker, const struct plugin_host *host,
		   struct dns_question *questions, size_t count, struct error *err)
{
	if (!worker)
		return dns_client_ask(host->dns, questions, count, ASK_TIMEOUT_MS, err);
	worker->questions = questions;
	worker->count = count;
	return wait_for(worker, WAITS_FOR_ANSWERS, err);
}

static int sleep_until(const struct plugin_host *host, int64_t until_ms, struct error *err)
{
	if (host->clock->sleep_until(host->clock->context, until_ms) < 0)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	return 0;
}

int dns_worker_pause(struct dns_worker *worker, const struct plugin_host *host, int64_t ms,
		     struct error *err)
{
	int64_t until_ms = clock_mono_ms(host->clock) + ms;

	if (!worker)
		return sleep_until(host, until_ms, err);
	worker->until_ms = until_ms;
	return wait_for(worker, WAITS_FOR_CLOCK, err);
}

/* The memory of one thread is seen by the next because a semaphore hands over the turn. */
static void *run_worker(void *argument)
{
	struct dns_worker *worker = argument;

	take_turn(&worker->turn);
	worker->crew->work(worker->crew->context, worker->index, worker);
	worker->state = ENDED;
	sem_post(&worker->crew->back);
	return NULL;
}

/* --- the caller's side --- */

static size_t count_in(const struct dns_worker *workers, size_t count, enum worker_state state)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += workers[i].state == state;
	return found;
}

/* Asks all name servers that workers wait for at once. */
static int ask_for_all(struct crew *crew, struct dns_worker *workers, size_t count,
		       struct error *err)
{
	struct dns_question *all;
	size_t total = 0, at = 0;
	int rc;

	for (size_t i = 0; i < count; i++)
		total += workers[i].state == WAITS_FOR_ANSWERS ? workers[i].count : 0;
	all = xcalloc(total, sizeof(*all));
	for (size_t i = 0; i < count; i++) {
		if (workers[i].state != WAITS_FOR_ANSWERS)
			continue;
		memcpy(&all[at], workers[i].questions, workers[i].count * sizeof(*all));
		at += workers[i].count;
	}
	rc = dns_client_ask(crew->host->dns, all, total, ASK_TIMEOUT_MS, err);
	at = 0;
	for (size_t i = 0; i < count; i++) {
		if (workers[i].state != WAITS_FOR_ANSWERS)
			continue;
		/* Also after an error: answers that arrived, and what they own, belong to the
		 * worker. */
		memcpy(workers[i].questions, &all[at], workers[i].count * sizeof(*all));
		at += workers[i].count;
		if (rc == 0)
			workers[i].state = READY;
	}
	free(all);
	return rc;
}

/* When the earliest pause ends, or -1. */
static int64_t next_end(const struct dns_worker *workers, size_t count)
{
	int64_t earliest = -1;

	for (size_t i = 0; i < count; i++)
		if (workers[i].state == WAITS_FOR_CLOCK &&
		    (earliest < 0 || workers[i].until_ms < earliest))
			earliest = workers[i].until_ms;
	return earliest;
}

/* Without waiting: several answers may have arrived while one worker was at work. */
static void wake_ready(struct crew *crew, struct dns_worker *workers, size_t count)
{
	int64_t now = clock_mono_ms(crew->host->clock);

	for (size_t i = 0; i < count; i++) {
		struct dns_worker *worker = &workers[i];

		if (worker->state == WAITS_FOR_HTTP &&
		    http_take(crew->host->provider_http, worker, worker->response))
			worker->state = READY;
		else if (worker->state == WAITS_FOR_CLOCK && worker->until_ms <= now)
			worker->state = READY;
	}
}

/* Waits until at least one worker can go on. All of them wait for something. */
static int wait_for_some(struct crew *crew, struct dns_worker *workers, size_t count,
			 struct error *err)
{
	int64_t end_ms = next_end(workers, count), left_ms = -1;
	int rc = 0;

	if (count_in(workers, count, WAITS_FOR_ANSWERS))
		return ask_for_all(crew, workers, count, err);
	wake_ready(crew, workers, count);
	if (count_in(workers, count, READY))
		return 0;
	if (end_ms >= 0) {
		left_ms = end_ms - clock_mono_ms(crew->host->clock);
		left_ms = left_ms > 0 ? left_ms : 0;
	}
	if (count_in(workers, count, WAITS_FOR_HTTP))
		rc = http_wait(crew->host->provider_http, left_ms, err);
	else
		rc = sleep_until(crew->host, end_ms, err);
	if (rc >= 0)
		wake_ready(crew, workers, count);
	return rc < 0 ? rc : 0;
}

/* Ends all waiting, also that of workers to come. */
static void stop_all(struct crew *crew, struct dns_worker *workers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dns_worker *worker = &workers[i];

		if (worker->state == WAITS_FOR_HTTP)
			http_drop(crew->host->provider_http, worker);
		if (worker->state == READY || worker->state == ENDED)
			continue;
		error_copy(worker->err, &crew->stopped);
		worker->state = READY;
	}
}

/* Gives every worker that is ready its turn. */
static void give_turns(struct crew *crew, struct dns_worker *workers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (workers[i].state != READY)
			continue;
		sem_post(&workers[i].turn);
		take_turn(&crew->back);
	}
}

/* Starts a thread for the next item. Without one, the item is worked on here and now. */
static void hire(struct crew *crew, struct dns_worker *worker, size_t index)
{
	*worker = (struct dns_worker){.crew = crew, .state = READY, .index = index};
	sem_init(&worker->turn, 0, 0);
	if (thread_start(&worker->thread, run_worker, worker) == 0)
		return;
	sem_destroy(&worker->turn);
	worker->state = ENDED;
	worker->crew = NULL;
	crew->work(crew->context, index, NULL);
}

/* The item may have been worked on without a thread. */
static void dismiss(struct dns_worker *worker)
{
	if (!worker->crew)
		return;
	pthread_join(worker->thread, NULL);
	sem_destroy(&worker->turn);
	worker->crew = NULL;
}

static void work_on(struct crew *crew, size_t total)
{
	struct dns_worker workers[CREW_SIZE];
	size_t count = total < CREW_SIZE ? total : CREW_SIZE, next = 0;

	while (next < count) {
		hire(crew, &workers[next], next);
		next++;
	}
	while (next < total || count_in(workers, count, ENDED) < count) {
		give_turns(crew, workers, count);
		for (size_t i = 0; i < count; i++) {
			if (workers[i].state != ENDED)
				continue;
			dismiss(&workers[i]);
			if (next < total)
				hire(crew, &workers[i], next++);
		}
		if (!count_in(workers, count, READY) && count_in(workers, count, ENDED) < count &&
		    wait_for_some(crew, workers, count, &crew->stopped) < 0)
			stop_all(crew, workers, count);
	}
	for (size_t i = 0; i < count; i++)
		dismiss(&workers[i]);
}

void dns_crew_run(const struct plugin_host *host, dns_crew_fn *work, void *context, size_t count)
{
	struct crew crew = {.host = host, .work = work, .context = context};

	/* Nothing to take turns with. */
	if (count == 1) {
		work(context, 0, NULL);
		return;
	}
	sem_init(&crew.back, 0, 0);
	work_on(&crew, count);
	sem_destroy(&crew.back);
	error_release(&crew.stopped);
}
