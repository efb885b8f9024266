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
STATIC_ASSERT(ARRAY_LEN(names) == WEBROOT_DEPTH, "one name for each directory");

void webroot_made_release(struct webroot_made *made)
{
	for (size_t i = 0; i < made->count; i++)
		free(made->steps[i].root);
	free(made->steps);
	made->steps = NULL;
	made->count = made->capacity = 0;
}

void webroot_made_add(struct webroot_made *made, const struct webroot_step *step)
{
	ARRAY_GROW(made->steps, made->count, made->capacity);
	made->steps[made->count] = *step;
	made->steps[made->count++].root = xstrdup(step->root);
}

/* Several names may share a root, whose directories are made once. */
static struct webroot_step *find_step(const struct webroot_made *made, const char *root,
				      size_t depth)
{
	for (size_t i = 0; i < made->count; i++)
		if (made->steps[i].depth == depth && strcmp(made->steps[i].root, root) == 0)
			return &made->steps[i];
	return NULL;
}

static int save_record(const struct webroot_made *made, struct error *err)
{
	return made->save ? made->save(made->context, err) : 0;
}

static int open_root(const char *root, struct folder *ret_folder, struct error *err)
{
	if (folder_walk(NULL, root, ret_folder, err) < 0)
		return error_wrap(err, "cannot use the webroot '%s'", root);
	return 0;
}

/* Component by component, by descriptors: a link on the way could lead elsewhere between check and
 * use. */
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

/* Missing directories will be created. */
int webroot_folder_check(const char *root, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (webroot_folder_open(root, &folder, &failed) == 0 || failed.code == ERR_NOT_FOUND)
		return 0;
	return error_move(err, &failed);
}

/* True for what mkdir() has just left. Whoever may write to the directory around it can put another
 * one in its place; if that one is empty, its new mode and owner give nothing away. */
static bool is_fresh(const struct folder *folder, const struct stat *attributes)
{
	AUTO(strvec) struct strvec entries = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	return (attributes->st_mode & 0777) == 0700 && folder_list(folder, &entries, &err) == 0 &&
	       entries.count == 0;
}

static int open_made(const struct folder *around, const char *name, struct folder *ret_folder,
		     struct stat *ret_made, struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	*ret_folder = (struct folder){openat(around->fd, name, flags),
				      path_join(around->path, name)};
	if (ret_folder->fd < 0 || fstat(ret_folder->fd, ret_made) < 0)
		return error_set_errno(err, errno, "cannot open '%s'", ret_folder->path);
	if (!is_fresh(ret_folder, ret_made))
		return error_set(err, ERR_REFUSED, "another directory has appeared at '%s'",
				 ret_folder->path);
	return 0;
}

/* Mode 0755 and the owner of the directory around it. Mode first, while it is ours. Over NFS it may
 * belong to nobody from the start. */
static int dress(const struct folder *folder, uid_t owner, const struct folder *around,
		 struct error *err)
{
	struct stat model;

	if (fstat(around->fd, &model) < 0)
		return error_set_errno(err, errno, "cannot look at '%s'", around->path);
	if (fchmod(folder->fd, 0755) < 0)
		return error_set_errno(err, errno, "cannot set the mode of '%s'", folder->path);
	if (owner != geteuid())
		errno = EPERM;
	else if (fchown(folder->fd, model.st_uid, model.st_gid) == 0)
		return 0;
	log_warning("Unable to change owner and uid of webroot directory '%s': %s", folder->path,
		    strerror(errno));
	return 0;
}

/* Which directory it is goes on record while it still is as mkdir() left it. */
static int finish_step(struct webroot_step *step, const struct folder *around,
		       const struct webroot_made *made, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	struct stat found;

	if (open_made(around, names[step->depth], &folder, &found, err) < 0)
		return err->code;
	step->device = found.st_dev;
	step->inode = found.st_ino;
	if (save_record(made, err) < 0)
		return err->code;
	return dress(&folder, found.st_uid, around, err);
}

/* The plan goes on record before mkdir(), its inode after: a crash between the two leaves an empty
 * directory that is_ours() knows by its mode and owner. */
static int plan_step(const char *root, size_t depth, struct webroot_made *made, struct error *err)
{
	webroot_made_add(made, &(struct webroot_step){(char *)root, depth, 0, 0});
	return save_record(made, err);
}

/* An existing one is fine. Mode 0700 at first, so that nobody can put anything into it before it is
 * known to be ours. */
static int make_step(const char *root, size_t depth, const struct folder *around,
		     struct webroot_made *made, struct error *err)
{
	const char *name = names[depth];
	int rc;

	if (folder_has(around, name))
		return 0;
	if (!find_step(made, root, depth) && plan_step(root, depth, made, err) < 0)
		return err->code;
	if (mkdirat(around->fd, name, 0700) < 0)
		return errno == EEXIST ? 0
				       : error_set_errno(err, errno,
							 "cannot create the directory '%s/%s' "
							 "for http-01 challenges",
							 around->path, name);
	rc = finish_step(find_step(made, root, depth), around, made, err);
	if (rc < 0 && rc != ERR_REFUSED)
		unlinkat(around->fd, name, AT_REMOVEDIR);
	return rc;
}

/* All at once, for each entry would otherwise cost a write of the record. */
void webroot_folder_plan(const char *root, struct webroot_made *made)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t depth = 0;

	if (open_root(root, &folder, &err) < 0)
		return;
	while (depth < ARRAY_LEN(names) && enter(&folder, names[depth], &err) == 0)
		depth++;
	if (err.code != ERR_NOT_FOUND)
		return;
	for (; depth < ARRAY_LEN(names); depth++)
		if (!find_step(made, root, depth))
			webroot_made_add(made, &(struct webroot_step){(char *)root, depth, 0, 0});
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

static bool is_ours(const struct webroot_step *step, const struct stat *found)
{
	if (step->inode)
		return found->st_dev == step->device && found->st_ino == step->inode;
	return S_ISDIR(found->st_mode) && (found->st_mode & 0777) == 0700 &&
	       found->st_uid == geteuid();
}

/* By its inode, as one of the same name may have come since. */
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
	if (!is_ours(step, &found))
		return error_set(err, ERR_REFUSED,
				 "'%s/%s' is not the directory that was "
				 "created",
				 around.path, name);
	return folder_remove_dir(&around, name, err);
}

/* Inner ones first. A directory that is not ours, or not empty, is left: somebody else uses it. */
int webroot_made_remove(struct webroot_made *made, struct error *err)
{
	for (size_t i = made->count; i-- > 0;) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (remove_step(&made->steps[i], &failed) == 0 || failed.code == ERR_NOT_FOUND)
			continue;
		log_info("Not cleaning up the challenge directory in %s: %s", made->steps[i].root,
			 failed.text);
		if (failed.code != ERR_REFUSED && !error_is_set(err))
			error_move(err, &failed);
	}
	if (!error_is_set(err))
		webroot_made_release(made);
	return err->code;
}
