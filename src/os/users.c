/*
 * Who we are (see users.h).
 */
#include "os/users.h"

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
