/* Children: their streams, environment, end, time limits and signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "os/process/zygote.h"
#include "os/signals.h"

static int64_t now_ms(void)
{
	return clock_system()->mono_ms(NULL);
}

/* Runs a shell command with the defaults of the request; 0 or the error's code. */
static int run_shell(const char *command, struct process_request request,
		     struct process_result *ret_result)
{
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};
	AUTO(error) struct error err = ERROR_INIT;

	request.argv = argv;
	if (!request.max_output)
		request.max_output = 1 << 20;
	return process_run(&request, ret_result, &err);
}

static void test_streams_are_kept_apart(void **state)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	assert_int_equal(
		run_shell("echo out; echo err >&2; exit 3", (struct process_request){0}, &result),
		0);
	assert_string_equal(result.output.text, "out\n");
	assert_string_equal(result.error_output.text, "err\n");
	assert_int_equal(result.exit_status, 3);
	assert_false(result.timed_out);
}

static void test_input_reaches_the_child(void **state)
{
	AUTO(process_result) struct process_result result;
	AUTO(strbuf) struct strbuf input = STRBUF_INIT;

	process_result_init(&result);
	for (int i = 0; i < 60000; i++)
		strbuf_addf(&input, "%09d\n", i);
	assert_int_equal(
		run_shell("cat",
			  (struct process_request){.input = input.text, .input_len = input.len},
			  &result),
		0);
	assert_int_equal(result.output.len, input.len);
	assert_memory_equal(result.output.text, input.text, input.len);
}

static void test_input_that_nobody_reads_is_no_harm(void **state)
{
	AUTO(process_result) struct process_result result;
	AUTO_FREE char *input = xcalloc(1, 1 << 20);

	process_result_init(&result);
	assert_int_equal(run_shell("exec 0<&-; echo done",
				   (struct process_request){.input = input, .input_len = 1 << 20},
				   &result),
			 0);
	assert_string_equal(result.output.text, "done\n");
	assert_int_equal(result.exit_status, 0);
}

static void test_no_input_is_an_empty_one(void **state)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	assert_int_equal(run_shell("cat; echo end", (struct process_request){0}, &result), 0);
	assert_string_equal(result.output.text, "end\n");
}

static void test_output_beyond_the_cap_is_dropped(void **state)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	assert_int_equal(run_shell("head -c 3000000 /dev/zero | tr '\\0' x; echo e >&2",
				   (struct process_request){.max_output = 1000}, &result),
			 0);
	assert_int_equal(result.output.len, 1000);
	assert_string_equal(result.error_output.text, "e\n");
	assert_int_equal(result.exit_status, 0);
}

static void test_environment_is_changed_for_the_child_only(void **state)
{
	AUTO(process_result) struct process_result result;
	AUTO(strvec) struct strvec set = STRVEC_INIT, unset = STRVEC_INIT;

	process_result_init(&result);
	setenv("TEST_KEPT", "kept", 1);
	setenv("TEST_GONE", "gone", 1);
	setenv("TEST_CHANGED", "before", 1);
	setenv("TEST_CHANGED_TOO", "same", 1);
	strvec_push(&set, "TEST_CHANGED=after");
	strvec_push(&set, "TEST_NEW=a=b c");
	strvec_push(&unset, "TEST_GONE");
	assert_int_equal(run_shell("env | grep ^TEST_ | sort",
				   (struct process_request){.set_env = &set, .unset_env = &unset},
				   &result),
			 0);
	assert_string_equal(result.output.text, "TEST_CHANGED=after\nTEST_CHANGED_TOO=same\n"
						"TEST_KEPT=kept\nTEST_NEW=a=b c\n");
	assert_string_equal(getenv("TEST_GONE"), "gone");
}

static void test_death_by_signal_is_told_as_the_shell_does(void **state)
{
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	assert_int_equal(run_shell("kill -9 $$", (struct process_request){0}, &result), 0);
	assert_int_equal(result.exit_status, 128 + SIGKILL);
	assert_int_equal(result.signal, SIGKILL);
}

