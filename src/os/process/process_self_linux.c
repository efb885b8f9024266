/*
 * On Linux /proc knows the running program, even when its file was replaced by an update.
 */
#include "os/process/process_parts.h"

const char *process_own_program(void)
{
	return "/proc/self/exe";
}
