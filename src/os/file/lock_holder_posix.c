/*
 * POSIX says nothing about other processes, so there is only the pid.
 */
#include "os/file/lock_parts.h"

void lock_holder_find(struct lock_holder *holder)
{
	holder->command = NULL;
	holder->since_seconds = 0;
}
