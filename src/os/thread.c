/*
 * Starting threads (see thread.h). A thread inherits the mask of the one that starts it: there is
 * no moment in which it could be chosen for a signal.
 */
#include "os/thread.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
	THREAD_MOST_PROBED = 8,
	/* Besides the caller's. */
	MOST_SHARING = 7,
};

int thread_start(pthread_t *ret_thread, void *(*run)(void *context), void *context)
{
	sigset_t all, before;
	int failure;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(ret_thread, NULL, run, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure;
}

/* Waits until the starter has counted. */
static void *pass_gate(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

bool thread_can_start(size_t count)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[THREAD_MOST_PROBED];
	size_t started = 0;

	pthread_mutex_lock(&gate);
	while (started < count && started < THREAD_MOST_PROBED &&
	       thread_start(&threads[started], pass_gate, &gate) == 0)
		started++;
	pthread_mutex_unlock(&gate);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return started == count;
}

size_t thread_spare_processors(size_t most)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t spare = processors > 1 ? (size_t)processors - 1 : 0;

	return spare < most ? spare : most;
}

struct share {
	atomic_size_t next;
	size_t count;
	void (*run)(void *context, size_t index);
	void *context;
};

static void *run_share(void *context)
{
	struct share *share = context;
	size_t index;

	while ((index = atomic_fetch_add(&share->next, 1)) < share->count)
		share->run(share->context, index);
	return NULL;
}

/* Where no thread can be started, the caller's does everything. */
void thread_share(size_t count, void (*run)(void *context, size_t index), void *context)
{
	struct share share = {.count = count, .run = run, .context = context};
	pthread_t helpers[MOST_SHARING];
	size_t most = count ? count - 1 : 0, wanted, started = 0;

	wanted = thread_spare_processors(most < MOST_SHARING ? most : MOST_SHARING);
	while (started < wanted && thread_start(&helpers[started], run_share, &share) == 0)
		started++;
	run_share(&share);
	while (started-- > 0)
		pthread_join(helpers[started], NULL);
}
