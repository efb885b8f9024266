/*
 * A process that forks children for us: this program, started again under a name of its own before
 * it has met a secret or a stranger, which forks each child that is asked for. Starting the program
 * costs 1.1 ms each time, most of it for relocating libcrypto; a fork costs 0.12 ms.
 *
 * The children share the layout of their memory with each other, not with us. The zygote keeps its
 * rights, reads nothing but our orders, and ends when we do.
 *
 * 	zygote_enable();                     in main(), if it calls zygote_main() for ZYGOTE_NAME
 * 	process_spawn_self(...)              uses it from then on
 * 	zygote_stop();                       at the end of main()
 */
#ifndef OS_PROCESS_ZYGOTE_H
#define OS_PROCESS_ZYGOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"
#include "base/strvec.h"

/* Its argv[0]. */
#define ZYGOTE_NAME "certbot: children"

/* A child to start; all borrowed. */
struct zygote_child {
	const char *const *argv;          /* NULL-terminated */
	const struct strvec *environment; /* "NAME=value" */
	const int *fds;                   /* its descriptors from 2 on; 0 and 1 are /dev/null */
	size_t fd_count;
};

/* Says that this program calls zygote_main(). Without that there is no zygote. */
void zygote_enable(void);
/* Starts a child, and before the first one the zygote. False: there is none, or it cannot; then the
 * caller starts the child itself. */
bool zygote_start(const struct zygote_child *child, pid_t *ret_pid) WARN_UNUSED;
/* Waits that long for a child to end by itself, then kills it. False: there is no zygote. */
bool zygote_end(pid_t pid, int64_t patience_ms) WARN_UNUSED;
/* Ends the zygote; its children must have been ended. */
void zygote_stop(void);

/* Takes orders until the channel is closed, and then ends the process. `run` is called in each
 * child, with argv[0] as its name, and returns its exit status. */
void zygote_main(char **argv, int (*run)(int argc, char **argv)) __attribute__((noreturn));

#endif
