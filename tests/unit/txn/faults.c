/*
 * Fault injection below the C library's file calls (see faults.h), by the linker's --wrap.
 *
 * While a scenario runs, fsync does nothing: what a process wrote before it died is there for the
 * next one, and the order of syncs is looked at with faults_trace().
 *
 * With 64-bit file offsets (Meson asks for them) openat and ftruncate go by other names.
 */
#include "txn/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define DIED 97

static struct {
	bool armed;
	enum fault_kind kind;
	unsigned at;
	unsigned count;
	struct strvec *trace;
	enum fault_exchange exchange;
} faults;

void faults_set_exchange(enum fault_exchange exchange)
{
	faults.exchange = exchange;
}

const char *fault_kind_name(enum fault_kind kind)
{
	static const char *const names[] = {
		[FAULT_KILL] = "kill",
		[FAULT_FAIL] = "fail",
		[FAULT_FULL] = "full",
	};

	return names[kind];
}

enum needs {
	NEEDS_NOTHING,
	NEEDS_SPACE,
};

/* Counts one change. False: it must fail, with errno set. Does not return when the process dies. */
static bool may_go_on(enum needs needs)
{
	if (!faults.armed)
		return true;
	faults.count++;
	if (faults.kind == FAULT_FULL) {
		errno = ENOSPC;
		return faults.count < faults.at || needs == NEEDS_NOTHING;
	}
	if (faults.count != faults.at)
		return true;
	if (faults.kind == FAULT_KILL)
		_exit(DIED);
	errno = EIO;
	return false;
}

static char *path_at(int dir_fd, const char *name)
{
	AUTO_FREE char *link = xasprintf("/proc/self/fd/%d", dir_fd);
	char *dir = dir_fd == AT_FDCWD || name[0] == '/' ? NULL : realpath(link, NULL);
	char *path = dir ? xasprintf("%s%s%s", dir, name[0] ? "/" : "", name) : xstrdup(name);

	free(dir);
	return path;
}

static void note(const char *verb, int dir_fd, const char *name)
{
	AUTO_FREE char *path = NULL;

	if (!faults.trace)
		return;
	path = path_at(dir_fd, name);
	strvec_pushf(faults.trace, "%s %s", verb, path);
}

static void note_two(const char *verb, int dir_fd, const char *from, const char *to)
{
	AUTO_FREE char *source = NULL;
	AUTO_FREE char *target = NULL;

	if (!faults.trace)
		return;
	source = path_at(dir_fd, from);
	target = path_at(dir_fd, to);
	strvec_pushf(faults.trace, "%s %s %s", verb, source, target);
}

#define WRAPPED(result, name, ...)                                                                 \
	result __real_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__)

WRAPPED(int, openat64, int dir_fd, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	if (flags & O_CREAT) {
		if (!may_go_on(NEEDS_SPACE))
			return -1;
		note("create", dir_fd, name);
	}
	return __real_openat64(dir_fd, name, flags, mode);
}

WRAPPED(ssize_t, write, int fd, const void *bytes, size_t len)
{
	/* Half a write is worse than none. */
	if (faults.armed && faults.kind == FAULT_KILL && faults.count + 1 == faults.at)
		(void)!__real_write(fd, bytes, len / 2);
	return may_go_on(NEEDS_SPACE) ? __real_write(fd, bytes, len) : -1;
}

WRAPPED(int, ftruncate64, int fd, off_t len)
{
	return may_go_on(NEEDS_NOTHING) ? __real_ftruncate64(fd, len) : -1;
}

WRAPPED(int, fsync, int fd)
{
	if (!may_go_on(NEEDS_NOTHING))
		return -1;
	note("fsync", fd, "");
	return faults.armed ? 0 : __real_fsync(fd);
}

WRAPPED(int, syncfs, int fd)
{
	if (!may_go_on(NEEDS_NOTHING))
		return -1;
	note("syncfs", fd, "");
	return faults.armed ? 0 : __real_syncfs(fd);
}