static void test_ends_in_words(void **state)
{
	static const struct {
		const char *command, *words;
	} rows[] = {
		{"exit 3", "ended with status 3"},
		{"exit 128", "ended with status 128"},
		{"exit 255", "ended with status 255"},
		{"kill -SEGV $$", "was killed by signal 11 (SIGSEGV)"},
		{"kill -9 $$", "was killed by signal 9 (SIGKILL)"},
		{"exit 139", "ended with status 139, as a shell does whose command was killed by "
			     "signal 11 (SIGSEGV)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(process_result) struct process_result result;
		AUTO_FREE char *words = NULL;

		process_result_init(&result);
		assert_int_equal(run_shell(rows[i].command, (struct process_request){0}, &result),
				 0);
		words = process_end_text(&result);
		assert_string_equal(words, rows[i].words);
	}
}

static int run_program(const char *name, struct error *err)
{
	const char *const argv[] = {name, NULL};
	const struct process_request request = {.argv = argv};
	AUTO(process_result) struct process_result result;

	process_result_init(&result);
	return process_run(&request, &result, err);
}

static void test_programs_that_cannot_run(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	char path[] = "/tmp/certbot-test-XXXXXX";
	AUTO_CLOSE int fd = mkstemp(path);

	assert_int_equal(run_program("no-such-program-here", &err), ERR_NOT_FOUND);
	assert_string_equal(err.text, "cannot find program 'no-such-program-here'");
	error_release(&err);
	assert_int_equal(run_program("/no/such/program", &err), ERR_NOT_FOUND);
	error_release(&err);
	assert_int_equal(write(fd,
			       "\x7f"
			       "ELF",
			       4),
			 4);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(STEAL_FD(fd));
	assert_int_equal(run_program(path, &err), ERR_IO);
	assert_int_equal(err.sys_errno, ENOEXEC);
	unlink(path);
}

static void test_time_limit_ends_the_whole_group(void **state)
{
	AUTO(process_result) struct process_result result;
	int64_t start = now_ms();
	int grandchild;

	process_result_init(&result);
	assert_int_equal(run_shell("sleep 60 & echo $!; wait; sleep 60",
				   (struct process_request){.timeout_ms = 100}, &result),
			 0);
	assert_true(result.timed_out);
	assert_int_equal(result.exit_status, 128 + SIGTERM);
	assert_true(now_ms() - start < 4000);
	grandchild = (int)strtol(result.output.text, NULL, 10);
	assert_true(grandchild > 0);
	for (int i = 0; i < 100 && kill(grandchild, 0) == 0; i++)
		poll(NULL, 0, 10); /* until init has taken it in */
	/* A container's init may never reap: then it is a zombie at least, and holds nothing. */
	assert_true(kill(grandchild, 0) < 0 || waitpid(grandchild, NULL, WNOHANG) < 0);
}

static void test_time_limit_ends_children_that_do_not_hear_it(void **state)
{
	AUTO(process_result) struct process_result result;
	int grandchild;

	process_result_init(&result);
	assert_int_equal(run_shell("(trap '' TERM; exec >/dev/null 2>&1; sleep 60) & echo $!; wait",
				   (struct process_request){.timeout_ms = 500}, &result),
			 0);
	assert_true(result.timed_out);
	grandchild = (int)strtol(result.output.text, NULL, 10);
	assert_true(grandchild > 0);
	for (int i = 0; i < 100 && kill(grandchild, 0) == 0; i++)
		poll(NULL, 0, 10);
	assert_true(kill(grandchild, 0) < 0 || waitpid(grandchild, NULL, WNOHANG) < 0);
}

static void count_call(void *context)
{
	++*(int *)context;
}

static void test_the_caller_is_told_that_it_still_waits(void **state)
{
	AUTO(process_result) struct process_result result;
	int calls = 0;
	const struct process_request request = {.waiting = count_call, .context = &calls};

	process_result_init(&result);
	assert_int_equal(run_shell("sleep 0.5", request, &result), 0);
	assert_in_range(calls, 2, 50);
}

static void test_a_child_that_ignores_the_limit_is_killed(void **state)
{
	AUTO(process_result) struct process_result result;
	int64_t start = now_ms();

	process_result_init(&result);
	assert_int_equal(run_shell("trap '' TERM; while :; do sleep 1; done",
				   (struct process_request){.timeout_ms = 50}, &result),
			 0);
	assert_true(result.timed_out);
	assert_int_equal(result.exit_status, 128 + SIGKILL);
	assert_in_range(now_ms() - start, 5000, 8000);
}

static void test_background_programs_do_not_hold_us_up(void **state)
{
	AUTO(process_result) struct process_result result;
	int64_t start = now_ms();

	process_result_init(&result);
	assert_int_equal(
		run_shell("echo started; sleep 5 & exit 0", (struct process_request){0}, &result),
		0);
	assert_string_equal(result.output.text, "started\n");
	assert_true(now_ms() - start < 4000);
}

static void test_closed_output_is_not_the_end(void **state)
{
	AUTO(process_result) struct process_result result;
	int64_t start = now_ms();

	process_result_init(&result);
	assert_int_equal(
		run_shell("exec >&- 2>&-; sleep 0.2; exit 7", (struct process_request){0}, &result),
		0);
	assert_int_equal(result.exit_status, 7);
	assert_true(now_ms() - start >= 200);
}

/* A descriptor at a number that nothing else has, as whoever started us may have left it open. */
enum { OUR_FD = 200 };

static int open_our_fd(void)
{
	AUTO_CLOSE int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return dup2(fd, OUR_FD);
}

static void test_our_descriptors_stay_ours(void **state)
{
	AUTO(process_result) struct process_result result;
	AUTO_CLOSE int ours = open_our_fd();

	process_result_init(&result);
	assert_int_equal(ours, OUR_FD);
	assert_int_equal(run_shell("[ -e /proc/self/fd/0 ] && [ ! -e /proc/self/fd/200 ]",
				   (struct process_request){0}, &result),
			 0);
	assert_int_equal(result.exit_status, 0);
}

/* In a child of its own: a signal from elsewhere comes while a program runs. */
static int is_cancelled(int64_t timeout_ms)
{
	AUTO(process_result) struct process_result result;
	pid_t self = getpid();

	process_result_init(&result);
	signals_install();
	if (fork() == 0) {
		poll(NULL, 0, 200);
		kill(self, SIGTERM);
		_exit(0);
	}
	if (run_shell("trap 'echo told; exit 5' TERM; sleep 5 & wait",
		      (struct process_request){.timeout_ms = timeout_ms}, &result) != ERR_CANCELLED)
		return 0;
	if (strcmp(result.output.text, "told\n") != 0 || result.exit_status != 5)
		return 0;
	/* What runs now cleans up: the old signal does not concern it. */
	return run_shell("exit 6", (struct process_request){0}, &result) == 0 &&
	       result.exit_status == 6;
}

static void assert_cancelled(int64_t timeout_ms)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(is_cancelled(timeout_ms) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_a_signal_is_passed_on(void **state)
{
	assert_cancelled(0);
	assert_cancelled(60000);
}

/* A child that does not know its role does as the program does that started it. It tells whether it
 * could. */
static int start_another(void)
{
	const char *const argv[] = {"helper", "helper", "lost", NULL};
	AUTO(process_child) struct process_child child = PROCESS_CHILD_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	char text[200] = "started";

	if (process_spawn_self(argv, NULL, 0, &child, &err) < 0)
		snprintf(text, sizeof(text), "%s", err.text);
	return send(3, text, strlen(text), 0) < 0;
}

/* What this program does when it is run as a helper by the test below. */
static int helper_main(const char *mode)
{
	char text[100] = "";

	if (strcmp(mode, "deaf") == 0)
		for (;;)
			pause();
	if (strcmp(mode, "lost") == 0)
		return start_another();
	if (read(4, text, sizeof(text) - 1) < 0)
		return 1;
	snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s %s %d %d",
		 getenv("PATH") ? "environment" : "bare", getenv("no_proxy"), getpgrp() == getpid(),
		 fcntl(OUR_FD, F_GETFD));
	if (send(3, text, strlen(text), 0) < 0)
		return 1;
	return recv(3, text, sizeof(text), 0) == 0 ? 0 : 1; /* until the other end closes */
}

static void test_helper_gets_channel_and_descriptors(void **state)
{
	const char *const argv[] = {"helper", "helper", "talk", NULL};
	AUTO(process_child) struct process_child child = PROCESS_CHILD_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_CLOSE int ours = open_our_fd();
	int first[2], second[2];
	char text[100] = "";
	pid_t pid;

	assert_int_equal(ours, OUR_FD);
	setenv("no_proxy", "here", 1);
	assert_int_equal(pipe(first), 0);
	assert_int_equal(pipe(second), 0);
	assert_int_equal(write(first[1], "hello", 5), 5);
	assert_int_equal(process_spawn_self(argv, (int[]){first[0], second[0]}, 2, &child, &err),
			 0);
	assert_true(recv(child.channel, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "hello bare here 1 -1");
	pid = child.pid;
	process_child_stop(&child);
	assert_int_equal(child.channel, -1);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
}

static void test_a_deaf_helper_is_killed(void **state)
{
	const char *const argv[] = {"helper", "helper", "deaf", NULL};
	struct process_child child = PROCESS_CHILD_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t start = now_ms();

	assert_int_equal(process_spawn_self(argv, NULL, 0, &child, &err), 0);
	process_child_stop(&child);
	assert_in_range(now_ms() - start, 1900, 5000);
	process_child_stop(&child);
}

static void test_a_helper_that_does_not_know_its_role_starts_no_others(void **state)
{
	const char *const argv[] = {"helper", "helper", "lost", NULL};
	AUTO(process_child) struct process_child child = PROCESS_CHILD_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	char text[200] = "";

	assert_int_equal(process_spawn_self(argv, NULL, 0, &child, &err), 0);
	assert_true(recv(child.channel, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "this is a child itself, as CERTBOT_IS_CHILD is set");
}

static int run_forked_helper(int argc, char **argv)
{
	return helper_main(argv[2]);
}

static void test_a_zygote_has_helpers_of_the_same_kind(void **state)
{
	zygote_enable();
	test_helper_gets_channel_and_descriptors(state);
	test_a_deaf_helper_is_killed(state);
	test_a_helper_that_does_not_know_its_role_starts_no_others(state);
}

static void read_line_of(pid_t pid, const char *name, struct strbuf *ret_text)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/%s", (int)pid, name);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 4096, ret_text, &err), 0);
}

static pid_t parent_of(pid_t pid)
{
	AUTO(strbuf) struct strbuf stat = STRBUF_INIT;

	read_line_of(pid, "stat", &stat);
	return (pid_t)strtol(strrchr(stat.text, ')') + 4, NULL, 10);
}

static void test_a_helper_of_the_zygote_has_its_own_name(void **state)
{
	const char *const argv[] = {"helper", "helper", "talk", NULL};
	AUTO(process_child) struct process_child child = PROCESS_CHILD_INIT;
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO(strbuf) struct strbuf zygote_line = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_CLOSE int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char text[100];

	assert_int_equal(process_spawn_self(argv, &input, 1, &child, &err), 0);
	assert_true(recv(child.channel, text, sizeof(text), 0) > 0);
	read_line_of(child.pid, "cmdline", &line);
	assert_memory_equal(line.text, "helper\0helper\0talk\0", 19);
	read_line_of(parent_of(child.pid), "cmdline", &zygote_line);
	assert_string_equal(zygote_line.text, ZYGOTE_NAME);
}

static void test_a_lost_zygote_is_replaced(void **state)
{
	const char *const argv[] = {"helper", "helper", "talk", NULL};
	AUTO_CLOSE int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (int i = 0; i < 3; i++) {
		AUTO(process_child) struct process_child child = PROCESS_CHILD_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		char text[100];

		assert_int_equal(process_spawn_self(argv, &input, 1, &child, &err), 0);
		assert_true(recv(child.channel, text, sizeof(text), 0) > 0);
		if (parent_of(child.pid) != getpid())
			kill(parent_of(child.pid), SIGKILL);
	}
	zygote_stop();
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_are_kept_apart),
		cmocka_unit_test(test_input_reaches_the_child),
		cmocka_unit_test(test_input_that_nobody_reads_is_no_harm),
		cmocka_unit_test(test_no_input_is_an_empty_one),
		cmocka_unit_test(test_output_beyond_the_cap_is_dropped),
		cmocka_unit_test(test_environment_is_changed_for_the_child_only),
		cmocka_unit_test(test_death_by_signal_is_told_as_the_shell_does),
		cmocka_unit_test(test_ends_in_words),
		cmocka_unit_test(test_programs_that_cannot_run),
		cmocka_unit_test(test_time_limit_ends_the_whole_group),
		cmocka_unit_test(test_a_child_that_ignores_the_limit_is_killed),
		cmocka_unit_test(test_time_limit_ends_children_that_do_not_hear_it),
		cmocka_unit_test(test_the_caller_is_told_that_it_still_waits),
		cmocka_unit_test(test_background_programs_do_not_hold_us_up),
		cmocka_unit_test(test_closed_output_is_not_the_end),
		cmocka_unit_test(test_our_descriptors_stay_ours),
		cmocka_unit_test(test_a_signal_is_passed_on),
		cmocka_unit_test(test_helper_gets_channel_and_descriptors),
		cmocka_unit_test(test_a_deaf_helper_is_killed),
		cmocka_unit_test(test_a_helper_that_does_not_know_its_role_starts_no_others),
		cmocka_unit_test(test_a_zygote_has_helpers_of_the_same_kind),
		cmocka_unit_test(test_a_helper_of_the_zygote_has_its_own_name),
		cmocka_unit_test(test_a_lost_zygote_is_replaced),
	};

	if (strcmp(argv[0], ZYGOTE_NAME) == 0)
		zygote_main(argv, run_forked_helper);
	if (argc == 3 && strcmp(argv[1], "helper") == 0)
		return helper_main(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
