/*
 * Locks by flock(2) (see flock_file.h).
 */
#include "os/file/flock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "os/clock.h"
#include "os/file/file.h"

/* flock() can wait by itself, but not with a time limit that leaves signals alone. */
enum { RETRY_MS = 50 };

bool flock_file_try(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

int flock_file_wait(const char *path, const struct clock *clock, int64_t wait_ms, int *ret_fd,
		    struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
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
