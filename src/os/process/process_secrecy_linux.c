/*
 * Linux: no dumps, no tracing, no swap.
 */
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "os/process/process_parts.h"

/* True when more can be locked than a limit of locked memory (bytes) allows. The capability that
 * lifts it counts in the initial user namespace only, so testing for it would mislead. */
static bool exceeds(rlim_t limit)
{
	size_t len = (size_t)limit + 1;
	void *probe = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			   0);

	if (probe == MAP_FAILED)
		return false;
	munmap(probe, len);
	return true;
}

/* Pages are locked as they come to be used. With a limit, memory could not be had at all beyond it,
 * so that nothing is locked then. */
static void lock_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		return;
	if (limit.rlim_cur != RLIM_INFINITY && !exceeds(limit.rlim_cur))
		munlockall();
}

void process_refuse_tracing(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void process_hide_memory(void)
{
	process_refuse_tracing();
	lock_memory();
}
