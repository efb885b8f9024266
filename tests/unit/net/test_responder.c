/*
 * The responder with its child: this test program is started again under the responder's name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "os/users.h"
#include "responder_client.h"

static void test_what_is_published_is_served_until_it_is_withdrawn(void **state)
{
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	publish(responder, "one");
	publish(responder, "two");
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "\r\n\r\none.print"));
	get(responder, "two", &answer);
	assert_non_null(strstr(answer.text, "\r\n\r\ntwo.print"));
	assert_int_equal(responder_withdraw(responder, "one", &err), 0);
	assert_int_equal(responder_withdraw(responder, "never-published", &err), 0);
	publish(responder, "three");
	get(responder, "one", &answer);
	assert_int_equal(answer.len, 0);
	get(responder, "two", &answer);
	assert_non_null(strstr(answer.text, "two.print"));
}

static void test_clients_that_stall_do_not_keep_others_out(void **state)
{
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	int stalled[300];

	publish(responder, "one");
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++) {
		stalled[i] = connect_to(responder);
		if (i % 2)
			send_text(stalled[i], "GET /");
	}
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "one.print"));
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		close(stalled[i]);
}

static void test_a_long_request_is_cut_off(void **state)
{
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO_CLOSE int fd = connect_to(responder);
	char byte;
	size_t sent = 0;

	send_text(fd, "GET / HTTP/1.1\r\n");
	while (sent < 1 << 20 && send(fd, "X: y\r\n", 6, MSG_NOSIGNAL) > 0)
		sent += 6;
	assert_true(recv(fd, &byte, 1, 0) <= 0);
}

static void test_a_port_is_free_again_afterwards(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct responder *responder = start_responder("127.0.0.1");
	int port = responder_port(responder);

	publish(responder, "one");
	responder_free(responder);
	responder = NULL;
	assert_int_equal(start_on_port(port, &responder, &err), 0);
	responder_free(responder);
}

static void test_a_taken_port_names_its_owner(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(responder) struct responder *second = NULL;

	assert_int_equal(start_on_port(responder_port(responder), &second, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, "in use by"));
}

/* Pid of the child: the one process whose parent is this one. */
static int child_pid(void)
{
	AUTO_FREE char *path = xasprintf("/proc/self/task/%d/children", getpid());
	AUTO(strbuf) struct strbuf pids = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 1000, &pids, &err), 0);
	return (int)strtol(pids.text, NULL, 10);
}

/* Returns when it is dead, which is noticed by the next message only. */
static void kill_child(void)
{
	int pid = child_pid();
	siginfo_t end;

	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
}

/* All that was published is there again; the sockets were open all the time. */
static void test_a_child_that_dies_is_replaced(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;

	publish(responder, "one");
	publish(responder, "two");
	kill_child();
	publish(responder, "three");
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "one.print"));
	get(responder, "three", &answer);
	assert_non_null(strstr(answer.text, "three.print"));
	kill_child();
	assert_int_equal(responder_withdraw(responder, "one", &err), 0);
	get(responder, "one", &answer);
	assert_int_equal(answer.len, 0);
	get(responder, "two", &answer);
	assert_non_null(strstr(answer.text, "two.print"));
	assert_int_equal(responder_withdraw(responder, "two", &err), 0);
	kill_child();
	assert_int_equal(responder_withdraw(responder, "three", &err), ERR_IO);
	assert_non_null(strstr(err.text, "responder process is lost"));
}

/* Nobody gives it anything or takes anything away: a single certificate's, while the CA looks. */
static void test_one_that_dies_meanwhile_is_replaced_when_tended(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;

	kill_child();
	assert_int_equal(responder_tend(responder, &err), 0); /* nothing is published */
	publish(responder, "one");
	for (size_t i = 0; i < 2; i++) {
		int dead = child_pid();

		assert_int_equal(responder_tend(responder, &err), 0);
		assert_int_equal(child_pid(), dead);
		kill_child();
		assert_int_equal(responder_tend(responder, &err), 0);
		get(responder, "one", &answer);
		assert_non_null(strstr(answer.text, "one.print"));
	}
	kill_child();
	assert_int_equal(responder_tend(responder, &err), ERR_IO);
	assert_non_null(strstr(err.text, "responder process is lost"));
	error_release(&err);
	assert_int_equal(responder_tend(responder, &err), 0); /* said once */
}

/* A CA that connected while there was no child is not told that nothing is here, whichever of the
 * answers it wants. */
static void test_who_connects_in_between_is_answered_late(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	char text[1000] = "";
	int fd;

	for (int i = 0; i < 200; i++) {
		AUTO_FREE char *name = xasprintf("answer%d", i);

		publish(responder, name);
	}
	kill_child();
	fd = connect_to(responder);
	send_text(fd, "GET /.well-known/acme-challenge/answer199 HTTP/1.1\r\n\r\n");
	assert_int_equal(responder_tend(responder, &err), 0);
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_non_null(strstr(text, "200"));
	close(fd);
}

