/*
 * Locks by flock(2) (see flock_file.h).
 */
#include "os/file/flock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file/file.h"

/* flock() can wait by itself, but not with a time limit that leaves signals alone. */
enum { RETRY_MS = 50 };

bool flock_file_try(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* Opens the lock, or makes it. One that root makes is for the owner of the directory too. Only what
 * was made here is given away: an older file may be a link to one of somebody else's. */
static int open_lock(const char *path)
{
	AUTO_FREE char *dir_path = path_dirname(path);
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(path, flags | O_EXCL, 0600);
	struct stat dir;

	if (fd < 0)
		return errno == EEXIST ? open(path, flags, 0600) : -1;
	/* Where it is not allowed, the file works for us at least. */
	if (stat(dir_path, &dir) == 0 && dir.st_uid != geteuid() &&
	    fchown(fd, dir.st_uid, (gid_t)-1) < 0)
		log_debug("cannot give '%s' to the owner of its directory: %s", path,
			  strerror(errno));
	return fd;
}

int flock_file_wait(const char *path, const struct clock *clock, int64_t wait_ms, int *ret_fd,
		    struct error *err)
{
	AUTO_CLOSE int fd = open_lock(path);
	int64_t until = clock_mono_ms(clock) + wait_ms;

	if (fd < 0)
		return error_set_errno(err, errno, "cannot open '%s'", path);
	while (!flock_file_try(fd)) {
		int64_t now = clock_mono_ms(clock);

		if (now >= until)
			return error_set(err, ERR_BUSY, "'%s' is in use by another process", path);
		if (clock->sleep_until(clock->context,
				       now + RETRY_MS < until ? now + RETRY_MS : until) < 0)
			return error_set(err, ERR_CANCELLED, "interrupted while waiting for '%s'",
					 path);
	}
	*ret_fd = STEAL_FD(fd);
	return 0;
}
