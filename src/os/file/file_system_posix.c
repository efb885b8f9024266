/*
 * POSIX has sync(2) alone, which need not wait until anything is written: callers sync file by
 * file.
 */
#include "os/file/folder.h"

int file_system_sync(const char *path, struct error *err)
{
	return error_set(err, ERR_REFUSED, "cannot sync the file system of '%s' as a whole", path);
}

bool file_system_can_sync(void)
{
	return false;
}
