/*
 * Expansion of Include (see apache_include.h) as httpd's server/config.c does it: entries sorted by
 * byte value; a wildcard may be in any part of the path and does not match a leading dot; the whole
 * pattern may match a directory, which means everything below it, including dot files.
 */
#include "confedit/apache/apache_include.h"

#include <fnmatch.h>
#include <string.h>

#include "base/alloc.h"

/* httpd's AP_MAX_INCLUDE_DIR_DEPTH. */
enum { MAX_DIR_DEPTH = 20 };

bool apache_include_is_pattern(const char *path)
{
	return strpbrk(path, "*?[") != NULL;
}

/* Links that lead back end at the limit. */
static int add_tree(const struct apache_source *source, const char *path, int depth,
		    struct strvec *ret_paths, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!source->is_dir(source->context, path)) {
		strvec_push(ret_paths, path);
		return 0;
	}
	if (depth > MAX_DIR_DEPTH)
		return error_set(err, ERR_CONFIG,
				 "cannot include '%s': directories nested too deeply", path);
	if (source->list(source->context, path, &names, err) < 0)
		return err->code;
	strvec_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *entry = xasprintf("%s/%s", path, names.items[i]);

		if (add_tree(source, entry, depth + 1, ret_paths, err) < 0)
			return err->code;
	}
	return 0;
}

/* Expands `rest`, the part of the path after the directory `dir`. */
static int expand_pattern(const struct apache_source *source, const char *dir, const char *rest,
			  struct strvec *ret_paths, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *pattern = NULL;
	const char *slash;

	while (*rest == '/')
		rest++;
	slash = strchr(rest, '/');
	pattern = slash ? xstrndup(rest, (size_t)(slash - rest)) : xstrdup(rest);
	if (!apache_include_is_pattern(pattern)) {
		strvec_push(&names, pattern);
	} else {
		AUTO(error) struct error ignored = ERROR_INIT;

		/* A directory that is not there matches nothing. */
		if (source->list(source->context, *dir ? dir : "/", &names, &ignored) < 0)
			return 0;
		strvec_sort(&names);
	}
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", dir, names.items[i]);
		int rc;

		if (strcmp(names.items[i], pattern) != 0 &&
		    fnmatch(pattern, names.items[i], FNM_PERIOD) != 0)
			continue;
		if (!source->exists(source->context, path))
			continue;
		rc = slash ? expand_pattern(source, path, slash, ret_paths, err)
			   : add_tree(source, path, 0, ret_paths, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int apache_include_expand(const struct apache_source *source, const char *path,
			  struct strvec *ret_paths, struct error *err)
{
	if (apache_include_is_pattern(path))
		return expand_pattern(source, "", path, ret_paths, err);
	return add_tree(source, path, 0, ret_paths, err);
}
