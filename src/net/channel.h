/*
 * Messages over a connected local socket, in both directions at once and without blocking: what
 * cannot be sent yet is kept, what has arrived is given out message by message. Each message has
 * its length in front; one that is longer than agreed breaks the channel.
 */
#ifndef NET_CHANNEL_H
#define NET_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

struct channel {
	int fd; /* borrowed */
	size_t max_message;
	struct strbuf incoming, outgoing;
	size_t taken; /* bytes of `incoming` that were given out */
	size_t sent;  /* bytes of `outgoing` that are gone */
	/* Takes the first message, which channel_next() does not give out; NULL: there is none of
	 * that kind, or it has come. */
	int (*take_greeting)(void *context, struct span message, struct error *err);
	void *greeting_context;
};

/* max_message: bytes of the longest message accepted from the peer. */
void channel_init(struct channel *channel, int fd, size_t max_message);
/* Frees the buffers; the descriptor stays open. */
void channel_release(struct channel *channel);

/* Queues a message; channel_flush() sends it. */
void channel_put(struct channel *channel, struct span message);
/* Sends as much as the peer takes now. ERR_IO: the peer is gone. */
int channel_flush(struct channel *channel, struct error *err) WARN_UNUSED;
/* True while queued bytes wait: poll for POLLOUT, then flush. */
bool channel_has_unsent(const struct channel *channel);
/* Reads what is there. Returns 1 after reading something, 0 when there was nothing, ERR_IO when the
 * peer is gone. */
int channel_fill(struct channel *channel, struct error *err) WARN_UNUSED;
/* Returns 1 with the next whole message (borrowed until the next fill), 0 when none is whole yet,
 * ERR_PROTOCOL for one that is too long. */
int channel_next(struct channel *channel, struct span *ret_message, struct error *err) WARN_UNUSED;
/* Flushes, then waits up to timeout_ms for one whole message. ERR_IO: the peer is gone, or the time
 * is up. Only for channels on which the peer answers each message. */
int channel_await(struct channel *channel, int timeout_ms, struct span *ret_message,
		  struct error *err) WARN_UNUSED;

#endif
