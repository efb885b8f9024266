/*
 * Child programs: hooks (through /bin/sh, as documented) and control programs (argv vectors).
 */
#ifndef OS_PROCESS_PROCESS_H
#define OS_PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct process_request {
	const char *const *argv;      /* NULL-terminated; argv[0] is looked up by program_find() */
	const struct strvec *set_env; /* "NAME=value" added to the inherited environment, or NULL */
	const struct strvec *unset_env; /* names removed from it, or NULL */
	bool clean_env;    /* inherit only PATH, HOME and what concerns proxies, resolver and TLS */
	const void *input; /* bytes for its standard input; NULL: /dev/null */
	size_t input_len;
	int64_t timeout_ms; /* 0: none. Killed (TERM, after 5 s KILL) when it expires */
	size_t max_output;  /* bytes kept of each stream; the rest is read and dropped */
	void (*waiting)(void *context); /* called now and then while it runs, or NULL */
	void *context;
};

struct process_result {
	int exit_status; /* as in a shell: 128 + signal when killed */
	int signal;      /* that killed it, or 0 */
	bool timed_out;
	struct strbuf output, error_output;
};
void process_result_init(struct process_result *result);
void process_result_release(struct process_result *result);
DEFINE_AUTO(process_result, process_result_release);

/* Runs a program to its end and appends its output to an initialised result. ERR_NOT_FOUND: no such
 * program; ERR_IO; ERR_CANCELLED: a signal came, was passed to the child, and the child has ended
 * (the result is filled). A non-zero exit status or a timeout is a result, not an error. With a
 * timeout the child gets its own process group, and the whole group is killed. Without one it stays
 * in ours, so that it can ask at the terminal. Programs that it leaves running in the background do
 * not delay the return, even if they hold its output. */
int process_run(const struct process_request *request, struct process_result *ret_result,
		struct error *err) WARN_UNUSED;

/* How it ended, to follow the program's name in a message: "ended with status 3", "was killed by
 * signal 11 (SIGSEGV)". The caller frees it. */
char *process_end_text(const struct process_result *result);
/* The signal alone, also one that a shell reports of its command, such as "signal 9 (SIGKILL)";
 * NULL if there was none. The caller frees it. */
char *process_signal_text(const struct process_result *result);

/* A long-lived child connected by a socket pair, used for the unprivileged helpers. */
struct process_child {
	int pid;
	int channel;  /* our end; closing it tells the child to exit */
	int words_fd; /* what it wrote to its error output; goes to the log at its end */
};

#define PROCESS_CHILD_INIT                                                                         \
	{                                                                                          \
		.channel = -1, .words_fd = -1                                                      \
	}

/* Runs our own program with the given argv; the zygote, where there is one, forks it. The child
 * gets its end of a SOCK_SEQPACKET pair as descriptor 3 and copies of `fds` from 4 on; /dev/null as
 * input and output; a pipe as error output; only those environment variables that concern proxies,
 * resolver and TLS; and its own session, so that it is separate from our terminal. ERR_IO;
 * ERR_REFUSED when the program cannot find its own file, or is such a child itself: children have
 * no children. */
int process_spawn_self(const char *const *argv, const int *fds, size_t fd_count,
		       struct process_child *ret_child, struct error *err) WARN_UNUSED;
/* Closes the channel, waits up to 2 s, then kills the child and resets it to PROCESS_CHILD_INIT. */
void process_child_stop(struct process_child *child);
DEFINE_AUTO(process_child, process_child_stop);

/* Returns a path by which this program can be run again, which the caller frees, or NULL. */
char *process_own_program(void);

#endif
