/*
 * Linux: a pipe sends a signal of choice to its owner when its other end goes (F_SETSIG, O_ASYNC).
 *
 * PR_SET_PDEATHSIG is not used. It is about the thread that made us, which may end earlier than its
 * process, and our children are forked by a process that may be killed for want of memory while the
 * program goes on without it.
 */
#include "os/life_line.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_pipe(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && S_ISFIFO(found.st_mode);
}

void life_line_hold(int fd)
{
	struct pollfd end = {.fd = fd};
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || !is_pipe(fd) || fcntl(fd, F_SETOWN, getpid()) < 0 ||
	    fcntl(fd, F_SETSIG, SIGKILL) < 0 || fcntl(fd, F_SETFL, flags | O_ASYNC) < 0)
		return;
	/* A reader that has gone before sends nothing. */
	if (poll(&end, 1, 0) > 0 && end.revents & POLLERR)
		_exit(1);
}

void life_line_renew(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_ASYNC)
		life_line_hold(fd);
}
