/*
 * Message fields, and messages over a socket pair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "net/channel.h"

enum { MAX_MESSAGE = 1 << 20 };

struct ends {
	int fds[2];
	struct channel a, b;
};

static int set_up(void **state)
{
	struct ends *ends = XNEW(struct ends);

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends->fds) < 0)
		return -1;
	channel_init(&ends->a, ends->fds[0], MAX_MESSAGE);
	channel_init(&ends->b, ends->fds[1], MAX_MESSAGE);
	*state = ends;
	return 0;
}

static int tear_down(void **state)
{
	struct ends *ends = *state;

	channel_release(&ends->a);
	channel_release(&ends->b);
	close(ends->fds[0]);
	close(ends->fds[1]);
	free(ends);
	return 0;
}

static void test_fields_come_back_as_they_were(void **state)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	struct frame_reader reader;
	struct span bytes;

	frame_put_u8(&message, 0xfe);
	frame_put_u32(&message, 0x01020304);
	frame_put_u64(&message, 0xfedcba9876543210);
	frame_put_text(&message, "text");
	frame_put_text(&message, NULL);
	frame_put_bytes(&message, "a\0b", 3);
	reader = (struct frame_reader){.rest = span_make(message.text, message.len)};
	assert_int_equal(frame_get_u8(&reader), 0xfe);
	assert_int_equal(frame_get_u32(&reader), 0x01020304);
	assert_true(frame_get_u64(&reader) == 0xfedcba9876543210);
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *text = frame_get_text(&reader, 4);

		assert_string_equal(text, i ? "" : "text");
	}
	bytes = frame_get_bytes(&reader, 3);
	assert_int_equal(bytes.len, 3);
	assert_memory_equal(bytes.ptr, "a\0b", 3);
	assert_true(frame_is_whole(&reader));
}

static void test_a_cut_message_breaks_the_reader_wherever_it_is_cut(void **state)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;

	frame_put_u32(&message, 7);
	frame_put_text(&message, "text");
	for (size_t len = 0; len <= message.len; len++) {
		struct frame_reader reader = {.rest = span_make(message.text, len)};
		AUTO_FREE char *text = NULL;

		frame_get_u32(&reader);
		text = frame_get_text(&reader, 100);
		assert_int_equal(frame_is_whole(&reader), len == message.len);
		if (len < message.len)
			assert_string_equal(text, "");
	}
}

static void test_long_fields_nul_bytes_and_leftovers_are_refused(void **state)
{
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	struct frame_reader reader;

	frame_put_bytes(&message, "a\0b", 3);
	reader = (struct frame_reader){.rest = span_make(message.text, message.len)};
	frame_get_bytes(&reader, 2);
	assert_false(frame_is_whole(&reader));
	reader = (struct frame_reader){.rest = span_make(message.text, message.len)};
	free(frame_get_text(&reader, 100));
	assert_false(frame_is_whole(&reader));
	reader = (struct frame_reader){.rest = span_make(message.text, message.len)};
	frame_get_u32(&reader);
	assert_false(frame_is_whole(&reader));
}

/* A message of so many bytes, each different from its neighbours. */
static void fill(struct strbuf *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addc(out, (char)(i * 7));
}

static void test_messages_longer_than_the_sockets_buffer_arrive_whole(void **state)
{
	struct ends *ends = *state;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span got;
	int rc = 0, turns = 0;

	fill(&message, MAX_MESSAGE);
	channel_put(&ends->a, span_make(message.text, message.len));
	channel_put(&ends->a, span_make("end", 3));
	while (rc == 0 && turns++ < 10000) {
		assert_int_equal(channel_flush(&ends->a, &err), 0);
		assert_true(channel_fill(&ends->b, &err) >= 0);
		rc = channel_next(&ends->b, &got, &err);
	}
	assert_int_equal(rc, 1);
	assert_int_equal(got.len, message.len);
	assert_memory_equal(got.ptr, message.text, message.len);
	assert_int_equal(channel_flush(&ends->a, &err), 0);
	assert_false(channel_has_unsent(&ends->a));
	while (channel_next(&ends->b, &got, &err) == 0)
		assert_int_equal(channel_fill(&ends->b, &err), 1);
	assert_true(span_eq(got, "end"));
	assert_int_equal(channel_next(&ends->b, &got, &err), 0);
	assert_int_equal(channel_fill(&ends->b, &err), 0);
}

