/*
 * Access lists on Linux: the POSIX ones and the security label, which all are extended attributes.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/xattr.h>

#include "base/alloc.h"
#include "os/file/file_parts.h"

static bool means_absent(int errno_value)
{
	return errno_value == ENODATA || errno_value == ENOTSUP;
}

static int copy_attribute(int from, int to, const char *name)
{
	ssize_t len = fgetxattr(from, name, NULL, 0);
	AUTO_FREE char *value = NULL;

	if (len < 0)
		return means_absent(errno) ? 0 : -errno;
	value = xmalloc((size_t)len + 1);
	len = fgetxattr(from, name, value, (size_t)len);
	if (len < 0 || fsetxattr(to, name, value, (size_t)len, 0) < 0)
		return -errno;
	return 0;
}

int fd_copy_access_lists(int from, int to)
{
	int rc = copy_attribute(from, to, "system.posix_acl_access");

	if (rc == 0)
		rc = copy_attribute(from, to, "system.posix_acl_default");
	/* The label that a new entry gets by itself is the right one as a rule, and policies may
	 * forbid to set it. */
	(void)copy_attribute(from, to, "security.selinux");
	return rc;
}
