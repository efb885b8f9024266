/*
 * Starting threads (see thread.h). A thread inherits the mask of the one that starts it: there is
 * no moment in which it could be chosen for a signal.
 */
#include "os/thread.h"

#include <signal.h>
#include <unistd.h>

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

size_t thread_spare_processors(size_t most)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t spare = processors > 1 ? (size_t)processors - 1 : 0;

	return spare < most ? spare : most;
}
