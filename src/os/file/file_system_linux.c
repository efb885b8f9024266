/*
 * Syncs a whole file system by syncfs(2). Since Linux 5.8 it also reports what could not be
 * written; before, it only waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/file/folder.h"

int file_system_sync(const char *path, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(err, errno, "cannot open directory '%s'", path);
	if (syncfs(fd) < 0)
		return error_set_errno(err, errno, "cannot sync the file system of '%s'", path);
	return 0;
}

bool file_system_can_sync(void)
{
	return true;
}
