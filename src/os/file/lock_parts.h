/*
 * Describes a process; implemented once per platform. Nobody outside os/ includes this.
 */
#ifndef OS_FILE_LOCK_PARTS_H
#define OS_FILE_LOCK_PARTS_H

#include "os/file/lock.h"

/* Fills command and start time of the process holder->pid, as far as they are known. */
void lock_holder_find(struct lock_holder *holder);

#endif
