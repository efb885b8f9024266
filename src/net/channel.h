/*
 * Messages over a connected local socket, in both directions and without blocking: bytes that
 * cannot be sent yet are queued, and received bytes are returned one whole message at a time. Each
 * message is preceded by its length; a message longer than the agreed maximum breaks the channel.
 */
#ifndef NET_CHANNEL_H
#define NET_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

struct channel {
	int fd; /* borrowed */
	size_t max_message;
	struct strbuf incoming, outgoing;
	size_t taken;              /* bytes of `incoming` already returned */
	size_t sent;               /* bytes of `outgoing` already sent */
	int64_t said_ms, heard_ms; /* when we last queued a message, and last received something */
	size_t sign_count;         /* signs of life since the last message */
	/* Receives the first message, which channel_next() does not return. NULL: no greeting is
	 * expected, or it has arrived. */
	int (*take_greeting)(void *context, struct span message, struct error *err);
	void *greeting_context;
};

/* Prepares a channel over `fd`, which stays the caller's. max_message is the size in bytes of the
 * longest message accepted from the peer. */
void channel_init(struct channel *channel, int fd, size_t max_message);
/* Frees the buffers; the descriptor stays open. */
void channel_release(struct channel *channel);

/* Queues a message; channel_flush() sends it. */
void channel_put(struct channel *channel, struct span message);
/* For a process that is at work for long: queues a sign of life if nothing was queued during the
 * last CHANNEL_SIGN_MS. Of such a sign the peer sees `heard_ms`, and no message. */
void channel_sign(struct channel *channel);
enum { CHANNEL_SIGN_MS = 1000 };
/* Sends as much as the socket accepts now. ERR_IO: the peer has closed the connection. */
int channel_flush(struct channel *channel, struct error *err) WARN_UNUSED;
/* Returns true while bytes are queued: poll for POLLOUT, then flush. */
bool channel_has_unsent(const struct channel *channel);
/* Reads the bytes that have arrived. Returns 1 if there were any, 0 if not, ERR_IO when the peer
 * has closed the connection. */
int channel_fill(struct channel *channel, struct error *err) WARN_UNUSED;
/* Returns 1 with the next whole message (borrowed until the next channel_fill()), 0 when none is
 * complete yet, ERR_PROTOCOL when the message is too long. */
int channel_next(struct channel *channel, struct span *ret_message, struct error *err) WARN_UNUSED;
/* Flushes, then waits up to timeout_ms for one whole message. ERR_IO: the peer has closed the
 * connection, or the time is up. Only for channels whose peer answers each message. */
int channel_await(struct channel *channel, int timeout_ms, struct span *ret_message,
		  struct error *err) WARN_UNUSED;

#endif
