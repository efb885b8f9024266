/*
 * POSIX has nothing beyond the change of user and root directory.
 */
#include "os/sandbox/sandbox_parts.h"

void sandbox_open_paths(unsigned flags, struct sandbox_paths *ret_paths)
{
	ret_paths->count = 0;
}

void sandbox_restrict(unsigned flags, struct sandbox_paths *paths, struct strvec *missing)
{
	strvec_push(missing, "restriction of file access");
	if (flags & SANDBOX_NO_CONNECT)
		strvec_push(missing, "a filter of system calls");
}
