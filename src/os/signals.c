/*
 * Signals as a flag and a pipe (see signals.h). The handler stores the first number and writes one
 * byte, so that a poll loop wakes also when the signal came just before poll().
 *
 * A second SIGTERM means it: it ends the process wherever that hangs, for example in a read from a
 * dead mount. The same command may send the first one twice, to the process and to its group, as
 * timeout(1) does; so the second has to come later.
 */
#include "os/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

static volatile sig_atomic_t first_signal;
static volatile sig_atomic_t from_terminal;
static volatile sig_atomic_t first_at;      /* of first_signal, in tenths of a second */
static volatile sig_atomic_t terminated_at; /* in tenths of a second, plus 1; 0: not yet */
static int wake_pipe[2] = {-1, -1};

/* Tenths of a second are what sig_atomic_t has room for. May be called in a handler. */
static sig_atomic_t tenths_now(void)
{
	struct timespec now = {.tv_sec = 0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (sig_atomic_t)(now.tv_sec * 10 + now.tv_nsec / 100000000);
}

/* Called in the handler. */
static void end_at_second(void)
{
	sig_atomic_t tenths = tenths_now() + 1;

	if (!terminated_at) {
		terminated_at = tenths;
	} else if (tenths - terminated_at >= 5) {
		signal(SIGTERM, SIG_DFL);
		raise(SIGTERM); /* comes when the handler returns */
	}
}

static void note_signal(int number, siginfo_t *origin, void *machine_state)
{
	int saved_errno = errno;

	if (number == SIGTERM)
		end_at_second();
	if (!first_signal) {
		from_terminal = origin->si_code > 0; /* processes send codes up to 0 */
		first_at = tenths_now();
		first_signal = number;
	}
	/* A full pipe is as good: it is readable already. */
	if (write(wake_pipe[1], "", 1) < 0)
		errno = 0;
	errno = saved_errno;
}

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void set_action(int number, struct sigaction action)
{
	sigemptyset(&action.sa_mask);
	if (sigaction(number, &action, NULL) < 0)
		BUG("cannot handle signal %d: %s", number, strerror(errno));
}

static void watch_signal(int number)
{
	set_action(number, (struct sigaction){.sa_sigaction = note_signal, .sa_flags = SA_SIGINFO});
}

void signals_install(void)
{
	static const int always[] = {SIGINT, SIGTERM};
	static const int unless_ignored[] = {SIGHUP, SIGQUIT, SIGXCPU};
	/* A closed pipe and a limit on file sizes are errors of write(): EPIPE, EFBIG. */
	static const int never[] = {SIGPIPE, SIGXFSZ};

	if (wake_pipe[0] < 0 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		BUG("cannot make the signal pipe: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		watch_signal(always[i]);
	for (size_t i = 0; i < ARRAY_LEN(unless_ignored); i++)
		if (!is_ignored(unless_ignored[i]))
			watch_signal(unless_ignored[i]);
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		set_action(never[i], (struct sigaction){.sa_handler = SIG_IGN});
}

int signals_pending(void)
{
	return first_signal;
}

int64_t signals_age_ms(void)
{
	return first_signal ? (int64_t)(tenths_now() - first_at) * 100 : -1;
}

bool signals_came_from_terminal(void)
{
	return from_terminal;
}

int signals_fd(void)
{
	return wake_pipe[0];
}

void signals_reraise(int signal_number)
{
	sigset_t only;

	set_action(signal_number, (struct sigaction){.sa_handler = SIG_DFL});
	sigemptyset(&only);
	sigaddset(&only, signal_number);
	raise(signal_number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
}
