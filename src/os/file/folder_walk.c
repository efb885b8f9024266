/*
 * Walking to a directory one component at a time (see folder_walk.h). What a component is and who
 * owns it are asked of the opened object, never of a name, so nothing changes by renaming while we
 * walk.
 */
#include "os/file/folder_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file_parts.h"
#include "os/users.h"

/* As many as Linux follows. */
enum { MAX_LINKS = 40 };

struct walk {
	const char *path; /* all of it, for errors */
	int links_left;
};

static int walk_on(struct walk *walk, int from_fd, const char *path, struct error *err);

static int failed(const struct walk *walk, int errno_value, struct error *err)
{
	error_set_errno(err, errno_value, "cannot open directory '%s'", walk->path);
	return -1;
}

static bool may_make_entries(uid_t user, const struct stat *dir)
{
	if (dir->st_uid == user)
		return dir->st_mode & S_IWUSR;
	return dir->st_mode & S_IWOTH ||
	       (dir->st_mode & S_IWGRP && users_is_member(user, dir->st_gid));
}

/* Closes the descriptor and returns -1 if the link leads to a place that its owner could not
 * change. */
static int check_target(const struct walk *walk, const char *name, uid_t owner, int own_fd,
			struct error *err)
{
	struct stat target;

	if (own_fd < 0 || owner == 0 || owner == geteuid())
		return own_fd;
	if (fstat(own_fd, &target) == 0 && may_make_entries(owner, &target))
		return own_fd;
	close(own_fd);
	error_set(err, ERR_REFUSED,
		  "cannot open directory '%s': the link '%s' belongs to the user %ju, who may not "
		  "write to the directory that it leads to",
		  walk->path, name, (uintmax_t)owner);
	error_hint(err, "if it is meant to lead there, give the link to root (chown -h root)");
	return -1;
}

static int follow_link(struct walk *walk, int dir_fd, const char *name, struct error *err)
{
	AUTO_FREE char *target = NULL;
	struct stat link;
	int fd, rc = link_read_at(dir_fd, name, &link, &target);

	if (rc < 0)
		return failed(walk, -rc, err);
	if (walk->links_left-- == 0)
		return failed(walk, ELOOP, err);
	if (target)
		fd = walk_on(walk, dir_fd, target, err);
	else if ((fd = dir_open_at(dir_fd, name, true)) < 0)
		return failed(walk, errno, err);
	return check_target(walk, name, link.st_uid, fd, err);
}

static int step_into(struct walk *walk, int own_dir_fd, const char *name, struct error *err)
{
	AUTO_CLOSE int dir_fd = own_dir_fd;
	struct stat entry;
	int fd = dir_open_at(dir_fd, name, false), reason = errno;

	if (fd >= 0)
		return fd;
	/* Systems differ in what they say of a link. */
	if (fstatat(dir_fd, name, &entry, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(entry.st_mode))
		return follow_link(walk, dir_fd, name, err);
	return failed(walk, reason, err);
}

/* A descriptor, or -1 with the error set. */
static int walk_on(struct walk *walk, int from_fd, const char *path, struct error *err)
{
	int fd = dir_open_at(from_fd, path[0] == '/' ? "/" : ".", false);

	if (fd < 0)
		return failed(walk, errno, err);
	for (path += strspn(path, "/"); fd >= 0 && *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		AUTO_FREE char *name = xstrndup(path, len);

		fd = step_into(walk, fd, name, err);
		path += len;
	}
	return fd;
}

int folder_walk(const struct folder *from, const char *path, struct folder *ret_folder,
		struct error *err)
{
	AUTO_FREE char *whole = from ? path_join(from->path, path) : xstrdup(path);
	struct walk walk = {.path = whole, .links_left = MAX_LINKS};
	int fd = walk_on(&walk, from ? from->fd : AT_FDCWD, path, err);

	if (fd < 0)
		return err->code;
	*ret_folder = (struct folder){.fd = fd, .path = STEAL(whole)};
	return 0;
}

int folder_walk_open(const char *path, struct folder *ret_folder, struct error *err)
{
	AUTO(folder) struct folder walked = FOLDER_INIT;
	int fd;

	if (folder_walk(NULL, path, &walked, err) < 0)
		return err->code;
	fd = openat(walked.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, errno, "cannot open directory '%s'", path);
	*ret_folder = (struct folder){.fd = fd, .path = STEAL(walked.path)};
	return 0;
}
