/*
 * Creates and replaces files (see file.h) by way of a draft (file_parts.h): made, given its rights,
 * filled, synced; and removed again on failure.
 *
 * Rights are complete before the first byte: a new file starts with at most the owner's bits, gets
 * owner and group, then its exact mode, and only then its contents.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/span.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/file/file_parts.h"
#include "os/file/flock_file.h"

/* Ends the names of drafts, and of nothing else. */
#define SUFFIX ".certbot-new"
/* Five seconds for others who publish the same file. */
#define PUBLISH_PAUSE_MS 10
#define PUBLISH_TRIES 500

void draft_release(struct draft *draft)
{
	auto_close(&draft->fd);
	if (draft->name)
		unlinkat(draft->entry->dir_fd, draft->name, 0);
	free(draft->name);
}

int draft_open(struct draft *draft, char *own_name, mode_t mode)
{
	draft->fd = openat(draft->entry->dir_fd, own_name,
			   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0600);
	if (draft->fd < 0) {
		int saved_errno = errno;

		free(own_name);
		return -saved_errno;
	}
	draft->name = own_name;
	return 0;
}

/* The errors of fchown() without permission: also for ids that a user namespace does not know, and
 * on file systems without owners. */
static bool means_forbidden(int errno_value)
{
	static const int values[] = {EPERM, EACCES, EINVAL, ENOTSUP, ENOSYS};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (errno_value == values[i])
			return true;
	return false;
}

/* Gives owner and group; *mode loses the bits of a group that cannot be given. 0 or -errno. */
static int apply_owner(int fd, const struct file_attributes *attributes, mode_t *mode)
{
	uid_t uid = attributes->set_owner ? attributes->uid : (uid_t)-1;
	gid_t gid = attributes->set_group ? attributes->gid : (gid_t)-1;

	if ((!attributes->set_owner && !attributes->set_group) || fchown(fd, uid, gid) == 0)
		return 0;
	if (!attributes->as_far_as_allowed || !means_forbidden(errno))
		return -errno;
	/* The group alone may be ours to give. */
	if (attributes->set_group && fchown(fd, (uid_t)-1, gid) < 0)
		*mode &= ~(mode_t)070;
	return 0;
}

/* Owner and group come before the mode: rights must never be granted to the wrong group, and a
 * change of owner drops mode bits. */
static int apply_attributes(int fd, const struct file_attributes *attributes)
{
	mode_t mode = attributes->mode;
	int rc;

	if (attributes->is_left_alone)
		return 0;
	rc = apply_owner(fd, attributes, &mode);
	if (rc < 0)
		return rc;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

int fd_write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t count = write(fd, bytes, len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		bytes += count;
		len -= (size_t)count;
	}
	return 0;
}

static int give_rights(const struct draft *draft, const struct file_attributes *attributes,
		       struct error *err)
{
	int rc = apply_attributes(draft->fd, attributes);

	if (rc < 0)
		error_set_errno(err, -rc, "cannot set owner and mode of '%s'", draft->path);
	return err->code;
}

int draft_reserve(struct draft *draft, size_t room, const struct file_attributes *attributes,
		  struct error *err)
{
	int failure;

	if (give_rights(draft, attributes, err) < 0)
		return err->code;
	failure = posix_fallocate(draft->fd, 0, (off_t)room);
	/* A file system that cannot reserve space is used without. */
	if (failure && failure != EOPNOTSUPP && failure != EINVAL)
		return error_set_errno(err, failure, "cannot reserve %zu bytes for '%s'", room,
				       draft->path);
	return 0;
}

