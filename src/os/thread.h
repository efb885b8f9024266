/*
 * Threads beside the one that the program began with. They block all signals, so that these reach
 * the first thread, which unwinds and cleans up.
 */
#ifndef OS_THREAD_H
#define OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

/* 0, or the errno for which there can be none. To be waited for with pthread_join(). */
int thread_start(pthread_t *ret_thread, void *(*run)(void *context), void *context) WARN_UNUSED;
/* What to do where no thread can be started. */
#define THREAD_LIMIT_HINT                                                                          \
	"this user may start no more processes or threads: raise the limit (ulimit -u, "           \
	"LimitNPROC=, TasksMax=)"
/* False when this user may not have so many more threads now (RLIMIT_NPROC, a cgroup's limit). */
bool thread_can_start(size_t count);

/* How many threads beside the caller's find a processor free, `most` at most. */
size_t thread_spare_processors(size_t most);

#endif
