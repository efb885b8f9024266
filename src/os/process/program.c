/*
 * Finds programs (see program.h).
 */
#include "os/process/program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file.h"

/* Looks in each directory of a colon-separated list; an empty element is the working directory. */
static char *find_in(const char *search_path, const char *name)
{
	while (search_path) {
		size_t len = strcspn(search_path, ":");
		AUTO_FREE char *dir = xstrndup(len ? search_path : ".", len ? len : 1);
		AUTO_FREE char *candidate = path_join(dir, name);

		if (file_is_executable(candidate))
			return STEAL(candidate);
		search_path = search_path[len] ? search_path + len + 1 : NULL;
	}
	return NULL;
}

char *program_find(const char *name)
{
	const char *search_path = getenv("PATH");
	char *found;

	if (!name[0])
		return NULL;
	if (strchr(name, '/'))
		return file_is_executable(name) ? xstrdup(name) : NULL;
	found = find_in(search_path ? search_path : "/bin:/usr/bin", name);
	return found ? found : find_in("/usr/sbin:/usr/local/bin:/usr/local/sbin", name);
}

int program_check_rights(const char *what, const char *path, struct error *err)
{
	struct stat attributes;

	if (stat(path, &attributes) < 0)
		return error_set_errno(err, errno, "cannot look at %s '%s'", what, path);
	if (!(attributes.st_mode & S_IWOTH))
		return 0;
	error_set(err, ERR_REFUSED, "every user may change %s '%s'", what, path);
	return error_hint(err, "take that right away: chmod o-w %s", path);
}

/* Others may make entries in a directory such as /tmp, but not replace those of root there. */
static bool is_trusted_entry(const char *path)
{
	struct stat attributes;

	if (lstat(path, &attributes) < 0)
		return false;
	if (attributes.st_uid != 0 && attributes.st_uid != geteuid())
		return false;
	return !(attributes.st_mode & (S_IWGRP | S_IWOTH)) ||
	       (S_ISDIR(attributes.st_mode) && attributes.st_mode & S_ISVTX);
}

bool program_is_trusted(const char *path)
{
	AUTO_FREE char *real = realpath(path, NULL);
	char *slash;

	if (!real || !is_trusted_entry("/"))
		return false;
	while ((slash = strrchr(real, '/'))) {
		if (slash[1] && !is_trusted_entry(real))
			return false;
		*slash = '\0';
	}
	return true;
}
