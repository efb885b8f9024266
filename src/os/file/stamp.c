/*
 * Stamps of directory entries (see stamp.h).
 */
#include "os/file/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"

static enum stamp_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return STAMP_FILE;
	return S_ISLNK(mode) ? STAMP_LINK : STAMP_OTHER;
}

int stamp_read(const char *path, struct stamp *ret_stamp, struct error *err)
{
	struct stat found;

	*ret_stamp = (struct stamp){.kind = STAMP_ABSENT};
	if (lstat(path, &found) < 0)
		return errno == ENOENT ? 0
				       : error_set_errno(err, errno, "cannot look at '%s'", path);
	*ret_stamp = (struct stamp){
		.kind = kind_of(found.st_mode),
		.mode = found.st_mode & 07777,
		.uid = found.st_uid,
		.gid = found.st_gid,
		.mtime_s = found.st_mtim.tv_sec,
		.mtime_ns = found.st_mtim.tv_nsec,
	};
	return 0;
}

/* The time comes last: nothing else may be changed after it. It is made durable by a sync of the
 * file; that of a link is written with its directory. */
static int sync_entry(const char *path, const struct stamp *stamp, struct error *err)
{
	AUTO_FREE char *dir = path_dirname(path);
	AUTO_CLOSE int fd = stamp->kind == STAMP_FILE
				    ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
				    : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return error_set_errno(err, errno, "cannot sync '%s'", path);
	return 0;
}

int stamp_apply(const char *path, const struct stamp *stamp, struct error *err)
{
	struct timespec times[] = {{.tv_nsec = UTIME_OMIT},
				   {.tv_sec = stamp->mtime_s, .tv_nsec = stamp->mtime_ns}};
	struct stamp found;

	if (stamp_read(path, &found, err) < 0)
		return err->code;
	if ((found.uid != stamp->uid || found.gid != stamp->gid) &&
	    fchownat(AT_FDCWD, path, stamp->uid, stamp->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(err, errno, "cannot set the owner of '%s'", path);
	if (found.mtime_s == stamp->mtime_s && found.mtime_ns == stamp->mtime_ns)
		return 0;
	if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(err, errno, "cannot set the time of '%s'", path);
	return sync_entry(path, stamp, err);
}

void stamp_touch(const char *path)
{
	/* cron looks again within a minute in any case where it looks at the files themselves. */
	(void)!utimensat(AT_FDCWD, path, NULL, 0);
}
