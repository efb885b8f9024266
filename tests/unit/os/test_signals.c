/* Signals: noted once, readable, raised again at the end. Each test runs in a child of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/signals.h"

/* Wait status of a child that ran the function and exits 0 when it returned non-zero. */
static int status_of(int (*body)(void))
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(body() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int is_readable(int fd)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	return poll(&waiting, 1, 0) == 1;
}

static int nothing_before_install(void)
{
	return signals_fd() == -1 && signals_pending() == 0;
}

static int first_signal_is_kept(void)
{
	signals_install();
	signals_install();
	if (signals_pending() || is_readable(signals_fd()))
		return 0;
	raise(SIGTERM);
	raise(SIGINT);
	return signals_pending() == SIGTERM && is_readable(signals_fd());
}

/* timeout(1) sends two at once: to the process, and to its group. */
static int two_terminations_at_once_are_one(void)
{
	signals_install();
	raise(SIGTERM);
	raise(SIGTERM);
	return signals_pending() == SIGTERM;
}

static int a_later_termination_ends_the_process(void)
{
	signals_install();
	raise(SIGTERM);
	usleep(700000);
	raise(SIGTERM);
	return 0;
}

static int many_signals_do_not_block(void)
{
	signals_install();
	for (int i = 0; i < 70000; i++)
		raise(SIGINT);
	return signals_pending() == SIGINT;
}

static int ignored_hangup_stays_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	signals_install();
	raise(SIGHUP);
	raise(SIGPIPE);
	raise(SIGXFSZ);
	return signals_pending() == 0;
}

static int hangup_is_noted_otherwise(void)
{
	signal(SIGHUP, SIG_DFL); /* the tests themselves may run under nohup */
	signals_install();
	raise(SIGHUP);
	return signals_pending() == SIGHUP;
}

static int reraise_ends_the_process(void)
{
	signals_install();
	raise(SIGTERM);
	signals_reraise(signals_pending());
	return 1;
}

static void test_pending_is_the_first_signal(void **state)
{
	assert_int_equal(status_of(nothing_before_install), 0);
	assert_int_equal(status_of(first_signal_is_kept), 0);
	assert_int_equal(status_of(many_signals_do_not_block), 0);
}

static void test_nohup_is_respected(void **state)
{
	assert_int_equal(status_of(ignored_hangup_stays_ignored), 0);
	assert_int_equal(status_of(hangup_is_noted_otherwise), 0);
}

static void test_reraise_gives_the_parent_the_signal(void **state)
{
	int status = status_of(reraise_ends_the_process);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void test_a_second_termination_ends_the_process(void **state)
{
	int status;

	assert_int_equal(status_of(two_terminations_at_once_are_one), 0);
	status = status_of(a_later_termination_ends_the_process);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_second_termination_ends_the_process),
		cmocka_unit_test(test_pending_is_the_first_signal),
		cmocka_unit_test(test_nohup_is_respected),
		cmocka_unit_test(test_reraise_gives_the_parent_the_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