static void test_empty_messages_count(void **state)
{
	struct ends *ends = *state;
	AUTO(error) struct error err = ERROR_INIT;
	struct span got;

	channel_put(&ends->a, span_make("", 0));
	channel_put(&ends->a, span_make("x", 1));
	assert_int_equal(channel_flush(&ends->a, &err), 0);
	assert_int_equal(channel_await(&ends->b, 1000, &got, &err), 1);
	assert_int_equal(got.len, 0);
	assert_int_equal(channel_await(&ends->b, 1000, &got, &err), 1);
	assert_true(span_eq(got, "x"));
}

static void test_a_message_that_is_too_long_is_refused_by_its_length(void **state)
{
	struct ends *ends = *state;
	AUTO(error) struct error err = ERROR_INIT;
	struct span got;

	assert_int_equal(send(ends->fds[0], "\xff\xff\xff\xff", 4, 0), 4);
	assert_int_equal(channel_fill(&ends->b, &err), 1);
	assert_int_equal(channel_next(&ends->b, &got, &err), ERR_PROTOCOL);
}

/* A peer that is at work for long. */
static void test_signs_of_life_are_heard_and_are_no_messages(void **state)
{
	struct ends *ends = *state;
	AUTO(error) struct error err = ERROR_INIT;
	struct span got;

	channel_put(&ends->a, span_make("x", 1));
	channel_sign(&ends->a); /* too soon: something was said */
	assert_int_equal(channel_flush(&ends->a, &err), 0);
	assert_int_equal(channel_fill(&ends->b, &err), 1);
	assert_int_equal(channel_next(&ends->b, &got, &err), 1);
	assert_int_equal(channel_fill(&ends->b, &err), 0);

	ends->b.heard_ms -= CHANNEL_SIGN_MS;
	ends->a.said_ms -= CHANNEL_SIGN_MS;
	channel_sign(&ends->a);
	channel_sign(&ends->a);
	assert_int_equal(channel_flush(&ends->a, &err), 0);
	assert_int_equal(channel_fill(&ends->b, &err), 1);
	assert_true(ends->b.heard_ms >= ends->a.said_ms);
	assert_int_equal(ends->b.incoming.len - ends->b.taken, 4);
	assert_int_equal(channel_next(&ends->b, &got, &err), 0);

	channel_put(&ends->a, span_make("y", 1));
	assert_int_equal(channel_flush(&ends->a, &err), 0);
	assert_int_equal(channel_await(&ends->b, 1000, &got, &err), 1);
	assert_true(span_eq(got, "y"));
}

static void test_a_peer_that_gives_nothing_but_signs_is_refused(void **state)
{
	struct ends *ends = *state;
	AUTO(error) struct error err = ERROR_INIT;
	struct span got;
	int rc = 0;

	for (int i = 0; i < 2000 && rc == 0; i++) {
		ends->a.said_ms = 0;
		channel_sign(&ends->a);
		assert_int_equal(channel_flush(&ends->a, &err), 0);
		assert_int_equal(channel_fill(&ends->b, &err), 1);
		rc = channel_next(&ends->b, &got, &err);
	}
	assert_int_equal(rc, ERR_PROTOCOL);
}

static void test_a_closed_peer_is_an_error_in_both_directions(void **state)
{
	struct ends *ends = *state;
	AUTO(error) struct error read_err = ERROR_INIT, write_err = ERROR_INIT;

	close(ends->fds[1]);
	ends->fds[1] = -1;
	channel_put(&ends->a, span_make("x", 1));
	assert_int_equal(channel_flush(&ends->a, &write_err), ERR_IO);
	assert_int_equal(channel_fill(&ends->a, &read_err), ERR_IO);
}

static void test_waiting_for_a_silent_peer_ends(void **state)
{
	struct ends *ends = *state;
	AUTO(error) struct error err = ERROR_INIT;
	struct span got;

	assert_int_equal(channel_await(&ends->a, 50, &got, &err), ERR_IO);
	assert_non_null(strstr(err.text, "does not answer"));
}

#define WITH_ENDS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_come_back_as_they_were),
		cmocka_unit_test(test_a_cut_message_breaks_the_reader_wherever_it_is_cut),
		cmocka_unit_test(test_long_fields_nul_bytes_and_leftovers_are_refused),
		WITH_ENDS(test_messages_longer_than_the_sockets_buffer_arrive_whole),
		WITH_ENDS(test_empty_messages_count),
		WITH_ENDS(test_a_message_that_is_too_long_is_refused_by_its_length),
		WITH_ENDS(test_signs_of_life_are_heard_and_are_no_messages),
		WITH_ENDS(test_a_peer_that_gives_nothing_but_signs_is_refused),
		WITH_ENDS(test_a_closed_peer_is_an_error_in_both_directions),
		WITH_ENDS(test_waiting_for_a_silent_peer_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