int draft_fill(struct draft *draft, const void *bytes, size_t len,
	       const struct file_attributes *attributes, struct error *err)
{
	int rc;

	if (attributes && give_rights(draft, attributes, err) < 0)
		return err->code;
	rc = fd_write_all(draft->fd, bytes, len);
	if (rc == 0 && !attributes && ftruncate(draft->fd, (off_t)len) < 0)
		rc = -errno;
	if (rc == 0 && !draft->syncs_later && fsync(draft->fd) < 0)
		rc = -errno;
	/* Network file systems may report a failed write only now. */
	if (close(STEAL_FD(draft->fd)) < 0 && rc == 0 && errno != EINTR)
		rc = -errno;
	if (rc < 0)
		return error_set_errno(err, -rc, "cannot write '%s'", draft->path);
	return 0;
}

/* ".NAME.certbot-new", shortened so that a long NAME still fits a directory entry. Heap. */
static char *draft_name(const char *name)
{
	int max_len = NAME_MAX - 1 - (int)strlen(SUFFIX);

	return xasprintf(".%.*s" SUFFIX, max_len, name);
}

int draft_open_beside(struct draft *draft, mode_t mode)
{
	char *name = draft_name(draft->entry->name);

	if (unlinkat(draft->entry->dir_fd, name, 0) < 0 && errno != ENOENT) {
		int saved_errno = errno;

		free(name);
		return -saved_errno;
	}
	return draft_open(draft, name, mode);
}

void file_remove_leftovers(const char *path)
{
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_FREE char *dir = path_dirname(real ? real : path);
	AUTO_FREE char *name = draft_name(path_basename(real ? real : path));
	AUTO_FREE char *draft = path_join(dir, name);

	unlink(draft);
}

/* Fills the open draft and puts it in the place of its entry. `rc` is what opening it returned. */
static int replace_by(struct draft *draft, int rc, struct span bytes,
		      const struct file_attributes *attributes, struct error *err)
{
	const struct dir_entry *entry = draft->entry;

	if (rc < 0)
		return error_set_errno(err, -rc, "cannot write '%s'", draft->path);
	if (draft_fill(draft, bytes.ptr, bytes.len, attributes, err) < 0)
		return err->code;
	if (renameat(entry->dir_fd, draft->name, entry->dir_fd, entry->name) < 0)
		return error_set_errno(err, errno, "cannot replace '%s'", draft->path);
	free(STEAL(draft->name));
	return dir_entry_sync(entry, err);
}

int file_replace(const char *path, const void *bytes, size_t len,
		 const struct file_attributes *attributes, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(draft) struct draft draft = {.entry = &entry, .path = path, .fd = -1};

	if (dir_of_entry(path, &entry, err) < 0)
		return error_wrap(err, "cannot write '%s'", path);
	return replace_by(&draft, draft_open_beside(&draft, attributes->mode),
			  span_make(bytes, len), attributes, err);
}

/* Reads what a file that is replaced hands on to the new one. A link is not followed: whoever may
 * write to the directory would choose what is replaced. */
static int inherit_rights(const struct dir_entry *entry, const char *path,
			  struct file_attributes *attributes, struct error *err)
{
	struct stat old;

