/*
 * The responder's main loop: receives publications over its channel and answers clients until the
 * channel is closed.
 */
#ifndef NET_RESPONDER_RESPONDER_SERVER_H
#define NET_RESPONDER_RESPONDER_SERVER_H

#include <stddef.h>

#include "net/responder/responder_protocol.h"

enum { RESPONDER_MAX_LISTENERS = 2 };

struct responder_server_setup {
	enum responder_protocol protocol;
	int channel_fd;
	int listeners[RESPONDER_MAX_LISTENERS];
	size_t listener_count;
	/* Nobody is accepted before that many answers have been published: those of a child that
	 * died, after which the CA may be waiting at the listener already. */
	size_t awaited;
	/* The child's arguments; the child gives up its rights. NULL: the server runs as a thread
	 * of a process that needs its rights. */
	char *const *argv;
};

/* Runs the loop and returns an exit status. The descriptors stay open. */
int responder_serve(const struct responder_server_setup *setup);

#endif
