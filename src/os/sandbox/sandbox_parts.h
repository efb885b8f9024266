/*
 * What a platform adds to sandbox_enter(): one file each. Nobody outside os/ includes this.
 */
#ifndef OS_SANDBOX_SANDBOX_PARTS_H
#define OS_SANDBOX_SANDBOX_PARTS_H

#include <stddef.h>

#include "os/sandbox/sandbox.h"

enum { SANDBOX_MAX_PATHS = 8 };

/* Directories that stay readable, opened before rights are lost. */
struct sandbox_paths {
	int fds[SANDBOX_MAX_PATHS];
	size_t count;
};

void sandbox_open_paths(unsigned flags, struct sandbox_paths *ret_paths);
/* Restricts this process for good; closes the paths. */
void sandbox_restrict(unsigned flags, struct sandbox_paths *paths, struct strvec *missing);

#endif
