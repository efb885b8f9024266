/*
 * On Linux /proc knows the running program, even when its file was replaced by an update. In a
 * container without /proc it is run by the path that the kernel was given for it.
 */
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/process/process_parts.h"

char *process_own_program(void)
{
	static const char by_proc[] = "/proc/self/exe";
	const char *started_as = (const char *)getauxval(AT_EXECFN);

	if (access(by_proc, X_OK) == 0)
		return xstrdup(by_proc);
	return started_as ? realpath(started_as, NULL) : NULL;
}
