/*
 * POSIX tells nothing about other processes: the pid has to do.
 */
#include "os/file/lock_parts.h"

void lock_holder_find(struct lock_holder *holder)
{
	holder->command = NULL;
	holder->since_seconds = 0;
}
