/*
 * Child programs (see process.h): posix_spawn() and one poll loop that feeds the input, drains both
 * outputs, watches the clock and passes signals on. No shell is involved unless the caller names
 * one. Children that leave background programs behind are done when they themselves end.
 */
#include "os/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/process/process_parts.h"
#include "os/process/program.h"
#include "os/signals.h"

enum {
	KILL_AFTER_MS = 5000, /* from SIGTERM to SIGKILL */
	ORPHANS_MS = 1000,    /* for the children of a child that took too long */
	TICK_MS = 50,         /* how often to look whether the child ended */
	MAX_LAST_READS = 64,  /* of what an ended child left in its pipes */
};

extern char **environ;

void process_result_init(struct process_result *result)
{
	*result = (struct process_result){.output = STRBUF_INIT, .error_output = STRBUF_INIT};
}

void process_result_release(struct process_result *result)
{
	strbuf_release(&result->output);
	strbuf_release(&result->error_output);
}

/* One of the child's three streams, seen from our side. */
struct stream {
	int fd;             /* -1: at its end */
	struct strbuf *out; /* of an output: where its bytes go */
	size_t room;        /* of an output: how many more are kept */
	const char *bytes;  /* of the input: what is left to write */
	size_t len;
};

struct run {
	pid_t pid;
	bool leads_group;
	bool has_ended;
	int wait_status;
	int64_t deadline_ms; /* next step against a child that takes too long; INT64_MAX: none */
	bool was_warned;     /* the polite signal was sent */
	bool was_cancelled;  /* a signal of ours was passed on */
	bool watches_signals;
	struct stream streams[3];
};

static void run_release(struct run *run)
{
	for (size_t i = 0; i < ARRAY_LEN(run->streams); i++)
		auto_close(&run->streams[i].fd);
}
DEFINE_AUTO(run, run_release);

static bool names_variable(const char *variable, const char *name, size_t name_len)
{
	return strncmp(variable, name, name_len) == 0 && variable[name_len] == '=';
}

static bool is_replaced(const struct process_request *request, const char *variable)
{
	size_t name_len = strcspn(variable, "=");

	for (size_t i = 0; request->unset_env && i < request->unset_env->count; i++)
		if (names_variable(variable, request->unset_env->items[i],
				   strlen(request->unset_env->items[i])))
			return true;
	for (size_t i = 0; request->set_env && i < request->set_env->count; i++)
		if (names_variable(request->set_env->items[i], variable, name_len))
			return true;
	return false;
}

static void build_environment(const struct process_request *request, struct strvec *ret_variables)
{
	AUTO(strvec) struct strvec few = STRVEC_INIT;

	if (request->clean_env) {
		static const char *const names[] = {"PATH", "HOME"};

		spawn_pass_variables(names, ARRAY_LEN(names), &few);
		spawn_network_environment(&few);
	}
	for (char **variable = request->clean_env ? few.items : environ; *variable; variable++)
		if (!is_replaced(request, *variable))
			strvec_push(ret_variables, *variable);
	if (request->set_env)
		strvec_extend(ret_variables, request->set_env);
}

