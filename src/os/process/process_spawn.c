/*
 * Starting children (see process_parts.h), and the long-living ones that run this program again
 * (see process.h). posix_spawn() reports a failed exec to the caller, which fork() leaves to us.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "os/process/process_parts.h"
#include "os/process/process_secrecy.h"
#include "os/process/zygote.h"
#include "os/signals.h"

enum {
	STOP_PATIENCE_MS = 2000,
	/* After a signal to end. A child ends within milliseconds of being told, and nothing is
	 * lost if it is killed. */
	HASTE_MS = 250,
	STOP_TICK_NS = 100000,
	MAX_LAST_WORDS = 4096,
	CHANNEL_FD = 3, /* in a child that runs this program again */
};

/* In the environment of each child that runs this program. One whose main() does not know the name
 * that it was started by would do what the program usually does, start children, too, and these
 * again, without end. */
static const char child_mark[] = "CERTBOT_IS_CHILD";

/* These functions fail only when memory is out or an argument is wrong. */
static void must(int failure)
{
	if (failure)
		BUG("cannot prepare a child process: %s", strerror(failure));
}

void spawn_plan_init(struct spawn_plan *plan, enum spawn_place place, int fd_count)
{
	static const short flags[] = {
		[SPAWN_IN_OUR_GROUP] = 0,
		[SPAWN_IN_OWN_GROUP] = POSIX_SPAWN_SETPGROUP,
		[SPAWN_IN_OWN_SESSION] = POSIX_SPAWN_SETSID,
	};
	sigset_t defaults;

	must(posix_spawnattr_init(&plan->attributes));
	must(posix_spawn_file_actions_init(&plan->actions));
	plan->is_made = true;
	plan->moved_count = 0;
	plan->fd_count = fd_count;
	plan->last_fd = STDERR_FILENO;
	/* exec resets handlers, but ignored signals would stay ignored. */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	must(posix_spawnattr_setsigdefault(&plan->attributes, &defaults));
	/* 0: a group of the child's own. Used only with the flag. */
	must(posix_spawnattr_setpgroup(&plan->attributes, 0));
	must(posix_spawnattr_setflags(&plan->attributes,
				      (short)(POSIX_SPAWN_SETSIGDEF | flags[place])));
}

void spawn_plan_release(struct spawn_plan *plan)
{
	if (!plan->is_made)
		return;
	posix_spawnattr_destroy(&plan->attributes);
	posix_spawn_file_actions_destroy(&plan->actions);
	for (size_t i = 0; i < plan->moved_count; i++)
		close(plan->moved_fds[i]);
}

void spawn_plan_give_fd(struct spawn_plan *plan, int fd, int child_fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, plan->fd_count);

	if (plan->moved_count == SPAWN_MAX_FDS)
		BUG("more than %d descriptors for a child", SPAWN_MAX_FDS);
	/* The other error is that the limit lies below the number that was asked for. */
	if (moved < 0) {
		plan->failure = EMFILE;
		return;
	}
	plan->moved_fds[plan->moved_count++] = moved;
	must(posix_spawn_file_actions_adddup2(&plan->actions, moved, child_fd));
	if (child_fd > plan->last_fd)
		plan->last_fd = child_fd;
}

int spawn_plan_run(struct spawn_plan *plan, const char *program, const char *const *argv,
		   char *const *environment, pid_t *ret_pid, struct error *err)
{
	int failure = plan->failure;

	if (failure)
		return error_set_errno(err, failure, "cannot prepare to run '%s'", program);
	must(spawn_plan_close_from(plan, plan->last_fd + 1));
	/* Ours is 0, and limits are inherited. */
	process_core_limit_of_others();
	/* The interface wants strings without const, but does not change them. */
	failure = posix_spawn(ret_pid, program, &plan->actions, &plan->attributes,
			      (char *const *)argv, environment);
	process_core_limit_of_ours();

	return failure ? error_set_errno(err, failure, "cannot run '%s'", program) : 0;
}

