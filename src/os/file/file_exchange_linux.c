/*
 * Exchange of two directory entries by renameat2(2), Linux 3.15 and later.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "os/file/file_parts.h"

/* The errors of renameat2() if the kernel, file system, mount or system call filter does not
 * support the exchange. */
static bool means_unsupported(int errno_value)
{
	static const int values[] = {ENOSYS, EINVAL, ENOTSUP, EPERM, EBUSY, EXDEV};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (errno_value == values[i])
			return true;
	return false;
}

int exchange_entries(const struct dir_entry *a, const struct dir_entry *b)
{
	if (renameat2(a->dir_fd, a->name, b->dir_fd, b->name, RENAME_EXCHANGE) == 0)
		return 0;
	return means_unsupported(errno) ? -ENOSYS : -errno;
}
