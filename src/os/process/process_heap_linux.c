/*
 * The GNU C library gives each of several threads a heap of its own. What is freed in one of them
 * is of no use to the others, and cannot go back to the kernel when memory is locked: each wave of
 * lineages that different threads read would cost its whole size again.
 */
#include <malloc.h>

#include "os/process/process_parts.h"

/* Two heaps, so that two threads do not wait for each other. */
enum { MOST_HEAPS = 2 };

void process_limit_heaps(void)
{
	mallopt(M_ARENA_MAX, MOST_HEAPS);
}
