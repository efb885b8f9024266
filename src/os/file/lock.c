/*
 * Certbot's lock files (see lock.h). The protocol: open, lock without waiting, and see that the
 * path still names the file that was locked; a former holder may have removed it in between. The
 * file is removed while it is locked. What is left after a crash is unlocked and harmless.
 */
#include "os/file/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "os/file/file.h"
#include "os/file/lock_parts.h"

/* How often the file may vanish or be unlocked while we look at it before that counts as busy. */
enum { MAX_ATTEMPTS = 100 };

struct lock {
	char *path;
	int fd;
};

void lock_holder_release(struct lock_holder *holder)
{
	free(holder->command);
	*holder = (struct lock_holder){.pid = 0};
}
DEFINE_AUTO(lock_holder, lock_holder_release);

static bool is_same_file(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* The pid of the process that has the lock; 0 if it is free by now or in another pid namespace. */
static int holder_pid(int fd, bool *ret_is_free)
{
	struct flock probe = whole_file();

	*ret_is_free = fcntl(fd, F_GETLK, &probe) == 0 && probe.l_type == F_UNLCK;
	return *ret_is_free || probe.l_pid < 0 ? 0 : (int)probe.l_pid;
}

enum attempt {
	ATTEMPT_LOCKED,
	ATTEMPT_AGAIN,
	ATTEMPT_BUSY,
	ATTEMPT_FAILED, /* errno says why */
};

static enum attempt try_lock(const char *path, int *ret_fd, int *ret_pid)
{
	/* O_NONBLOCK: a FIFO in its place is an error, and not waited for. */
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	AUTO_CLOSE int fd = open(path, flags, 0600);
	struct flock lock = whole_file();
	bool is_free;

	if (fd < 0)
		return ATTEMPT_FAILED;
	if (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES)
			return ATTEMPT_FAILED;
		*ret_pid = holder_pid(fd, &is_free);
		return is_free ? ATTEMPT_AGAIN : ATTEMPT_BUSY;
	}
	if (!is_same_file(fd, path))
		return ATTEMPT_AGAIN;
	*ret_fd = STEAL_FD(fd);
	return ATTEMPT_LOCKED;
}

/* "process 1234 (certbot renew), started 2026-11-24 10:00:01" in local time. */
static char *describe_holder(const struct lock_holder *holder)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	time_t since = (time_t)holder->since_seconds;
	char started[64];
	struct tm local;

	if (!holder->pid)
		return xstrdup("another process");
	strbuf_addf(&text, "process %d", holder->pid);
	if (holder->command)
		strbuf_addf(&text, " (%s)", holder->command);
	if (since && localtime_r(&since, &local) &&
	    strftime(started, sizeof(started), "%Y-%m-%d %H:%M:%S", &local))
		strbuf_addf(&text, ", started %s", started);
	return strbuf_detach(&text);
}

static int report_busy(const char *dir, int pid, struct lock_holder *ret_holder, struct error *err)
{
	AUTO(lock_holder) struct lock_holder holder = {.pid = pid};
	AUTO_FREE char *text = NULL;

	if (pid)
		lock_holder_find(&holder);
	text = describe_holder(&holder);
	if (ret_holder) {
		*ret_holder = holder;
		holder = (struct lock_holder){.pid = 0};
	}
	return error_set(err, ERR_BUSY, "'%s' is in use by %s", dir, text);
}

int lock_acquire(const char *dir, struct lock **ret_lock, struct lock_holder *ret_holder,
		 struct error *err)
{
	AUTO_FREE char *path = path_join(dir, ".certbot.lock");
	enum attempt outcome = ATTEMPT_AGAIN;
	int fd = -1, pid = 0;

	for (int i = 0; outcome == ATTEMPT_AGAIN && i < MAX_ATTEMPTS; i++)
		outcome = try_lock(path, &fd, &pid);
	switch (outcome) {
	case ATTEMPT_FAILED:
		return error_set_errno(err, errno, "cannot lock '%s'", path);
	case ATTEMPT_AGAIN:
	case ATTEMPT_BUSY:
		return report_busy(dir, pid, ret_holder, err);
	case ATTEMPT_LOCKED:
		break;
	}
	*ret_lock = XNEW(struct lock);
	(*ret_lock)->path = STEAL(path);
	(*ret_lock)->fd = fd;
	return 0;
}

void lock_free(struct lock *lock)
{
	if (!lock)
		return;
	/* Somebody may have removed the file by hand and another process may own a new one. */
	if (is_same_file(lock->fd, lock->path))
		unlink(lock->path);
	close(lock->fd);
	free(lock->path);
	free(lock);
}
