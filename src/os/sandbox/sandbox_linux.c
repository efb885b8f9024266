/*
 * What Linux adds to the sandbox (see sandbox_parts.h): no_new_privs, no dumps, Landlock for files,
 * and a filter of system calls (seccomp) against new sockets, programs and files.
 *
 * Landlock is called by number: the C library has no functions for it. Rights that the running
 * kernel does not know are left out of the rule set, by its ABI version.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/macros.h"
#include "os/file/file.h"
#include "os/sandbox/sandbox_filter_linux.h"
#include "os/sandbox/sandbox_parts.h"

/* Rights of later kernels than the headers of Debian 12 know. */
#define ACCESS_FS_REFER (1ULL << 13)
#define ACCESS_FS_TRUNCATE (1ULL << 14)
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)

/* File rights by the ABI version that brought them. */
static const struct {
	long version;
	unsigned long long rights;
} rights_by_version[] = {
	{1, (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1},
	{2, ACCESS_FS_REFER},
	{3, ACCESS_FS_TRUNCATE},
	{5, ACCESS_FS_IOCTL_DEV},
};

static const char *const system_paths[] = {"/etc", "/usr", "/lib", "/lib64", "/run"};
STATIC_ASSERT(ARRAY_LEN(system_paths) <= SANDBOX_MAX_PATHS, "every system path has a place");

void sandbox_open_paths(unsigned flags, struct sandbox_paths *ret_paths)
{
	ret_paths->count = 0;
	for (size_t i = 0; flags & SANDBOX_READ_SYSTEM && i < ARRAY_LEN(system_paths); i++) {
		int fd = open(system_paths[i], O_PATH | O_CLOEXEC);

		if (fd >= 0)
			ret_paths->fds[ret_paths->count++] = fd;
	}
}

static unsigned long long known_rights(long version)
{
	unsigned long long rights = 0;

	for (size_t i = 0; i < ARRAY_LEN(rights_by_version); i++)
		if (rights_by_version[i].version <= version)
			rights |= rights_by_version[i].rights;
	return rights;
}

/* A rule set that allows reading below the paths and nothing else; -1 with errno. */
static int make_rule_set(const struct sandbox_paths *paths)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr handled = {.handled_access_fs = known_rights(version)};
	AUTO_CLOSE int rules = -1;

	if (version < 1)
		return -1;
	rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	for (size_t i = 0; rules >= 0 && i < paths->count; i++) {
		struct landlock_path_beneath_attr readable = {
			.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
					  LANDLOCK_ACCESS_FS_READ_DIR,
			.parent_fd = paths->fds[i],
		};

		if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &readable,
			    0) < 0)
			return -1;
	}
	return STEAL_FD(rules);
}

static bool restrict_files(const struct sandbox_paths *paths)
{
	AUTO_CLOSE int rules = make_rule_set(paths);

	return rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

void sandbox_restrict(unsigned flags, struct sandbox_paths *paths, struct strvec *missing)
{
	/* Landlock and seccomp both ask for this first. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		strvec_pushf(missing, "no_new_privs (%s)", strerror(errno));
	if (flags & (SANDBOX_NO_FILES | SANDBOX_READ_SYSTEM) && !restrict_files(paths))
		strvec_pushf(missing, "Landlock (%s)", strerror(errno));
	while (paths->count)
		auto_close(&paths->fds[--paths->count]);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (flags & SANDBOX_NO_CONNECT && !sandbox_filter_calls(flags))
		strvec_pushf(missing, "a filter of system calls (%s)", strerror(errno));
}
