/*
 * Starting a child: shared by process_run() and process_spawn_self(). Nobody outside os/ includes
 * this.
 */
#ifndef OS_PROCESS_PROCESS_PARTS_H
#define OS_PROCESS_PROCESS_PARTS_H

#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "os/process/process.h"

enum { SPAWN_MAX_FDS = 32 };

/* posix_spawn() with its attributes and file actions. */
struct spawn_plan {
	bool is_made;
	posix_spawnattr_t attributes;
	posix_spawn_file_actions_t actions;
	int moved_fds[SPAWN_MAX_FDS]; /* copies out of the way of the child's descriptors */
	size_t moved_count;
	int last_fd;  /* last one in the child; those above are closed */
	int fd_count; /* the child's descriptors are below */
	int failure;  /* errno of what could not be prepared; 0: nothing */
};

#define SPAWN_PLAN_INIT                                                                            \
	{                                                                                          \
		.is_made = false                                                                   \
	}

/* Determines which signals of the terminal and the parent reach a child. */
enum spawn_place {
	SPAWN_IN_OUR_GROUP,
	SPAWN_IN_OWN_GROUP,
	SPAWN_IN_OWN_SESSION, /* without a terminal */
};

/* Plans a child with default signal actions, whose descriptors will be the first fd_count. The
 * caller releases the plan. */
void spawn_plan_init(struct spawn_plan *plan, enum spawn_place place, int fd_count);
void spawn_plan_release(struct spawn_plan *plan);
DEFINE_AUTO(spawn_plan, spawn_plan_release);
/* Gives the child a copy of our descriptor under the number child_fd; ours stays open here. */
void spawn_plan_give_fd(struct spawn_plan *plan, int fd, int child_fd);
/* Starts the program with the standard descriptors, those given, and no others: whoever started us
 * may have left some open. ERR_NOT_FOUND, ERR_IO. */
int spawn_plan_run(struct spawn_plan *plan, const char *program, const char *const *argv,
		   char *const *environment, pid_t *ret_pid, struct error *err) WARN_UNUSED;

/* Appends those of our variables that concern proxies, resolver and TLS, as "NAME=value". */
void spawn_network_environment(struct strvec *ret_variables);
/* Appends our variables of these names. */
void spawn_pass_variables(const char *const *names, size_t count, struct strvec *ret_variables);

/* Plans to close all descriptors from first_fd on in the child, after the actions planned so far.
 * Returns 0 or an errno value. Implemented once per platform, like the next two. */
int spawn_plan_close_from(struct spawn_plan *plan, int first_fd);
/* The platform's part of process_keep_secrets(). */
void process_hide_memory(void);
/* The part of it that concerns other processes of the user. */
void process_refuse_tracing(void);
/* Makes all threads allocate from the same few heaps. */
void process_limit_heaps(void);
/* Does process_spawn_self()'s work by starting the program, without the zygote. */
int process_spawn_program(const char *const *argv, const int *fds, size_t fd_count,
			  struct process_child *ret_child, struct error *err) WARN_UNUSED;
/* Waits that long for a child of ours to end, then kills it. */
void process_await_end(pid_t pid, int64_t patience_ms);

#endif
