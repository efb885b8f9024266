/*
 * Who we and others are (see users.h).
 */
#include "os/users.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

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
	user = getpwuid(getuid());
	return user ? xstrdup_or_null(user->pw_dir) : NULL;
}

bool users_is_member(uid_t user, gid_t group)
{
	const struct passwd *entry = getpwuid(user);
	gid_t groups[256];
	int count = ARRAY_LEN(groups);

	if (!entry)
		return false;
	/* Of more groups than that, the first ones count. */
	getgrouplist(entry->pw_name, entry->pw_gid, groups, &count);
	for (int i = 0; i < count && i < (int)ARRAY_LEN(groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}