/* One that was published has its own. */
static void test_any_token_is_answered_by_its_thumbprint(void **state)
{
	static const char *const none[] = {"", "a.b", "a/b", "a%41", "a\\b"};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT, longest = STRBUF_INIT;

	publish(responder, "one");
	get(responder, "x-Y_9", &answer);
	assert_int_equal(answer.len, 0);
	assert_int_equal(responder_publish_any(responder, "all.print", &err), 0);
	get(responder, "x-Y_9", &answer);
	assert_non_null(strstr(answer.text, "\r\n\r\nx-Y_9.all.print"));
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "one.print"));
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		get(responder, none[i], &answer);
		assert_int_equal(answer.len, 0);
	}
	while (longest.len < 129)
		strbuf_addc(&longest, 'a');
	get(responder, longest.text, &answer);
	assert_int_equal(answer.len, 0);
	/* A child that dies is missed by who stays, and its successor answers, too. */
	assert_int_equal(responder_tend(responder, &err), 0);
	kill_child();
	assert_int_equal(responder_tend(responder, &err), 0);
	get(responder, longest.text + 1, &answer);
	assert_non_null(strstr(answer.text, "a.all.print"));
}

/* Nothing is gained by a fifth where four have died of something. */
static void test_a_child_that_dies_again_and_again_is_an_error(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");

	for (size_t i = 0; i < 3; i++) {
		kill_child();
		publish(responder, "one");
	}
	kill_child();
	assert_int_equal(responder_publish_http(responder, "two", "x", &err), ERR_IO);
	assert_non_null(strstr(err.text, "responder process is lost"));
}

static void collect_line(void *context, enum log_level level, const char *file, const char *text)
{
	strbuf_addf(context, "%s\n", text);
}

struct sleeper {
	int pid;
	struct timespec pause;
};

static void *wake_child(void *context)
{
	const struct sleeper *sleeper = context;

	nanosleep(&sleeper->pause, NULL);
	kill(sleeper->pid, SIGCONT);
	return NULL;
}

/* The child of a busy machine may not have run since the client had what it wanted. */
static void test_what_was_asked_last_is_logged(void **state)
{
	struct responder *responder = start_responder("127.0.0.1");
	AUTO_CLOSE int fd = connect_to(responder);
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;
	struct sleeper sleeper = {child_pid(), {.tv_nsec = 100 * 1000 * 1000}};
	pthread_t thread;

	publish(responder, "one"); /* it accepts the connection before it answers */
	kill(sleeper.pid, SIGSTOP);
	send_text(fd, "GET /.well-known/acme-challenge/one HTTP/1.1\r\n\r\n");
	log_set_sink(collect_line, &lines);
	assert_int_equal(pthread_create(&thread, NULL, wake_child, &sleeper), 0);
	responder_free(responder);
	pthread_join(thread, NULL);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(lines.text, "127.0.0.1: answered 'GET /.well-known"));
}

/* One that wakes up within its 10 s has lost nothing, and nobody waits for it without a word. */
static void test_a_child_that_is_silent_for_a_while_is_told_of(void **state)
{
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT, answer = STRBUF_INIT;
	struct sleeper sleeper = {child_pid(), {.tv_sec = 3, .tv_nsec = 500 * 1000 * 1000}};
	pthread_t thread;

	kill(sleeper.pid, SIGSTOP);
	log_set_sink(collect_line, &lines);
	assert_int_equal(pthread_create(&thread, NULL, wake_child, &sleeper), 0);
	publish(responder, "one");
	pthread_join(thread, NULL);
	log_set_sink(NULL, NULL);
	assert_non_null(strstr(lines.text, "the responder process has been silent for 3 s\n"));
	assert_null(strstr(lines.text, "takes its place"));
	assert_int_equal(child_pid(), sleeper.pid);
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "one.print"));
}

static void read_status(int pid, struct strbuf *ret_text)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/status", pid);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 10000, ret_text, &err), 0);
}

static void test_the_child_has_no_rights(void **state)
{
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO_FREE char *root = xasprintf("/proc/%d/root/etc", child_pid());
	AUTO(strbuf) struct strbuf status = STRBUF_INIT;

	if (!users_is_root())
		return; /* an ordinary user has none that could be given up */
	read_status(child_pid(), &status);
	assert_null(strstr(status.text, "\nUid:\t0\t"));
	assert_non_null(strstr(status.text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(status.text, "\nNoNewPrivs:\t1\n"));
	assert_int_equal(access(root, F_OK), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_published_is_served_until_it_is_withdrawn),
		cmocka_unit_test(test_clients_that_stall_do_not_keep_others_out),
		cmocka_unit_test(test_a_long_request_is_cut_off),
		cmocka_unit_test(test_a_port_is_free_again_afterwards),
		cmocka_unit_test(test_a_taken_port_names_its_owner),
		cmocka_unit_test(test_a_child_that_dies_is_replaced),
		cmocka_unit_test(test_one_that_dies_meanwhile_is_replaced_when_tended),
		cmocka_unit_test(test_who_connects_in_between_is_answered_late),
		cmocka_unit_test(test_any_token_is_answered_by_its_thumbprint),
		cmocka_unit_test(test_a_child_that_dies_again_and_again_is_an_error),
		cmocka_unit_test(test_what_was_asked_last_is_logged),
		cmocka_unit_test(test_a_child_that_is_silent_for_a_while_is_told_of),
		cmocka_unit_test(test_the_child_has_no_rights),
	};

	if (strcmp(argv[0], RESPONDER_NAME) == 0)
		return responder_main(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
