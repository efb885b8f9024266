/*
 * The seccomp filter of system calls. Nobody outside os/ includes this.
 */
#ifndef OS_SANDBOX_SANDBOX_FILTER_LINUX_H
#define OS_SANDBOX_SANDBOX_FILTER_LINUX_H

#include <stdbool.h>
#include <stddef.h>

#include "os/sandbox/sandbox.h"

/* "Argument `number`, masked with `mask`, equals `value`." Only the lower 32 bits are compared; the
 * kernel uses no others in those arguments. */
struct sandbox_condition {
	unsigned char number;
	unsigned mask; /* 0: holds always */
	unsigned value;
};

enum { SANDBOX_CALL_CONDITIONS = 2 };

/* A system call that the given kinds of process may make when all conditions hold. A call may have
 * several rows. */
struct sandbox_call {
	unsigned number;
	unsigned kinds; /* enum sandbox_kind */
	unsigned needs; /* enum sandbox_call_needs */
	struct sandbox_condition conditions[SANDBOX_CALL_CONDITIONS];
};

enum sandbox_call_needs {
	NEEDS_UNIX_SERVICES = 1 << 0, /* has_unix_services of the request */
	NEEDS_SELF = 1 << 1,          /* the value of the first condition is our process id */
};

extern const struct sandbox_call sandbox_calls[];
extern const size_t sandbox_call_count;
/* Calls that fail as if the kernel did not know them: the C library then uses older ones, whose
 * arguments a filter can inspect. */
extern const unsigned sandbox_unknown_calls[];
extern const size_t sandbox_unknown_call_count;

/* Makes every other system call fail from now on: with EPERM, or with ENOSYS if the call is newer
 * than the list, so that a later C library falls back. Returns false with errno set when the kernel
 * cannot filter, or on a processor that we do not support. */
bool sandbox_filter_calls(const struct sandbox_request *request);

#endif
