/*
 * Gives up the rights of a helper process for good: user, root directory, files, ports, signals and
 * system calls, each as far as the system allows. The process's kind determines which calls it
 * keeps (sandbox_calls_linux.c), the request which files and ports.
 */
#ifndef OS_SANDBOX_SANDBOX_H
#define OS_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/strvec.h"

enum sandbox_kind {
	SANDBOX_PARSER = 1 << 0,    /* only uses memory and open descriptors */
	SANDBOX_RESPONDER = 1 << 1, /* also accepts connections on open sockets */
	SANDBOX_RESOLVER = 1 << 2,  /* also opens IP sockets */
	SANDBOX_NETWORK = 1 << 3,   /* also uses threads, name services and files */
};

struct sandbox_request {
	enum sandbox_kind kind;
	/* Files that a SANDBOX_NETWORK may open for reading. Links are resolved now; what is
	 * missing or not a file is ignored. NULL: none. */
	const struct strvec *readable;
	/* Directories, by their real path, of which a SANDBOX_NETWORK may open any file, at any
	 * depth. Only for what is public: see dir_is_public(). NULL: none. */
	const struct strvec *public_dirs;
	const int *tcp_ports; /* remote ports that it may connect to */
	size_t tcp_port_count;
	bool has_unix_services; /* a SANDBOX_NETWORK resolves names by asking local sockets */
};

struct sandbox_outcome {
	/* Features that the system lacks, as in "Landlock (Function not implemented)". */
	struct strvec missing;
	/* The parent's files are out of reach because of at least one sufficient barrier. */
	bool is_confined;
};
void sandbox_outcome_release(struct sandbox_outcome *outcome);
DEFINE_AUTO(sandbox_outcome, sandbox_outcome_release);

/* Looks up what each of this process's future children would look up by itself: the user that root
 * becomes, and an empty directory. Optional; each child must call sandbox_enter(). */
void sandbox_prepare(void);
/* Gives up every right that a process of that kind does not need; root becomes the user `_certbot`
 * if it exists, else `nobody`. Open descriptors stay open. Call it before reading any untrusted
 * byte and before starting threads. What the system cannot do is listed in `ret_outcome`, and the
 * rest is done anyway. */
void sandbox_enter(const struct sandbox_request *request, struct sandbox_outcome *ret_outcome);

#endif
