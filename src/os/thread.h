/*
 * Additional threads. They block all signals, so that these reach the first thread, which unwinds
 * and cleans up.
 */
#ifndef OS_THREAD_H
#define OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

/* Starts a thread, which the caller joins with pthread_join(). Returns 0 or an errno value. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *context), void *context) WARN_UNUSED;
/* The hint when no thread can be started. */
#define THREAD_LIMIT_HINT                                                                          \
	"this user may start no more processes or threads: raise the limit (ulimit -u, "           \
	"LimitNPROC=, TasksMax=)"
/* The hint for EPERM, which does not come from a limit. */
#define THREAD_FORBIDDEN_HINT                                                                      \
	"a seccomp profile forbids new threads: the container's software may be too old for "      \
	"this C library, which starts them by clone3()"
/* False when this user may not have so many more threads now (RLIMIT_NPROC, a cgroup's limit). */
bool thread_can_start(size_t count);

/* Calls `run` for each index below `count`, in several threads if there are processors for them,
 * and returns when all calls have. */
void thread_share(size_t count, void (*run)(void *context, size_t index), void *context);

/* Returns how many additional threads would each have a processor, at most `most`. */
size_t thread_spare_processors(size_t most);

#endif