	if (fstatat(entry->dir_fd, entry->name, &old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_set_errno(err, errno, "cannot write '%s'", path);
	if (!S_ISREG(old.st_mode))
		return error_set(err, ERR_REFUSED, "cannot write '%s': it is not a regular file",
				 path);
	attributes->mode = old.st_mode & 0777;
	attributes->set_group = true;
	attributes->gid = old.st_gid;
	attributes->as_far_as_allowed = true;
	return 0;
}

/* True when the name still leads to the open file. */
static bool is_named(const struct dir_entry *entry, const char *name, int fd)
{
	struct stat named, opened;

	return fstatat(entry->dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev &&
	       named.st_ino == opened.st_ino;
}

/* Removes a draft whose process is dead: one that lives has it locked. Under the lock, so that of
 * two who find it, neither removes the other's next one. A link or a socket is nobody's draft; one
 * that cannot be opened for another reason may be a living process's. */
static void sweep_dead(const struct dir_entry *entry, const char *name)
{
	AUTO_CLOSE int fd = openat(entry->dir_fd, name,
				   O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 ? errno == ELOOP || errno == ENXIO
		   : flock_file_try(fd) && is_named(entry, name, fd))
		unlinkat(entry->dir_fd, name, 0);
}

/* Makes a draft which stays locked until both it and *ret_lock_fd are closed, or this process is
 * dead. 0 or -errno. */
static int draft_open_locked(struct draft *draft, mode_t mode, int *ret_lock_fd)
{
	const struct clock *clock = clock_system();

	for (int tries = 0; tries < PUBLISH_TRIES; tries++) {
		AUTO_FREE char *name = draft_name(draft->entry->name);
		int rc = draft_open(draft, xstrdup(name), mode);

		if (rc == 0 && flock_file_try(draft->fd) &&
		    is_named(draft->entry, name, draft->fd)) {
			*ret_lock_fd = fcntl(draft->fd, F_DUPFD_CLOEXEC, 0);
			return *ret_lock_fd < 0 ? -errno : 0;
		}
		if (rc < 0 && rc != -EEXIST)
			return rc;
		if (rc == 0) {
			/* Another process took it for a dead one's before it was locked. */
			auto_close(&draft->fd);
			free(STEAL(draft->name));
			continue;
		}
		sweep_dead(draft->entry, name);
		if (tries &&
		    clock->sleep_until(clock->context, clock_mono_ms(clock) + PUBLISH_PAUSE_MS) < 0)
			return -EINTR;
	}
	return -EBUSY;
}

/* By the open directory: its path may lead elsewhere by now. */
static void take_dir_owner(const struct dir_entry *entry, struct file_attributes *attributes)
{
	struct stat dir;

	if (fstat(entry->dir_fd, &dir) < 0 || dir.st_uid == geteuid())
		return;
	attributes->set_owner = true;
	attributes->uid = dir.st_uid;
	attributes->as_far_as_allowed = true;
}

/* Nobody holds a lock of the directory, so the draft itself is locked: a name of this call's own
 * would need none, but nobody would ever remove it after a kill. */
static int publish_file(const char *path, struct span bytes, mode_t mode, bool is_for_dir,
			struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO_CLOSE int lock_fd = -1;
	AUTO(draft) struct draft draft = {.entry = &entry, .path = path, .fd = -1};
	struct file_attributes attributes = {.mode = mode};

	if (dir_of_entry(path, &entry, err) < 0)
		return error_wrap(err, "cannot write '%s'", path);
	if (inherit_rights(&entry, path, &attributes, err) < 0)
		return err->code;
	if (is_for_dir)
		take_dir_owner(&entry, &attributes);
	return replace_by(&draft, draft_open_locked(&draft, attributes.mode, &lock_fd), bytes,
			  &attributes, err);
}

int file_publish(const char *path, const void *bytes, size_t len, mode_t mode, struct error *err)
{
	return publish_file(path, span_make(bytes, len), mode, false, err);
}

int file_publish_for_dir(const char *path, const void *bytes, size_t len, mode_t mode,
			 struct error *err)
{
	return publish_file(path, span_make(bytes, len), mode, true, err);
}

int file_create(const char *path, const void *bytes, size_t len,
		const struct file_attributes *attributes, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(draft) struct draft draft = {.entry = &entry, .path = path, .fd = -1};
	int rc = dir_of_entry(path, &entry, err);

	if (rc < 0)
		return error_wrap(err, "cannot create '%s'", path);
	rc = draft_open(&draft, xstrdup(entry.name), attributes->mode);
	if (rc < 0)
		return error_set_errno(err, -rc, "cannot create '%s'", path);
	rc = draft_fill(&draft, bytes, len, attributes, err);
	if (rc == 0)
		rc = dir_entry_sync(&entry, err);
	if (rc == 0)
		free(STEAL(draft.name));
	return rc;
}
