/*
 * A responder that was taken over, and sends lines for the log without end. It is played by the
 * thread that serves where this program cannot be started again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <time.h>

#include "base/log.h"
#include "net/channel.h"
#include "net/responder/responder_server.h"
#include "net/responder/responder_wire.h"
#include "os/clock.h"
#include "os/process/process_parts.h"
#include "responder_client.h"

enum { FLOOD = 5000, MOST = 1000, LONG_MS = 60 * 1000 };

/* In the place of the system's: no path of this program, and a clock that can be put forward. */
char *process_own_program(void)
{
	return NULL;
}

static atomic_llong put_forward_ms;
static atomic_bool is_flooded;

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

static void put(struct channel *channel, enum responder_message_kind kind, const char *text)
{
	const char *const texts[RESPONDER_MAX_TEXTS] = {text};
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	responder_wire_put(&message, kind, texts);
	channel_put(channel, span_make(message.text, message.len));
}

/* False: the parent has gone. */
static bool send_all(struct channel *channel)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct pollfd ready = {.fd = channel->fd, .events = POLLOUT};

	while (channel_flush(channel, &err) == 0) {
		if (!channel_has_unsent(channel))
			return true;
		poll(&ready, 1, -1);
	}
	return false;
}

static void flood(struct channel *channel)
{
	for (int i = 0; i < FLOOD; i++)
		put(channel, RESPONDER_NOTICE, "x");
}

/* The first answer is taken, and followed by a flood. For the second there is a flood first, in the
 * middle of which its time is up. */
int responder_serve(const struct responder_server_setup *setup)
{
	struct channel channel;
	AUTO(error) struct error err = ERROR_INIT;
	struct span message;

	channel_init(&channel, setup->channel_fd, RESPONDER_MAX_MESSAGE);
	put(&channel, RESPONDER_READY, "");
	if (channel_await(&channel, LONG_MS, &message, &err) == 1) {
		put(&channel, RESPONDER_DONE, "");
		flood(&channel);
		send_all(&channel);
		atomic_store(&is_flooded, true);
	}
	if (channel_await(&channel, LONG_MS, &message, &err) == 1) {
		flood(&channel);
		send_all(&channel);
		atomic_store(&put_forward_ms, 11 * 1000);
		flood(&channel);
		put(&channel, RESPONDER_DONE, "");
		send_all(&channel);
	}
	channel_release(&channel);
	return 0;
}

static void count_line(void *context, enum log_level level, const char *file, const char *text)
{
	if (strstr(text, "responder: x"))
		(*(size_t *)context)++;
}

static void test_a_flood_of_lines_holds_nobody(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct responder *responder = start_responder("127.0.0.1");
	const struct timespec pause = {.tv_nsec = 1000 * 1000};
	size_t lines = 0;

	log_set_sink(count_line, &lines);
	publish(responder, "one");
	while (!atomic_load(&is_flooded))
		nanosleep(&pause, NULL);
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(responder_tend(responder, &err), 0);
		assert_int_equal(lines, i * MOST);
	}
	/* What is awaited has its time, and a flood does not prolong it. */
	lines = 0;
	assert_int_equal(responder_publish_http(responder, "two", "x", &err), ERR_IO);
	assert_non_null(strstr(err.text, "does not answer"));
	assert_true(lines <= MOST);
	responder_free(responder);
	log_set_sink(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flood_of_lines_holds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
