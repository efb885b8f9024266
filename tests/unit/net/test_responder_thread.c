/*
 * The responder where this program cannot be started again: a thread of this process serves. Which
 * also lets a test hold the clock of the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/responder/responder_connection.h"
#include "os/clock.h"
#include "os/process/process_parts.h"
#include "responder_client.h"

/* In the place of the system's: no path of this program, and a clock that can be put forward. */
char *process_own_program(void)
{
	return NULL;
}

static atomic_llong put_forward_ms;

static int64_t shifted_ms(void *context)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load(&put_forward_ms);
}

const struct clock *clock_system(void)
{
	static const struct clock shifted = {.now_ms = shifted_ms, .mono_ms = shifted_ms};

	return &shifted;
}

static void test_a_thread_serves_and_ends(void **state)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct responder *responder = start_responder("127.0.0.1"), *again = NULL;
	int port = responder_port(responder);

	publish(responder, "one");
	publish(responder, "two");
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "\r\n\r\none.print"));
	assert_int_equal(responder_withdraw(responder, "one", &err), 0);
	publish(responder, "three");
	get(responder, "one", &answer);
	assert_int_equal(answer.len, 0);
	get(responder, "two", &answer);
	assert_non_null(strstr(answer.text, "two.print"));
	responder_free(responder);
	assert_int_equal(start_on_port(port, &again, &err), 0);
	responder_free(again);
}

static bool is_open(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static void test_a_request_that_takes_too_long_is_given_up(void **state)
{
	AUTO(responder) struct responder *responder = start_responder("127.0.0.1");
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO_CLOSE int fd = connect_to(responder);
	char byte;

	send_text(fd, "GET " PATH "on");
	publish(responder, "one");
	get(responder, "one", &answer); /* connections are accepted in turn: ours is */
	atomic_fetch_add(&put_forward_ms, RESPONDER_READ_TIMEOUT_MS * 2 / 3);
	send_text(fd, "e HTTP/1.1\r\n"); /* a byte now and then does not help */
	publish(responder, "two");
	publish(responder, "three");
	assert_true(is_open(fd));
	atomic_fetch_add(&put_forward_ms, RESPONDER_READ_TIMEOUT_MS / 3);
	publish(responder, "four");
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	get(responder, "one", &answer);
	assert_non_null(strstr(answer.text, "one.print"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thread_serves_and_ends),
		cmocka_unit_test(test_a_request_that_takes_too_long_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