void spawn_pass_variables(const char *const *names, size_t count, struct strvec *ret_variables)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = getenv(names[i]);

		if (value)
			strvec_pushf(ret_variables, "%s=%s", names[i], value);
	}
}

void spawn_network_environment(struct strvec *ret_variables)
{
	static const char *const names[] = {
		"http_proxy",  "https_proxy", "HTTPS_PROXY",  "all_proxy",     "ALL_PROXY",
		"no_proxy",    "NO_PROXY",    "SSL_CERT_DIR", "SSL_CERT_FILE", "OPENSSL_CONF",
		"RES_OPTIONS", "LOCALDOMAIN", "TZ",           "ASAN_OPTIONS",  "UBSAN_OPTIONS",
	};

	spawn_pass_variables(names, ARRAY_LEN(names), ret_variables);
}

/* Tokens and other secrets of the environment do not go to a child that meets foreign bytes. */
static void inherit_environment(struct strvec *ret_variables)
{
	spawn_network_environment(ret_variables);
	/* GnuTLS comes along with libcurl, for protocols that we do not use. By default it
	 * initialises itself when it is loaded, which takes a megabyte. */
	strvec_push(ret_variables, "GNUTLS_NO_IMPLICIT_INIT=1");
	strvec_pushf(ret_variables, "%s=1", child_mark);
}

/* The connection between us and a child: a channel, and a pipe for its error output. A terminal as
 * its error output would be one that it can type into (TIOCSTI). Neither end of the pipe blocks: it
 * is read when the child is gone. */
struct link {
	int channel, words_fd;
	int theirs[2]; /* the child's ends: its error output and its channel */
};
#define LINK_INIT                                                                                  \
	{                                                                                          \
		.channel = -1, .words_fd = -1, .theirs = { -1, -1 }                                \
	}

static void link_release(struct link *link)
{
	auto_close(&link->channel);
	auto_close(&link->words_fd);
	auto_close(&link->theirs[0]);
	auto_close(&link->theirs[1]);
}
DEFINE_AUTO(link, link_release);

static int link_make(struct link *link, struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(err, errno, "cannot make a socket pair");
	link->channel = pair[0];
	link->theirs[1] = pair[1];
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set_errno(err, errno, "cannot make a pipe");
	link->words_fd = pair[0];
	link->theirs[0] = pair[1];
	return 0;
}

/* The child's ends are closed with the link: only the child must have them, or its end would go
 * unnoticed. */
static void link_hand_over(struct link *link, pid_t pid, struct process_child *ret_child)
{
	*ret_child = (struct process_child){
		.pid = pid,
		.channel = STEAL_FD(link->channel),
		.words_fd = STEAL_FD(link->words_fd),
	};
}

int process_spawn_program(const char *const *argv, const int *fds, size_t fd_count,
			  struct process_child *ret_child, struct error *err)
{
	AUTO(spawn_plan) struct spawn_plan plan = SPAWN_PLAN_INIT;
	AUTO(link) struct link link = LINK_INIT;
	AUTO_CLOSE int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	AUTO(strvec) struct strvec environment = STRVEC_INIT;
	AUTO_FREE char *program = process_own_program();
	pid_t pid;

	if (!program)
		return error_set(err, ERR_REFUSED, "cannot run this program again: unknown path");
	if (null_fd < 0)
		return error_set_errno(err, errno, "cannot open '/dev/null'");
	if (link_make(&link, err) < 0)
		return err->code;
	spawn_plan_init(&plan, SPAWN_IN_OWN_SESSION, CHANNEL_FD + 1 + (int)fd_count);
	spawn_plan_give_fd(&plan, null_fd, STDIN_FILENO);
	spawn_plan_give_fd(&plan, null_fd, STDOUT_FILENO);
	spawn_plan_give_fd(&plan, link.theirs[0], STDERR_FILENO);
	spawn_plan_give_fd(&plan, link.theirs[1], CHANNEL_FD);
	for (size_t i = 0; i < fd_count; i++)
		spawn_plan_give_fd(&plan, fds[i], CHANNEL_FD + 1 + (int)i);
	inherit_environment(&environment);
	if (spawn_plan_run(&plan, program, argv, environment.items, &pid, err) < 0)
		return err->code;
	link_hand_over(&link, pid, ret_child);
	return 0;
}

