/*
 * Child programs: hooks (through /bin/sh, as documented) and control programs (argv vectors).
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct process_request {
	const char *const *argv;      /* NULL-terminated; argv[0] is looked up by path_find_program() */
	const struct strvec *set_env; /* "NAME=value" added to the inherited environment, or NULL */
	const struct strvec *unset_env; /* names removed from it, or NULL */
	const void *input;            /* bytes for its standard input; NULL: /dev/null */
	size_t input_len;
	int64_t timeout_ms;           /* 0: none. Killed (TERM, after 5 s KILL) when it expires */
	size_t max_output;            /* bytes kept of each stream; the rest is read and dropped */
};

struct process_result {
	int exit_status;   /* as a shell gives it: 128 + signal when killed */
	bool timed_out;
	struct strbuf output, error_output;
};
void process_result_init(struct process_result *result);
void process_result_release(struct process_result *result);
DEFINE_AUTO(process_result, process_result_release);

/* Runs to the end. ERR_NOT_FOUND (no such program), ERR_IO, ERR_CANCELLED (a signal came: the child
 * got it too and was waited for). A non-zero exit status or a timeout is a result, not an error. */
int process_run(const struct process_request *request, struct process_result *ret_result,
		struct error *err) WARN_UNUSED;

/* A long-living child connected by a socket pair, used for the unprivileged helpers. The child runs
 * our own program again (/proc/self/exe) with the given argv; `fds` are inherited at 3, 4, ... */
struct process_child {
	int pid;
	int channel; /* our end of the SOCK_SEQPACKET/STREAM pair; the child has it as fd 3 */
};
int process_spawn_self(const char *const *argv, const int *fds, size_t fd_count,
		       struct process_child *ret_child, struct error *err) WARN_UNUSED;
/* Closes the channel, waits up to 2 s, then kills. */
void process_child_stop(struct process_child *child);

#endif
