/*
 * Giving up rights in a helper process, for good: the user, the root directory, files, ports,
 * signals and system calls, each as far as the system can. Which calls a process keeps depends on
 * its kind (sandbox_calls_linux.c); which files and ports, on its request.
 */
#ifndef OS_SANDBOX_SANDBOX_H
#define OS_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/strvec.h"

enum sandbox_kind {
	SANDBOX_PARSER = 1 << 0,    /* computes: memory, and the descriptors that it has */
	SANDBOX_RESPONDER = 1 << 1, /* also accepts connections on listening sockets that it has */
	SANDBOX_RESOLVER = 1 << 2,  /* also opens IP sockets */
	SANDBOX_NETWORK = 1 << 3,   /* also threads, the system's name services, and files */
};

struct sandbox_request {
	enum sandbox_kind kind;
	/* Files that a SANDBOX_NETWORK may open for reading. Links are followed now; what does not
	 * exist, and directories, are left out. NULL: none. */
	const struct strvec *readable;
	const int *tcp_ports; /* ports of other machines that it may connect to */
	size_t tcp_port_count;
	bool has_unix_services; /* a SANDBOX_NETWORK resolves names by asking local sockets */
};

struct sandbox_outcome {
	/* What the system could not do, as in "Landlock (Function not implemented)". */
	struct strvec missing;
	/* Files of the parent's are out of reach, by at least one barrier that holds on its own. */
	bool is_confined;
};
void sandbox_outcome_release(struct sandbox_outcome *outcome);
DEFINE_AUTO(sandbox_outcome, sandbox_outcome_release);

/* Gives up every right that a process of that kind can do without; as root it becomes the user
 * `_certbot` if there is one, else `nobody`. Open descriptors stay. Call it before the first byte
 * of a stranger is read, and before there are threads. What is missing does not stop the rest. */
void sandbox_enter(const struct sandbox_request *request, struct sandbox_outcome *ret_outcome);

#endif