/* In several threads, the n-th change would be another one each time. */
WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes,
	void *(*run)(void *context), void *context)
{
	if (faults.armed || faults.trace)
		return EAGAIN;
	return __real_pthread_create(thread, attributes, run, context);
}

WRAPPED(int, mkdirat, int dir_fd, const char *name, mode_t mode)
{
	if (!may_go_on(NEEDS_SPACE))
		return -1;
	note("mkdir", dir_fd, name);
	return __real_mkdirat(dir_fd, name, mode);
}

WRAPPED(int, symlinkat, const char *target, int dir_fd, const char *name)
{
	if (!may_go_on(NEEDS_SPACE))
		return -1;
	note("symlink", dir_fd, name);
	return __real_symlinkat(target, dir_fd, name);
}

WRAPPED(int, linkat, int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	if (!may_go_on(NEEDS_SPACE))
		return -1;
	note("link", to_fd, to);
	return __real_linkat(from_fd, from, to_fd, to, flags);
}

WRAPPED(int, renameat, int from_fd, const char *from, int to_fd, const char *to)
{
	if (!may_go_on(NEEDS_NOTHING))
		return -1;
	note_two("rename", from_fd, from, to);
	return __real_renameat(from_fd, from, to_fd, to);
}

WRAPPED(int, renameat2, int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (!may_go_on(NEEDS_NOTHING))
		return -1;
	if (faults.exchange != EXCHANGE_WORKS) {
		errno = faults.exchange == EXCHANGE_UNKNOWN ? ENOSYS : EINVAL;
		return -1;
	}
	note_two("exchange", from_fd, from, to);
	return __real_renameat2(from_fd, from, to_fd, to, flags);
}

WRAPPED(int, unlinkat, int dir_fd, const char *name, int flags)
{
	if (!may_go_on(NEEDS_NOTHING))
		return -1;
	note("unlink", dir_fd, name);
	return __real_unlinkat(dir_fd, name, flags);
}

WRAPPED(int, fchmod, int fd, mode_t mode)
{
	return may_go_on(NEEDS_NOTHING) ? __real_fchmod(fd, mode) : -1;
}

WRAPPED(int, chmod, const char *path, mode_t mode)
{
	return may_go_on(NEEDS_NOTHING) ? __real_chmod(path, mode) : -1;
}

WRAPPED(int, fchown, int fd, uid_t uid, gid_t gid)
{
	return may_go_on(NEEDS_NOTHING) ? __real_fchown(fd, uid, gid) : -1;
}

static void arm(enum fault_kind kind, unsigned at)
{
	faults.armed = true;
	faults.kind = kind;
	faults.at = at;
	faults.count = 0;
}

/* True when the scenario got through in a child of its own. */
static bool operate_until_death(const struct fault_plan *plan, unsigned at)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		arm(FAULT_KILL, at);
		_exit(plan->operate() == 0 ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != DIED))
		BUG("the scenario ends with wait status %x before its %u-th change", status, at);
	return WEXITSTATUS(status) == 0;
}

static bool operate_with_failure(const struct fault_plan *plan, enum fault_kind kind, unsigned at,
				 bool *ret_met)
{
	bool completed;

	arm(kind, at);
	completed = plan->operate() == 0;
	faults.armed = false;
	*ret_met = faults.count >= at;
	return completed;
}

unsigned faults_try_all(enum fault_kind kind, const struct fault_plan *plan)
{
	for (unsigned at = 1;; at++) {
		bool met, completed;

		plan->prepare();
		if (kind == FAULT_KILL) {
			completed = operate_until_death(plan, at);
			met = !completed;
		} else {
			completed = operate_with_failure(plan, kind, at, &met);
		}
		plan->check(completed);
		if (!met)
			return at - 1;
	}
}

void faults_trace(int (*operate)(void), struct strvec *ret_trace)
{
	faults.trace = ret_trace;
	if (operate() != 0)
		BUG("the traced scenario fails");
	faults.trace = NULL;
}
