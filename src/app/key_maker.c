/*
 * Threads that take one request after the other (see key_maker.h). They block all signals; the
 * caller's thread works too, and everybody stops at the key in hand when a signal has come.
 */
#include "app/key_maker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "app/keys.h"
#include "os/signals.h"

#define MAX_HELPERS 15

struct maker {
	struct issue_request *const *requests;
	size_t count;
	atomic_size_t taken;
};

/* False when there is nothing more to do. */
static bool make_next(struct maker *maker)
{
	size_t index = atomic_fetch_add(&maker->taken, 1);
	AUTO(error) struct error failure = ERROR_INIT;
	struct issue_request *request;

	if (index >= maker->count || signals_pending())
		return false;
	request = maker->requests[index];
	if (!request->csr && !request->key &&
	    keys_for_lineage(request->settings, request->lineage, &request->key, &failure) < 0)
		error_move(&request->error, &failure);
	return true;
}

static void *help(void *context)
{
	while (make_next(context)) {
	}
	return NULL;
}

static size_t start_helpers(struct maker *maker, pthread_t *helpers)
{
	long wanted = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	size_t count = 0;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while ((long)count < wanted && count < MAX_HELPERS && count + 1 < maker->count &&
	       pthread_create(&helpers[count], NULL, help, maker) == 0)
		count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return count;
}

int key_maker_run(struct app *app, struct issue_request *const *requests, size_t count,
		  struct error *err)
{
	struct maker maker = {.requests = requests, .count = count};
	pthread_t helpers[MAX_HELPERS];
	size_t helper_count = start_helpers(&maker, helpers);

	while (make_next(&maker))
		ui_progress(app->ui, "Making keys (%zu of %zu)", atomic_load(&maker.taken), count);
	while (helper_count-- > 0)
		pthread_join(helpers[helper_count], NULL);
	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	return 0;
}
