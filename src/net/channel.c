/*
 * Framed messages on a local socket (see channel.h). The socket keeps packets apart, but nothing
 * here relies on it: the packets are joined to a byte stream and cut at the message lengths.
 */
#include "net/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/frame.h"
#include "base/secret.h"
#include "os/clock.h"

enum {
	LENGTH_LEN = 4,
	PACKET_LEN = 16 * 1024, /* sent at once; a reader has room for as much */
	/* Between two messages: more than an hour of work. A child that has been taken over must
	 * not keep the parent busy with them. */
	MAX_SIGNS = 1000,
};

/* Stands where a message has its length. */
#define SIGN_OF_LIFE 0xfffffffeU

void channel_init(struct channel *channel, int fd, size_t max_message)
{
	*channel = (struct channel){
		.fd = fd,
		.max_message = max_message,
		.incoming = STRBUF_INIT,
		.outgoing = STRBUF_INIT,
		.heard_ms = clock_mono_ms(clock_system()),
	};
}

void channel_release(struct channel *channel)
{
	strbuf_release(&channel->incoming);
	strbuf_release(&channel->outgoing);
}

void channel_put(struct channel *channel, struct span message)
{
	frame_put_bytes(&channel->outgoing, message.ptr, message.len);
	channel->said_ms = clock_mono_ms(clock_system());
}

void channel_sign(struct channel *channel)
{
	int64_t now = clock_mono_ms(clock_system());

	if (now - channel->said_ms < CHANNEL_SIGN_MS)
		return;
	frame_put_u32(&channel->outgoing, SIGN_OF_LIFE);
	channel->said_ms = now;
}

bool channel_has_unsent(const struct channel *channel)
{
	return channel->sent < channel->outgoing.len;
}

static int set_lost(const char *what, struct error *err)
{
	return error_set_errno(err, errno, "cannot %s the other process", what);
}

/* Returns 1 when the peer took some bytes, 0 when it takes none now. In pieces: a packet larger
 * than the socket's buffer would never be taken. */
static int send_some(struct channel *channel, struct error *err)
{
	size_t left = channel->outgoing.len - channel->sent;
	ssize_t count;

	do
		count = send(channel->fd, channel->outgoing.text + channel->sent,
			     left < PACKET_LEN ? left : PACKET_LEN, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : set_lost("write to", err);
	channel->sent += (size_t)count;
	return 1;
}

/* The rest is moved to the front only when that is less than half, so that long queues are not
 * copied for each packet. */
int channel_flush(struct channel *channel, struct error *err)
{
	int rc = 1;

	while (rc == 1 && channel_has_unsent(channel))
		rc = send_some(channel, err);
	if (rc < 0)
		return rc;
	if (!channel_has_unsent(channel)) {
		secret_wipe(channel->outgoing.text, channel->outgoing.len);
		strbuf_release(&channel->outgoing);
		channel->sent = 0;
	} else if (channel->sent > channel->outgoing.len / 2) {
		strbuf_splice(&channel->outgoing, 0, channel->sent, "", 0);
		channel->sent = 0;
	}
	return 0;
}

/* Drops what was returned already. Requests carry tokens, so it is wiped. */
static void compact(struct channel *channel)
{
	struct strbuf *incoming = &channel->incoming;
	size_t len = incoming->len;

	strbuf_splice(incoming, 0, channel->taken, "", 0);
	secret_wipe(incoming->text + incoming->len, len - incoming->len);
	channel->taken = 0;
}

int channel_fill(struct channel *channel, struct error *err)
{
	char packet[PACKET_LEN];
	ssize_t count;

	if (channel->taken)
		compact(channel);
	do
		count = recv(channel->fd, packet, sizeof(packet), MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : set_lost("read from", err);
	if (count == 0)
		return error_set(err, ERR_IO, "the other process has ended");
	strbuf_add(&channel->incoming, packet, (size_t)count);
	secret_wipe(packet, (size_t)count);
	channel->heard_ms = clock_mono_ms(clock_system());
	return 1;
}

static struct frame_reader untaken_bytes(const struct channel *channel)
{
	return (struct frame_reader){
		.rest = span_make(channel->incoming.text + channel->taken,
				  channel->incoming.len - channel->taken),
	};
}

static int skip_signs(struct channel *channel, struct error *err)
{
	for (;;) {
		struct frame_reader reader = untaken_bytes(channel);

		if (reader.rest.len < LENGTH_LEN || frame_get_u32(&reader) != SIGN_OF_LIFE)
			return 0;
		channel->taken += LENGTH_LEN;
		if (++channel->sign_count > MAX_SIGNS)
			return error_set(err, ERR_PROTOCOL,
					 "the helper process says nothing else "
					 "than that it lives");
	}
}

/* The limit comes before the memory: a length is the first thing that a compromised child would lie
 * about. */
static int next_message(struct channel *channel, struct span *ret_message, struct error *err)
{
	struct frame_reader reader;
	size_t len;

	if (skip_signs(channel, err) < 0)
		return err->code;
	reader = untaken_bytes(channel);
	if (reader.rest.len < LENGTH_LEN)
		return 0;
	len = frame_get_u32(&reader);
	if (len > channel->max_message)
		return error_set(err, ERR_PROTOCOL,
				 "the helper process sent a message of %zu "
				 "bytes",
				 len);
	if (len > reader.rest.len)
		return 0;
	*ret_message = span_make(reader.rest.ptr, len);
	channel->taken += LENGTH_LEN + len;
	channel->sign_count = 0;
	return 1;
}

/* The greeting is taken here, so that no caller can use a child before it has said whether it is
 * confined. */
int channel_next(struct channel *channel, struct span *ret_message, struct error *err)
{
	int rc = next_message(channel, ret_message, err);

	if (rc != 1 || !channel->take_greeting)
		return rc;
	rc = channel->take_greeting(channel->greeting_context, *ret_message, err);
	channel->take_greeting = NULL;
	return rc < 0 ? rc : next_message(channel, ret_message, err);
}

/* Waits until the socket can be read, or written if bytes are queued. False on timeout. */
static bool wait_ready(const struct channel *channel, int64_t deadline_ms)
{
	const struct clock *clock = clock_system();
	struct pollfd ready = {.fd = channel->fd, .events = POLLIN};
	int64_t left_ms = deadline_ms - clock_mono_ms(clock);

	if (channel_has_unsent(channel))
		ready.events |= POLLOUT;
	return left_ms > 0 && (poll(&ready, 1, (int)left_ms) > 0 || errno == EINTR);
}

/* For dialogues of question and answer. Everything else polls, to look at several channels and at
 * signals. */
int channel_await(struct channel *channel, int timeout_ms, struct span *ret_message,
		  struct error *err)
{
	const struct clock *clock = clock_system();
	int64_t deadline_ms = clock_mono_ms(clock) + timeout_ms;

	for (;;) {
		int rc = channel_next(channel, ret_message, err);

		if (rc)
			return rc;
		if (channel_flush(channel, err) < 0)
			return err->code;
		errno = 0;
		if (!wait_ready(channel, deadline_ms))
			return error_set(err, ERR_IO, "the other process does not answer");
		if (channel_fill(channel, err) < 0)
			return err->code;
	}
}
