/*
 * Users, groups and the rights of this process (see users.h).
 */
#include "os/users.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/system_files.h"

/* Where the library cannot be asked, nobody is known to it. */
static const struct passwd *user_by_id(uid_t uid)
{
	return system_files_are_usable(SYSTEM_USERS) ? getpwuid(uid) : NULL;
}

bool users_is_root(void)
{
	return geteuid() == 0;
}

char *users_home_dir(void)
{
	const char *from_environment = getenv("HOME");
	const struct passwd *user;

	if (from_environment && from_environment[0])
		return xstrdup(from_environment);
	user = user_by_id(getuid());
	return user ? xstrdup_or_null(user->pw_dir) : NULL;
}

/* Root has that name everywhere, and looking it up may mean asking a server. */
char *users_own_name(void)
{
	const char *behind = getenv("SUDO_USER");
	const struct passwd *user;
	uid_t uid = getuid();

	if (uid == 0)
		return behind && behind[0] ? xasprintf("%s as root", behind) : xstrdup("root");
	user = user_by_id(uid);
	return user ? xstrdup(user->pw_name) : xasprintf("%lu", (unsigned long)uid);
}

bool users_is_member(uid_t user, gid_t group)
{
	const struct passwd *entry = user_by_id(user);
	gid_t groups[256];
	int count = ARRAY_LEN(groups);

	if (!entry)
		return false;
	/* Further groups are ignored. */
	getgrouplist(entry->pw_name, entry->pw_gid, groups, &count);
	for (int i = 0; i < count && i < (int)ARRAY_LEN(groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}

int users_find(const char *name, uid_t *ret_user, struct error *err)
{
	const struct passwd *entry;
	int64_t number;

	if (system_files_check(SYSTEM_USERS, err) < 0)
		return error_wrap(err, "cannot look up the user '%s'", name);
	entry = getpwnam(name);
	if (entry)
		*ret_user = entry->pw_uid;
	else if (str_to_int64(name, 0, UINT32_MAX - 1, &number))
		*ret_user = (uid_t)number;
	else
		return error_set(err, ERR_NOT_FOUND, "there is no user '%s'", name);
	return 0;
}

int users_find_group(const char *name, gid_t *ret_group, struct error *err)
{
	const struct group *entry;
	int64_t number;

	if (system_files_check(SYSTEM_USERS, err) < 0)
		return error_wrap(err, "cannot look up the group '%s'", name);
	entry = getgrnam(name);
	if (entry)
		*ret_group = entry->gr_gid;
	else if (str_to_int64(name, 0, UINT32_MAX - 1, &number))
		*ret_group = (gid_t)number;
	else
		return error_set(err, ERR_NOT_FOUND, "there is no group '%s'", name);
	return 0;
}

bool users_may_give(uid_t user)
{
	return users_is_root() || user == geteuid();
}

bool users_may_give_group(gid_t group)
{
	gid_t groups[256];
	int count = getgroups(ARRAY_LEN(groups), groups);

	if (users_is_root() || group == getegid())
		return true;
	for (int i = 0; i < count; i++)
		if (groups[i] == group)
			return true;
	return false;
}
