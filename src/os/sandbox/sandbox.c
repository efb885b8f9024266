/*
 * Giving up rights (see sandbox.h): what POSIX has. The order is forced: files are opened and the
 * user is looked up while that can be done, the root directory is changed while we may, and the
 * user is given up last.
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
#include "os/life_line.h"
#include "os/sandbox/sandbox_parts.h"
#include "os/system_files.h"
#include "os/users.h"

enum { FIRST_OWN_FD = 64 };

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

struct user {
	uid_t uid;
	gid_t gid;
};

/* The findings of sandbox_prepare(). */
static struct {
	bool is_done;
	bool has_user;
	struct user user;
	int empty_dir;
} prepared = {.empty_dir = -1};

static bool change_root(void)
{
	AUTO_CLOSE int fd = prepared.empty_dir >= 0 ? STEAL_FD(prepared.empty_dir)
						    : open_empty_dir();

	return fd >= 0 && fchdir(fd) == 0 && chroot(".") == 0 && chdir("/") == 0;
}

/* A user in the password file, the first of the names rather than the second. getpwnam() would load
 * the system's modules for other sources of users, and ask them all for one that does not exist. */
static bool find_local_user(const char *first, const char *second, struct user *ret_user)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry = NULL;
	bool is_first = false;

	*ret_user = (struct user){.uid = 0};
	while (file && !is_first && (entry = fgetpwent(file))) {
		is_first = entry->pw_uid != 0 && strcmp(entry->pw_name, first) == 0;
		if (is_first || (ret_user->uid == 0 && strcmp(entry->pw_name, second) == 0))
			*ret_user = (struct user){entry->pw_uid, entry->pw_gid};
	}
	if (file)
		fclose(file);
	return ret_user->uid != 0;
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

	/* The sandbox then says that this barrier is missing. */
	if (!system_files_are_usable(SYSTEM_USERS))
		return false;
	return find_local_user(own, common, ret_user) || find_any_user(own, ret_user) ||
	       find_any_user(common, ret_user);
}

void sandbox_prepare(void)
{
	AUTO_CLOSE int dir = -1;

	if (!users_is_root())
		return;
	prepared.is_done = true;
	prepared.has_user = find_user(&prepared.user);
	dir = open_empty_dir();
	/* Above those that a child expects under fixed numbers. */
	prepared.empty_dir = dir < 0 ? -1 : fcntl(dir, F_DUPFD_CLOEXEC, FIRST_OWN_FD);
}

static bool become(uid_t uid, gid_t gid)
{
	return setgroups(1, &gid) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(uid, uid, uid) == 0 && setuid(0) < 0;
}

/* Becomes that user. Where the system has only one (a user namespace with one id), capabilities go
 * all the same. Returns the barriers that stand. */
static unsigned leave_root(const struct sandbox_request *request, struct strvec *missing)
{
	unsigned barriers = 0;

	if (!prepared.is_done)
		prepared.has_user = find_user(&prepared.user);

	if (request->kind != SANDBOX_NETWORK && change_root())
		barriers |= BARRIER_ROOT;
	else if (request->kind != SANDBOX_NETWORK)
		strvec_pushf(missing, "an empty root directory (%s)", strerror(errno));
	sandbox_hold_capabilities();
	if (!prepared.has_user)
		strvec_push(missing, "a user without rights (neither _certbot nor nobody exists)");
	else if (become(prepared.user.uid, prepared.user.gid))
		barriers |= BARRIER_USER;
	else
		strvec_pushf(missing, "a user without rights (%s)", strerror(errno));
	return barriers;
}

/* The first of the files that exists but that we cannot open as the new user, or NULL. */
static const char *find_unreadable(const struct sandbox_request *request)
{
	for (size_t i = 0; request->readable && i < request->readable->count; i++)
		if (access(request->readable->items[i], R_OK) < 0 && errno == EACCES)
			return request->readable->items[i];
	return NULL;
}

/* A resolv.conf that only root can read is read all the same: the capability for that is kept, and
 * the rules let nothing else be opened with it. */
static unsigned drop_capabilities(const struct sandbox_request *request, unsigned barriers,
				  bool has_rules, struct strvec *missing)
{
	const char *unreadable = barriers & BARRIER_USER ? find_unreadable(request) : NULL;
	bool keeps_reading = unreadable && has_rules;

	if (unreadable && !has_rules)
		strvec_pushf(missing, "reading '%s' (%s)", unreadable, strerror(EACCES));
	if (sandbox_drop_capabilities(keeps_reading))
		return barriers;
	strvec_pushf(missing, "dropping capabilities (%s)", strerror(errno));
	return barriers & ~(unsigned)(BARRIER_USER | BARRIER_ROOT);
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

/* The limit counts threads, all of the user's, and libcurl resolves names in one: it must not be
 * what is left of root's. The filter of system calls stops new processes. */
static void limit_processes(const struct sandbox_request *request)
{
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	if (request->kind != SANDBOX_NETWORK)
		lower_limit(RLIMIT_NPROC, 0);
	else if (users_is_root())
		setrlimit(RLIMIT_NPROC, &none);
}

static bool is_confined(const struct sandbox_request *request, unsigned barriers)
{
	unsigned enough = BARRIER_USER | BARRIER_FILES;

	if (request->kind != SANDBOX_NETWORK)
		enough |= BARRIER_ROOT | BARRIER_CALLS;
	return barriers & enough;
}

void sandbox_enter(const struct sandbox_request *request, struct sandbox_outcome *ret_outcome)
{
	struct strvec *missing = &ret_outcome->missing;
	AUTO_CLOSE int rules = -1;
	unsigned barriers = 0;

	*ret_outcome = (struct sandbox_outcome){.missing = STRVEC_INIT};
	rules = sandbox_make_rules(request, missing);
	limit_processes(request);
	if (users_is_root())
		barriers = leave_root(request, missing);
	auto_close(&prepared.empty_dir);
	barriers = drop_capabilities(request, barriers, rules >= 0, missing);
	life_line_renew(STDERR_FILENO);
	lower_limit(RLIMIT_CORE, 0);
	lower_limit(RLIMIT_NOFILE, 1024);
	barriers |= sandbox_restrict(request, rules, missing);
	ret_outcome->is_confined = is_confined(request, barriers);
}

void sandbox_outcome_release(struct sandbox_outcome *outcome)
{
	strvec_release(&outcome->missing);
}
