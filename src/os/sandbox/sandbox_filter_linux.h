/*
 * The filter of system calls. Nobody outside os/ includes this.
 */
#ifndef OS_SANDBOX_SANDBOX_FILTER_LINUX_H
#define OS_SANDBOX_SANDBOX_FILTER_LINUX_H

#include <stdbool.h>

/* From now on, system calls that make sockets, connect them, start programs or touch other
 * processes fail with EPERM; with SANDBOX_NO_FILES also those that open files. False with errno
 * where the kernel cannot, or for a processor that we have not looked at. */
bool sandbox_filter_calls(unsigned flags);

#endif
