/*
 * What a platform adds to sandbox_enter(): one file each. Nobody outside os/ includes this.
 */
#ifndef OS_SANDBOX_SANDBOX_PARTS_H
#define OS_SANDBOX_SANDBOX_PARTS_H

#include <stdbool.h>

#include "os/sandbox/sandbox.h"

/* What stands between the process and the files of the parent. */
enum sandbox_barrier {
	BARRIER_USER = 1 << 0,  /* a user that owns nothing */
	BARRIER_ROOT = 1 << 1,  /* an empty root directory, and no capability to leave it */
	BARRIER_FILES = 1 << 2, /* only the files of the request can be opened */
	BARRIER_CALLS = 1 << 3, /* only the system calls of its kind */
};

/* While files can still be opened: makes the rules about files, ports and signals. A descriptor, or
 * -1 with a line in `missing`. */
int sandbox_make_rules(const struct sandbox_request *request, struct strvec *missing);
/* Before the user changes: capabilities outlast that, until the next function. */
void sandbox_hold_capabilities(void);
/* Drops them all, but for the one to read what belongs to others when `keeps_reading`. False with
 * errno. */
bool sandbox_drop_capabilities(bool keeps_reading);
/* Restricts this process for good, by the rules (-1: none) and a filter of system calls. Returns
 * the barriers that stand. */
unsigned sandbox_restrict(const struct sandbox_request *request, int rules, struct strvec *missing);

#endif
