/*
 * A child that meets the bytes of strangers: this program started again, connected by a channel, in
 * a sandbox from before its first message on. Its first message, the greeting, says what the
 * sandbox lacks on this system; it is taken by the channel itself.
 *
 *	confined_child_start(&child, &start, err);        the parent; then messages on child.channel
 *	confined_self_enter(argv, &request, &channel);    the child, first of all
 */
#ifndef NET_CONFINED_CHILD_H
#define NET_CONFINED_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/channel.h"
#include "os/process/process.h"
#include "os/sandbox/sandbox.h"

/* What a run asks of all its children. Borrowed by those who start them. */
struct confinement {
	bool is_required; /* a child that is not confined does nothing */
	/* Called when something is missing: for the child, or for its work where that has to be
	 * done in this process. `process`: "network", "resolver", ... */
	void (*tell)(void *context, const char *process, bool is_confined, const char *missing);
	void *context;
};

struct confined_start {
	const char *name; /* "certbot: network": its argv[0] */
	const char *const
		*args;  /* from its argv[CONFINED_FIRST_ARG] on; NULL-terminated, or NULL */
	const int *fds; /* given to it from CONFINED_FIRST_FD on */
	size_t fd_count;
	const int *tcp_ports; /* that it may connect to */
	size_t tcp_port_count;
	size_t max_message; /* that is accepted from it */
};

enum {
	CONFINED_CHANNEL_FD = 3, /* in the child */
	CONFINED_FIRST_FD,
	CONFINED_FIRST_ARG = 3,
	CONFINED_MAX_PORTS = 32,
};

/* Must stay where it is while the child runs: the channel points to it. */
struct confined_child {
	const struct confinement *confinement; /* NULL: what is missing goes to the log */
	const char *name;                      /* "network" */
	struct process_child process;          /* running when its pid is set */
	struct channel channel;
};

/* ERR_IO, ERR_REFUSED: the child cannot be started. That it is not confined although it has to be
 * is an error of the channel, ERR_REFUSED. */
int confined_child_start(struct confined_child *child, const struct confinement *confinement,
			 const struct confined_start *start, struct error *err) WARN_UNUSED;
/* Waits for its end; does nothing when it does not run. */
void confined_child_stop(struct confined_child *child);
/* For work that has to be done in this process, for that reason. ERR_REFUSED: it may not. */
int confinement_do_without(const struct confinement *confinement, const char *process,
			   const struct error *reason, struct error *err) WARN_UNUSED;

/* In the child: gives up all rights but those of the request, to which the ports of argv are added,
 * and greets the parent. False: the sandbox is not what the parent asks for; the process must
 * end. */
bool confined_self_enter(char *const *argv, struct sandbox_request *request,
			 struct channel *channel) WARN_UNUSED;

#endif