/* Any failure here leads to the slower way, which reports it if it fails as well. */
static bool spawn_by_zygote(const char *const *argv, const int *fds, size_t fd_count,
			    struct process_child *ret_child)
{
	AUTO(link) struct link link = LINK_INIT;
	AUTO(error) struct error none = ERROR_INIT;
	AUTO(strvec) struct strvec environment = STRVEC_INIT;
	int all_fds[SPAWN_MAX_FDS];
	struct zygote_child child = {.argv = argv, .environment = &environment, .fds = all_fds};
	pid_t pid;

	if (link_make(&link, &none) < 0 || fd_count > SPAWN_MAX_FDS - ARRAY_LEN(link.theirs))
		return false;
	inherit_environment(&environment);
	for (size_t i = 0; i < ARRAY_LEN(link.theirs); i++)
		all_fds[child.fd_count++] = link.theirs[i];
	for (size_t i = 0; i < fd_count; i++)
		all_fds[child.fd_count++] = fds[i];
	if (!zygote_start(&child, &pid))
		return false;
	link_hand_over(&link, pid, ret_child);
	return true;
}

int process_spawn_self(const char *const *argv, const int *fds, size_t fd_count,
		       struct process_child *ret_child, struct error *err)
{
	if (getenv(child_mark))
		return error_set(err, ERR_REFUSED, "this is a child itself, as %s is set",
				 child_mark);
	if (spawn_by_zygote(argv, fds, fd_count, ret_child))
		return 0;
	return process_spawn_program(argv, fds, fd_count, ret_child, err);
}

static bool has_ended(pid_t pid, int flags)
{
	pid_t found;

	do
		found = waitpid(pid, NULL, flags);
	while (found < 0 && errno == EINTR);
	return found != 0; /* ended, or no longer ours */
}

/* Shuts our end down, and waits for the child to close its end, which it does when it exits.
 * Returns false if it does not: it is stopped, or hangs. */
static bool hang_up(struct process_child *child)
{
	struct pollfd peer = {.fd = child->channel};
	int patience_ms = signals_pending() ? HASTE_MS : STOP_PATIENCE_MS;
	bool ends = true;

	/* An interrupted wait is as good as one that was long enough: a person is waiting. */
	if (child->channel >= 0 && shutdown(child->channel, SHUT_WR) == 0)
		ends = poll(&peer, 1, patience_ms) > 0;
	auto_close(&child->channel);
	return ends;
}

/* A child says nothing there unless it fails: an assertion, or the report of a sanitizer. */
static void log_last_words(const struct process_child *child)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	char words[MAX_LAST_WORDS];
	ssize_t count = child->words_fd >= 0 ? read(child->words_fd, words, sizeof(words)) : 0;

	if (count <= 0)
		return;
	strbuf_add_printable(&line, words, (size_t)count);
	log_debug("process %d wrote: %s", child->pid, line.text);
}

void process_await_end(pid_t pid, int64_t patience_ms)
{
	const struct timespec tick = {.tv_nsec = STOP_TICK_NS};
	const struct clock *clock = clock_system();
	int64_t deadline_ms = clock_mono_ms(clock) + patience_ms;

	while (!has_ended(pid, WNOHANG)) {
		if (clock_mono_ms(clock) >= deadline_ms) {
			kill(pid, SIGKILL);
			has_ended(pid, 0);
			break;
		}
		nanosleep(&tick, NULL);
	}
}

void process_child_stop(struct process_child *child)
{
	int64_t patience_ms;

	if (child->pid <= 0)
		return;
	patience_ms = hang_up(child) ? STOP_PATIENCE_MS : 0;
	if (!zygote_end(child->pid, patience_ms))
		process_await_end(child->pid, patience_ms);
	log_last_words(child);
	auto_close(&child->words_fd);
	*child = (struct process_child)PROCESS_CHILD_INIT;
}
