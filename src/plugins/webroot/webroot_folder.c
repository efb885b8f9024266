/*
 * Making, opening and removing the challenge directory (see webroot_folder.h).
 */
#include "plugins/webroot/webroot_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/folder_walk.h"

static const char *const names[] = {".well-known", "acme-challenge"};

/* A directory that we made, and which it is. */
struct webroot_step {
	char *root;
	size_t depth; /* index in `names` */
	dev_t device;
	ino_t inode;
};

void webroot_made_release(struct webroot_made *made)
{
	for (size_t i = 0; i < made->count; i++)
		free(made->steps[i].root);
	free(made->steps);
	*made = (struct webroot_made){NULL};
}

static int open_root(const char *root, struct folder *ret_folder, struct error *err)
{
	if (folder_walk(NULL, root, ret_folder, err) < 0)
		return error_wrap(err, "cannot use the webroot '%s'", root);
	return 0;
}

static int enter(struct folder *folder, const char *name, struct error *err)
{
	struct folder inner = FOLDER_INIT;

	if (folder_walk(folder, name, &inner, err) < 0)
		return err->code;
	folder_release(folder);
	*folder = inner;
	return 0;
}

/* The directory around names[depth]; depth 2: the challenge directory itself. */
static int open_around(const char *root, size_t depth, struct folder *folder, struct error *err)
{
	if (open_root(root, folder, err) < 0)
		return err->code;
	for (size_t i = 0; i < depth; i++)
		if (enter(folder, names[i], err) < 0)
			return err->code;
	return 0;
}

int webroot_folder_open(const char *root, struct folder *ret_folder, struct error *err)
{
	return open_around(root, ARRAY_LEN(names), ret_folder, err);
}

int webroot_folder_check(const char *root, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (webroot_folder_open(root, &folder, &failed) == 0 || failed.code == ERR_NOT_FOUND)
		return 0;
	return error_move(err, &failed);
}

/* True for what mkdir() has just left. Whoever may write to the directory around it can put another
 * one in its place; from one that is empty, nothing can be had by its new mode and owner. */
static bool is_fresh(const struct folder *folder, const struct stat *attributes)
{
	AUTO(strvec) struct strvec entries = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	return (attributes->st_mode & 0777) == 0700 && folder_list(folder, &entries, &err) == 0 &&
	       entries.count == 0;
}

/* Mode 0755 and the owner of the directory around it. Mode first, while it is ours. Over NFS it may
 * belong to nobody from the start. */
static int dress(const struct folder *around, const char *name, struct stat *ret_made,
		 struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	AUTO_FREE char *path = path_join(around->path, name);
	AUTO_CLOSE int fd = openat(around->fd, name, flags);
	const struct folder folder = {fd, path};
	struct stat model;

	if (fd < 0 || fstat(fd, ret_made) < 0 || fstat(around->fd, &model) < 0)
		return error_set_errno(err, errno, "cannot open '%s'", path);
	if (!is_fresh(&folder, ret_made))
		return error_set(err, ERR_REFUSED, "another directory has appeared at '%s'", path);
	if (fchmod(fd, 0755) < 0)
		return error_set_errno(err, errno, "cannot set the mode of '%s'", path);
	if (ret_made->st_uid != geteuid())
		errno = EPERM;
	else if (fchown(fd, model.st_uid, model.st_gid) == 0)
		return 0;
	log_warning("Unable to change owner and uid of webroot directory '%s': %s", path,
		    strerror(errno));
	return 0;
}

/* An existing one is fine. */
static int make_step(const char *root, size_t depth, const struct folder *around,
		     struct webroot_made *made, struct error *err)
{
	const char *name = names[depth];
	struct stat step;
	int rc;

	if (mkdirat(around->fd, name, 0700) < 0)
		return errno == EEXIST ? 0
				       : error_set_errno(err, errno,
							 "cannot create the directory '%s/%s' "
							 "for http-01 challenges",
							 around->path, name);
	rc = dress(around, name, &step, err);
	if (rc < 0 && rc != ERR_REFUSED)
		unlinkat(around->fd, name, AT_REMOVEDIR);
	if (rc < 0)
		return rc;
	ARRAY_GROW(made->steps, made->count, made->capacity);
	made->steps[made->count++] = (struct webroot_step){xstrdup(root), depth, step.st_dev,
							   step.st_ino};
	return 0;
}

int webroot_folder_make(const char *root, struct webroot_made *made, struct folder *ret_folder,
			struct error *err)
{
	if (open_root(root, ret_folder, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (make_step(root, i, ret_folder, made, err) < 0 ||
		    enter(ret_folder, names[i], err) < 0)
			return err->code;
	return 0;
}

static int remove_step(const struct webroot_step *step, struct error *err)
{
	AUTO(folder) struct folder around = FOLDER_INIT;
	const char *name = names[step->depth];
	struct stat found;
	int rc = open_around(step->root, step->depth, &around, err);

	if (rc < 0)
		return rc;
	if (fstatat(around.fd, name, &found, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : error_set_errno(err, errno, "cannot look at '%s/%s'",
							 around.path, name);
	if (found.st_dev != step->device || found.st_ino != step->inode)
		return error_set(err, ERR_REFUSED,
				 "'%s/%s' is not the directory that was "
				 "created",
				 around.path, name);
	return folder_remove_dir(&around, name, err);
}

void webroot_made_remove(struct webroot_made *made)
{
	for (size_t i = made->count; i-- > 0;) {
		AUTO(error) struct error err = ERROR_INIT;

		if (remove_step(&made->steps[i], &err) < 0 && err.code != ERR_NOT_FOUND)
			log_info("Not cleaning up the challenge directory in %s: %s",
				 made->steps[i].root, err.text);
	}
	webroot_made_release(made);
}
