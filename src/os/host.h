/*
 * This machine's own name.
 */
#ifndef OS_HOST_H
#define OS_HOST_H

#include "base/macros.h"

/* Returns what hostname(1) shows, or "localhost" where there is nothing, which the caller frees. */
char *host_name(void) WARN_UNUSED;

#endif
