/*
 * POSIX can lock memory only for those who have no limit, and cannot say who has none.
 */
#include "os/process/process_parts.h"

void process_refuse_tracing(void)
{
}

void process_hide_memory(void)
{
}
