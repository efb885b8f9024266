/* Control programs: their output, and their own words when they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "os/scratch.h"
#include "webserver/control.h"

static int run_shell(const char *script, struct control_output *ret_output, struct error *err)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};

	return control_run(argv, ret_output, err);
}

static void test_output_is_given_back(void **state)
{
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error err = ERROR_INIT;

	control_output_init(&output);
	assert_int_equal(run_shell("echo out; echo err >&2", &output, &err), 0);
	assert_string_equal(output.out.text, "out\n");
	assert_string_equal(output.errors.text, "err\n");
}

static void test_messages_are_english(void **state)
{
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error err = ERROR_INIT;

	control_output_init(&output);
	assert_int_equal(run_shell("printf %s \"$LC_ALL\"", &output, &err), 0);
	assert_string_equal(output.out.text, "C");
}

static void test_failure_quotes_the_program(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(run_shell("printf 'bad \\033[31mthing\\n' >&2; exit 3", NULL, &err),
			 ERR_PLUGIN);
	assert_non_null(strstr(err.text, "status 3"));
	assert_non_null(strstr(err.text, "bad \\x1b[31mthing"));
}

static void test_missing_program_is_told_apart(void **state)
{
	const char *const argv[] = {"/nonexistent/nginx", "-t", NULL};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(control_run(argv, NULL, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "/nonexistent/nginx -t"));
}

static void test_a_program_that_everybody_may_change_is_refused(void **state)
{
	const struct file_attributes attributes = {.mode = 0755};
	AUTO_FREE char *program = xstrdup("./server");
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace(program, "#!/bin/sh\n", 10, &attributes, &err), 0);
	assert_int_equal(control_find(&program, "--server-ctl", "Server", &err), 0);
	assert_int_equal(chmod(program, 0757), 0);
	assert_int_equal(control_find(&program, "--server-ctl", "Server", &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "every user may change --server-ctl './server'"));
}

static void write_pid(pid_t pid)
{
	AUTO_FREE char *text = xasprintf("%d\n", (int)pid);
	const struct file_attributes plain = {.mode = 0644};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace("pid", text, strlen(text), &plain, &err), 0);
}

/* As the servers of a container whose first process waits for nobody. */
static void test_a_process_that_nobody_has_waited_for_is_not_alive(void **state)
{
	siginfo_t ended;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
	write_pid(pid);
	assert_false(control_pid_is_alive("pid"));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	write_pid(getpid());
	assert_int_equal(control_pid("pid"), getpid());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_process_that_nobody_has_waited_for_is_not_alive),
		cmocka_unit_test(test_output_is_given_back),
		cmocka_unit_test(test_messages_are_english),
		cmocka_unit_test(test_failure_quotes_the_program),
		cmocka_unit_test(test_missing_program_is_told_apart),
		scratch_test(test_a_program_that_everybody_may_change_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
