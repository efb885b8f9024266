/*
 * Paths as text (see file.h). Nothing here resolves a link; the only question to the system is the
 * working directory.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "os/file/file.h"
#include "os/file/file_parts.h"

char *path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir), name_size = strlen(name) + 1;
	bool needs_slash = len && dir[len - 1] != '/';
	char *path = xmalloc(len + needs_slash + name_size);

	memcpy(path, dir, len);
	if (needs_slash)
		path[len] = '/';
	memcpy(path + len + needs_slash, name, name_size);
	return path;
}

char *path_trim(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return xstrndup(path, len);
}

char *path_dirname(const char *path)
{
	AUTO_FREE char *clean = path_trim(path);
	char *slash = strrchr(clean, '/');

	if (!slash)
		return xstrdup(".");
	*slash = '\0';
	return clean[0] ? path_trim(clean) : xstrdup("/");
}

bool path_is_same(const char *a, const char *b)
{
	AUTO_FREE char *real_a = NULL;
	AUTO_FREE char *real_b = NULL;

	if (strcmp(a, b) == 0)
		return true;
	real_a = realpath(a, NULL);
	real_b = realpath(b, NULL);
	return real_a && real_b && strcmp(real_a, real_b) == 0;
}

const char *path_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Splits an absolute path into its names, "." and ".." worked off. */
static void split_names(const char *path, struct strvec *ret_names)
{
	AUTO(strvec) struct strvec parts = STRVEC_INIT;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len)
			strvec_give(&parts, xstrndup(path, len));
		path += len + (path[len] == '/');
	}
	for (size_t i = 0; i < parts.count; i++) {
		if (strcmp(parts.items[i], ".") == 0)
			continue;
		if (strcmp(parts.items[i], "..") != 0)
			strvec_push(ret_names, parts.items[i]);
		else if (ret_names->count)
			strvec_remove(ret_names, ret_names->count - 1);
	}
}

char *path_absolute(const char *path)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *working_dir = path[0] == '/' ? xstrdup("/") : getcwd(NULL, 0);
	AUTO_FREE char *whole = NULL, *joined = NULL;

	if (!working_dir)
		return xstrdup(path);
	whole = path_join(working_dir, path);
	split_names(whole, &names);
	joined = strvec_join(&names, "/");
	return path_join("/", joined);
}

char *path_relative(const char *dir, const char *target)
{
	AUTO(strvec) struct strvec from = STRVEC_INIT;
	AUTO(strvec) struct strvec to = STRVEC_INIT;
	AUTO(strvec) struct strvec steps = STRVEC_INIT;
	size_t common = 0;

	split_names(dir, &from);
	split_names(target, &to);
	while (common < from.count && common < to.count &&
	       strcmp(from.items[common], to.items[common]) == 0)
		common++;
	for (size_t i = common; i < from.count; i++)
		strvec_push(&steps, "..");
	for (size_t i = common; i < to.count; i++)
		strvec_push(&steps, to.items[i]);
	return steps.count ? strvec_join(&steps, "/") : xstrdup(".");
}
