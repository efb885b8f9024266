/*
 * The platform's part of sandbox_enter(); implemented once per platform. Nobody outside os/
 * includes this.
 */
#ifndef OS_SANDBOX_SANDBOX_PARTS_H
#define OS_SANDBOX_SANDBOX_PARTS_H

#include <stdbool.h>

#include "os/sandbox/sandbox.h"

/* The barriers between the process and the parent's files. */
enum sandbox_barrier {
	BARRIER_USER = 1 << 0,  /* a user that owns nothing */
	BARRIER_ROOT = 1 << 1,  /* an empty root directory, and no capability to leave it */
	BARRIER_FILES = 1 << 2, /* only the files of the request can be opened */
	BARRIER_CALLS = 1 << 3, /* only the system calls of its kind */
};

/* Makes the rules for files, ports and signals, while files can still be opened. Returns a
 * descriptor, or -1 after adding a line to `missing`. */
int sandbox_make_rules(const struct sandbox_request *request, struct strvec *missing);
/* Keeps capabilities across the change of user. Call it before, and the next function after. */
void sandbox_hold_capabilities(void);
/* Drops all capabilities except, with `keeps_reading`, the one to read files of others. Returns
 * false with errno set. */
bool sandbox_drop_capabilities(bool keeps_reading);
/* Restricts this process for good, by the rules (-1: none) and a filter of system calls. Returns
 * the barriers (enum sandbox_barrier) that now exist. */
unsigned sandbox_restrict(const struct sandbox_request *request, int rules, struct strvec *missing);

#endif
