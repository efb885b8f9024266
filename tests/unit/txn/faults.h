/*
 * Crashes and refusals at every single change of the file system. The test program is linked with
 * faults_wraps (tests/unit/txn/meson.build), so that every call that changes something comes
 * through here and is counted.
 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strvec.h"

enum fault_kind {
	FAULT_KILL, /* the process dies at the n-th change; a write gets half-way */
	FAULT_FAIL, /* the n-th change fails with EIO, later ones work */
	FAULT_FULL, /* from the n-th change on, all that needs space fails with ENOSPC */
	FAULT_KIND__COUNT,
};
const char *fault_kind_name(enum fault_kind kind);

/* A scenario that is run again and again, from its beginning each time. */
struct fault_plan {
	void (*prepare)(void);
	int (*operate)(void); /* 0: it got through */
	/* `completed`: operate() got through. */
	void (*check)(bool completed);
};

/* Runs the scenario with a fault at the first change, then at the second, and so on, until it gets
 * through without meeting one. Returns how many changes it met. */
unsigned faults_try_all(enum fault_kind kind, const struct fault_plan *plan);

/* What exchanges of directories meet from now on. */
enum fault_exchange {
	EXCHANGE_WORKS,
	EXCHANGE_UNKNOWN, /* ENOSYS, as of an old kernel */
	EXCHANGE_REFUSED, /* EINVAL, as of a file system that has none */
};
void faults_set_exchange(enum fault_exchange exchange);

/* Everything that operate() changes and syncs, in order, such as "fsync DIR/NAME",
 * "rename A B", "exchange A B", "symlink PATH", "create PATH", "unlink PATH". */
void faults_trace(int (*operate)(void), struct strvec *ret_trace);

#endif
