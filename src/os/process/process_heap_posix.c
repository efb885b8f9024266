/*
 * POSIX knows nothing of heaps. musl has one for all threads.
 */
#include "os/process/process_parts.h"

void process_limit_heaps(void)
{
}
