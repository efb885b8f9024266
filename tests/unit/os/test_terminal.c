/* The terminal: lines from standard input, width, and what is no terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/signals.h"
#include "os/terminal.h"

/* Puts a pipe with that text, closed behind it, in the place of standard input. */
static void set_input(const char *text)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	close(fds[1]);
}

static void assert_line(const char *expected)
{
	AUTO_FREE char *line = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(terminal_read_line(&line, &err), 0);
	assert_string_equal(line, expected);
}

static void test_lines_come_one_by_one(void **state)
{
	char rest[20] = "";

	set_input("one\r\n\ntwo\nrest");
	assert_line("one");
	assert_line("");
	assert_line("two");
	assert_int_equal(read(STDIN_FILENO, rest, sizeof(rest)), 4);
	assert_string_equal(rest, "rest");
}

static void test_end_of_input_is_a_cancel(void **state)
{
	AUTO_FREE char *line = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	set_input("last");
	assert_line("last");
	assert_int_equal(terminal_read_line(&line, &err), ERR_CANCELLED);
	assert_null(line);
}

static void test_endless_lines_are_refused(void **state)
{
	AUTO_FREE char *line = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	pid_t child;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 70000; i++)
			if (write(fds[1], "x", 1) != 1)
				_exit(1);
		_exit(write(fds[1], "\nnext\n", 6) == 6 ? 0 : 1);
	}
	close(fds[1]);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	assert_int_equal(terminal_read_line(&line, &err), ERR_PARSE);
	assert_line("next");
	waitpid(child, NULL, 0);
}

static int read_under_signal(void)
{
	AUTO_FREE char *line = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	int fds[2];

	if (pipe(fds) < 0 || dup2(fds[0], STDIN_FILENO) < 0)
		return 0;
	signals_install();
	raise(SIGINT);
	return terminal_read_line(&line, &err) == ERR_CANCELLED;
}

static void test_a_signal_is_a_cancel(void **state)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(read_under_signal() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_width_of_a_terminal(void **state)
{
	struct winsize size = {.ws_row = 24, .ws_col = 132};
	int master, slave;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	assert_true(terminal_is_interactive(slave));
	assert_int_equal(terminal_width(slave), 132);
	close(master);
	close(slave);
	set_input("");
	assert_false(terminal_is_interactive(STDIN_FILENO));
	assert_int_equal(terminal_width(STDIN_FILENO), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_come_one_by_one),
		cmocka_unit_test(test_end_of_input_is_a_cancel),
		cmocka_unit_test(test_endless_lines_are_refused),
		cmocka_unit_test(test_a_signal_is_a_cancel),
		cmocka_unit_test(test_width_of_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