/* A pipe whose end `ours` (0: reading, 1: writing) does not block. */
static int open_pipe(int ours, int ret_fds[2], struct error *err)
{
	if (pipe2(ret_fds, O_CLOEXEC) < 0)
		return error_set_errno(err, errno, "cannot make a pipe");
	if (fcntl(ret_fds[ours], F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(err, errno, "cannot set up a pipe");
	return 0;
}

/* Opens what the child gets as its descriptors 0 to 2; our ends go to run->streams. */
static int open_streams(struct run *run, const struct process_request *request,
			int ret_child_fds[3], struct error *err)
{
	for (int i = 0; i < 3; i++) {
		int ours = i == 0, fds[2] = {-1, -1};
		int rc;

		if (i == 0 && !request->input) {
			ret_child_fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
			if (ret_child_fds[0] < 0)
				return error_set_errno(err, errno, "cannot open '/dev/null'");
			continue;
		}
		rc = open_pipe(ours, fds, err);
		run->streams[i].fd = fds[ours];
		ret_child_fds[i] = fds[!ours];
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void close_all(int (*fds)[3])
{
	for (size_t i = 0; i < ARRAY_LEN(*fds); i++)
		auto_close(&(*fds)[i]);
}

static int spawn(struct run *run, const struct process_request *request, const char *program,
		 struct error *err)
{
	__attribute__((cleanup(close_all))) int child_fds[3] = {-1, -1, -1};
	AUTO(spawn_plan) struct spawn_plan plan = SPAWN_PLAN_INIT;
	AUTO(strvec) struct strvec variables = STRVEC_INIT;
	int rc = open_streams(run, request, child_fds, err);

	if (rc < 0)
		return rc;
	spawn_plan_init(&plan, run->leads_group ? SPAWN_IN_OWN_GROUP : SPAWN_IN_OUR_GROUP, 3);
	for (int i = 0; i < 3; i++)
		spawn_plan_give_fd(&plan, child_fds[i], i);
	build_environment(request, &variables);
	return spawn_plan_run(&plan, program, request->argv, variables.items, &run->pid, err);
}

/* Reads once; what exceeds the room is dropped. Closes the stream at its end. */
static void drain(struct stream *stream)
{
	char chunk[16384];
	ssize_t count = read(stream->fd, chunk, sizeof(chunk));
	size_t kept;

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count <= 0) {
		close(STEAL_FD(stream->fd));
		return;
	}
	kept = (size_t)count < stream->room ? (size_t)count : stream->room;
	strbuf_add(stream->out, chunk, kept);
	stream->room -= kept;
}

/* Writes once; closes the stream after the last byte or when nobody reads it. */
static void feed(struct stream *stream)
{
	ssize_t count = stream->len ? write(stream->fd, stream->bytes, stream->len) : 0;

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count > 0) {
		stream->bytes += count;
		stream->len -= (size_t)count;
	}
	if (count < 0 || !stream->len)
		close(STEAL_FD(stream->fd));
}

static void send_signal(const struct run *run, int number)
{
	kill(run->leads_group ? -run->pid : run->pid, number);
}

/* Passes on a signal that came to us, unless the terminal gave it to the child as well. */
static void pass_on_signal(struct run *run)
{
	run->was_cancelled = true;
	run->watches_signals = false;
	if (run->leads_group || !signals_came_from_terminal())
		send_signal(run, signals_pending());
}

static void enforce_deadline(struct run *run)
{
	if (clock_mono_ms(clock_system()) < run->deadline_ms)
		return;
	send_signal(run, run->was_warned ? SIGKILL : SIGTERM);
	send_signal(run, SIGCONT); /* a stopped child has to be continued to notice */
	run->deadline_ms = run->was_warned ? INT64_MAX
					   : clock_mono_ms(clock_system()) + KILL_AFTER_MS;
	run->was_warned = true;
}

static void look_for_end(struct run *run)
{
	pid_t found = waitpid(run->pid, &run->wait_status, WNOHANG);

	if (found == run->pid)
		run->has_ended = true;
	else if (found < 0 && errno != EINTR)
		BUG("cannot wait for process %d: %s", (int)run->pid, strerror(errno));
}

/* Waits at most `timeout_ms` for any stream or signal and serves what is ready. True when there was
 * something. */
static bool serve_streams(struct run *run, int timeout_ms)
{
	struct pollfd polled[] = {
		{.fd = run->streams[0].fd, .events = POLLOUT},
		{.fd = run->streams[1].fd, .events = POLLIN},
		{.fd = run->streams[2].fd, .events = POLLIN},
		{.fd = run->watches_signals ? signals_fd() : -1, .events = POLLIN},
	};

	if (poll(polled, ARRAY_LEN(polled), timeout_ms) <= 0)
		return false;
	if (polled[0].revents)
		feed(&run->streams[0]);
	for (int i = 1; i < 3; i++)
		if (polled[i].revents)
			drain(&run->streams[i]);
	if (polled[3].revents)
		pass_on_signal(run);
	return true;
}

static bool has_output(const struct run *run)
{
	return run->streams[1].fd >= 0 || run->streams[2].fd >= 0;
}

/* A child that took too long has ended. What it started got SIGTERM too, and is now killed. The
 * number of the group stays taken while it has a member. */
static void end_group(const struct run *run)
{
	int64_t until = clock_mono_ms(clock_system()) + ORPHANS_MS;

	while (kill(-run->pid, 0) == 0 && clock_mono_ms(clock_system()) < until)
		poll(NULL, 0, TICK_MS);
	kill(-run->pid, SIGKILL);
}

/* A child that has closed both outputs is about to end, so the first checks come quickly. */
static void wait_for_end(struct run *run, const struct process_request *request)
{
	int pause_ms = 1;

	while (!run->has_ended) {
		if (!serve_streams(run, has_output(run) ? TICK_MS : pause_ms) && request->waiting)
			request->waiting(request->context);
		if (!has_output(run) && pause_ms < TICK_MS)
			pause_ms *= 2;
		enforce_deadline(run);
		look_for_end(run);
	}
	if (run->was_warned)
		end_group(run);
	/* Output that is in the pipes now still belongs to the result; output that others add later
	 * does not. */
	run->watches_signals = false;
	for (int i = 0; i < MAX_LAST_READS && has_output(run); i++)
		if (!serve_streams(run, 0))
			break;
}

static int exit_status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Runs the loop with SIGPIPE off: a child need not read its input. */
static void wait_unharmed(struct run *run, const struct process_request *request)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, &before);
	wait_for_end(run, request);
	sigaction(SIGPIPE, &before, NULL);
}

int process_run(const struct process_request *request, struct process_result *ret_result,
		struct error *err)
{
	AUTO_FREE char *program = program_find(request->argv[0]);
	AUTO(run) struct run run = {
		.leads_group = request->timeout_ms > 0,
		.deadline_ms = request->timeout_ms > 0
				       ? clock_mono_ms(clock_system()) + request->timeout_ms
				       : INT64_MAX,
		/* A signal that came earlier is known: this child belongs to the clean-up. */
		.watches_signals = !signals_pending(),
		.streams =
			{
				{.fd = -1, .bytes = request->input, .len = request->input_len},
				{.fd = -1, .out = &ret_result->output, .room = request->max_output},
				{.fd = -1,
				 .out = &ret_result->error_output,
				 .room = request->max_output},
			},
	};
	int rc;

	if (!program)
		return error_set(err, ERR_NOT_FOUND, "cannot find program '%s'", request->argv[0]);
	rc = spawn(&run, request, program, err);
	if (rc < 0)
		return rc;
	wait_unharmed(&run, request);
	ret_result->exit_status = exit_status_of(run.wait_status);
	ret_result->signal = WIFSIGNALED(run.wait_status) ? WTERMSIG(run.wait_status) : 0;
	ret_result->timed_out = run.was_warned;
	if (run.was_cancelled)
		return error_set(err, ERR_CANCELLED, "'%s' was stopped by a signal",
				 request->argv[0]);
	return 0;
}
