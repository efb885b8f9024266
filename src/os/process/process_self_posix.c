/*
 * POSIX has no way to the file of the running program.
 */
#include "os/process/process_parts.h"

char *process_own_program(void)
{
	return NULL;
}
