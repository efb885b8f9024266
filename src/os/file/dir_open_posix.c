/*
 * Directories and links where POSIX is all there is. A link cannot be opened: its owner is asked
 * before and after its text is read, and must be the same.
 */
#include <errno.h>
#include <fcntl.h>

#include "os/file/file_parts.h"

int dir_open_at(int dir_fd, const char *name, bool follow)
{
	int flags = follow ? 0 : O_NOFOLLOW;

	return openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
}

int link_read_at(int dir_fd, const char *name, struct stat *ret_attributes, char **ret_target)
{
	struct stat after;

	if (fstatat(dir_fd, name, ret_attributes, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*ret_target = link_target_at(dir_fd, name);
	if (!*ret_target || fstatat(dir_fd, name, &after, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return after.st_ino == ret_attributes->st_ino && after.st_uid == ret_attributes->st_uid
		       ? 0
		       : -EAGAIN;
}
