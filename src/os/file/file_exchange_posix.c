/*
 * POSIX has no exchange of directory entries: the caller takes its other way.
 */
#include <errno.h>

#include "os/file/file_parts.h"

int exchange_entries(const struct dir_entry *a, const struct dir_entry *b)
{
	return -ENOSYS;
}
