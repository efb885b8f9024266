/*
 * Giving up rights (see sandbox.h): what POSIX has. The order is forced: the user is looked up
 * while its file can be read, the root directory changed while we may, and the user given up last.
 */
#include "os/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"
#include "os/sandbox/sandbox_parts.h"
#include "os/users.h"

/* A directory that is removed while we hold it: nobody can ever put anything into it. */
static int open_empty_dir(void)
{
	static const char *const templates[] = {"/run/certbot-XXXXXX", "/tmp/certbot-XXXXXX"};

	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		AUTO_FREE char *path = xstrdup(templates[i]);

		if (mkdtemp(path)) {
			int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			rmdir(path);
			return fd;
		}
	}
	return -1;
}

static bool change_root(void)
{
	AUTO_CLOSE int fd = open_empty_dir();

	return fd >= 0 && fchdir(fd) == 0 && chroot(".") == 0 && chdir("/") == 0;
}

struct user {
	uid_t uid;
	gid_t gid;
};

/* A user in the password file. getpwnam() would load the system's modules for other sources of
 * users, and ask them all for one that does not exist. */
static bool find_local_user(const char *name, struct user *ret_user)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry = NULL;

	if (!file)
		return false;
	while ((entry = fgetpwent(file)) && strcmp(entry->pw_name, name) != 0) {
	}
	if (entry)
		*ret_user = (struct user){entry->pw_uid, entry->pw_gid};
	fclose(file);
	return entry && ret_user->uid != 0;
}

static bool find_any_user(const char *name, struct user *ret_user)
{
	const struct passwd *entry = getpwnam(name);

	if (entry)
		*ret_user = (struct user){entry->pw_uid, entry->pw_gid};
	return entry && ret_user->uid != 0;
}

static bool find_user(struct user *ret_user)
{
	static const char own[] = "_certbot", common[] = "nobody";

	return find_local_user(own, ret_user) || find_local_user(common, ret_user) ||
	       find_any_user(own, ret_user) || find_any_user(common, ret_user);
}

static bool become(uid_t uid, gid_t gid)
{
	return setgroups(1, &gid) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(uid, uid, uid) == 0 && setuid(0) < 0;
}

static void leave_root(unsigned flags, struct strvec *missing)
{
	struct user user;
	bool has_user = find_user(&user);

	if (flags & SANDBOX_NO_FILES && !change_root())
		strvec_pushf(missing, "an empty root directory (%s)", strerror(errno));
	if (!has_user)
		strvec_push(missing, "a user without rights (neither _certbot nor nobody exists)");
	else if (!become(user.uid, user.gid))
		strvec_pushf(missing, "a user without rights (%s)", strerror(errno));
}

static void lower_limit(int resource, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	if (limit.rlim_max > most)
		limit.rlim_max = most;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
}

void sandbox_enter(unsigned flags, struct strvec *ret_missing)
{
	struct sandbox_paths paths;

	sandbox_open_paths(flags, &paths);
	if (users_is_root())
		leave_root(flags, ret_missing);
	lower_limit(RLIMIT_CORE, 0);
	/* The limit counts threads, and libcurl resolves names in one. */
	if (!(flags & SANDBOX_READ_SYSTEM))
		lower_limit(RLIMIT_NPROC, 0);
	lower_limit(RLIMIT_NOFILE, 1024);
	sandbox_restrict(flags, &paths, ret_missing);
}
