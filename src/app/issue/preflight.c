/*
 * The pre-flight (see preflight.h). Keys are made by threads that take one request after another.
 * The caller's thread works too, and everybody stops at the key in hand when a signal has come.
 */
#include "app/issue/preflight.h"

#include <stdatomic.h>

#include "app/issue/keys.h"
#include "os/signals.h"
#include "os/thread.h"

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
	if (!error_is_set(&request->error) && !request->csr && !request->key &&
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

int preflight_run(struct app *app, struct issue_request *const *requests, size_t count,
		  struct error *err)
{
	struct maker maker = {.requests = requests, .count = count};
	size_t wanted = thread_spare_processors(count < MAX_HELPERS ? count : MAX_HELPERS);
	pthread_t helpers[MAX_HELPERS];
	size_t helper_count = 0;

	while (count > 1 && helper_count < wanted &&
	       thread_start(&helpers[helper_count], help, &maker) == 0)
		helper_count++;
	while (make_next(&maker))
		if (count > 1)
			ui_progress(app->ui, "Making keys (%zu of %zu)", atomic_load(&maker.taken),
				    count);
	while (helper_count-- > 0)
		pthread_join(helpers[helper_count], NULL);
	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	return 0;
}
