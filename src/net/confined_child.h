/*
 * A child process that handles bytes from strangers: this program, started again, connected by a
 * channel, and in a sandbox before it reads its first message. Its own first message, the greeting,
 * says what the sandbox lacks on this system; the channel handles that message itself.
 *
 *	confined_child_start(&child, &start, err);        the parent; then messages on child.channel
 *	confined_self_enter(argv, &request, &channel);    the child, first of all
 */
#ifndef NET_CONFINED_CHILD_H
#define NET_CONFINED_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/channel.h"
#include "os/process/process.h"
#include "os/sandbox/sandbox.h"

/* The sandbox that a run requires of all its children. Functions that start children borrow it. */
struct confinement {
	bool is_required; /* a child that cannot be confined does no work */
	/* Called when the sandbox lacks something, or when the work has to be done in this process
	 * because no child can be started. `process`: "network", "resolver", ... */
	void (*tell)(void *context, const char *process, bool is_confined, const char *missing);
	/* Called once for each time that a child has work and gives no sign of life. NULL: that is
	 * only logged. */
	void (*tell_silence)(void *context, const char *process, int seconds);
	void *context;
};

struct confined_start {
	const char *name; /* "certbot: network": its argv[0] */
	const char *const
		*args;  /* from its argv[CONFINED_FIRST_ARG] on; NULL-terminated, or NULL */
	const int *fds; /* passed to it as CONFINED_FIRST_FD and up */
	size_t fd_count;
	const int *tcp_ports; /* it may connect to these */
	size_t tcp_port_count;
	size_t max_message; /* bytes of the longest message accepted from it */
};

enum {
	CONFINED_CHANNEL_FD = 3, /* in the child */
	CONFINED_FIRST_FD,
	CONFINED_FIRST_ARG = 3,
	CONFINED_MAX_PORTS = 32,
};

/* Must not be moved while the child runs: the channel points to it. */
struct confined_child {
	const struct confinement *confinement; /* NULL: missing protection is only logged */
	const char *name;                      /* "network" */
	struct process_child process;          /* running when its pid is set */
	struct channel channel;
	int64_t told_ms;    /* the last sign of life before a silence that was told */
	int64_t told_at_ms; /* when it was */
};

enum {
	/* Milliseconds. A child at work gives a sign of life every CHANNEL_SIGN_MS. One that is
	 * silent for longer is stopped or hangs, or the machine is short of memory. */
	CONFINED_SILENCE_MS = 10000,  /* then a person is told */
	CONFINED_PATIENCE_MS = 20000, /* then the child is taken for lost */
	/* After a signal to end, the same is so after this time, and nobody is told. */
	CONFINED_END_MS = 2500,
};

/* Starts the child and connects the channel. ERR_IO, ERR_REFUSED: the child cannot be started. If
 * it must be confined and is not, a later call on the channel returns ERR_REFUSED. */
int confined_child_start(struct confined_child *child, const struct confinement *confinement,
			 const struct confined_start *start, struct error *err) WARN_UNUSED;
/* Waits for the child to end; does nothing when none is running. */
void confined_child_stop(struct confined_child *child);
/* Starts the clock: from now on the child has work. */
void confined_child_expect(struct confined_child *child);
/* Returns the milliseconds until confined_child_check() has something to do, if the child stays
 * silent. `patience_ms`: CONFINED_PATIENCE_MS, or more for work that gives no signs. */
int64_t confined_child_wait_ms(const struct confined_child *child, int64_t patience_ms);
/* Tells a person that the child has been silent for long: 10 s before patience_ms are over. After
 * these, ERR_NETWORK: it must be given up. For callers that have read what there was to read. */
int confined_child_check(struct confined_child *child, int64_t patience_ms,
			 struct error *err) WARN_UNUSED;
/* Tells a person that the child has been silent for so long, for callers with limits of their own:
 * a responder has little to do for the parent. */
void confined_child_tell(const struct confined_child *child, int seconds);
/* Reports that the work of `process` will be done in this process, because of `reason`.
 * ERR_REFUSED: confinement is required, so it must not be done here. ERR_IO: there are no
 * descriptors for it, here or there. */
int confinement_do_without(const struct confinement *confinement, const char *process,
			   const struct error *reason, struct error *err) WARN_UNUSED;

/* Called in the child: gives up all rights except those in the request, to which it adds the ports
 * from argv, and sends the greeting. Returns false when the sandbox is weaker than the parent
 * requires; the process must then exit. */
bool confined_self_enter(char *const *argv, struct sandbox_request *request,
			 struct channel *channel) WARN_UNUSED;

#endif
