/*
 * Directories and links as objects: Linux opens both by O_PATH, which needs no right to read them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "os/file/file_parts.h"

int dir_open_at(int dir_fd, const char *name, bool follow)
{
	int flags = follow ? 0 : O_NOFOLLOW;

	return openat(dir_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | flags);
}

int link_read_at(int dir_fd, const char *name, struct stat *ret_attributes, char **ret_target)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statfs mounted;

	if (fd < 0 || fstat(fd, ret_attributes) < 0 || fstatfs(fd, &mounted) < 0)
		return -errno;
	/* /proc/PID/root and the like are not what their text says. */
	if (mounted.f_type == PROC_SUPER_MAGIC)
		return 0;
	*ret_target = link_target_at(fd, "");
	return *ret_target ? 0 : -errno;
}
