/*
 * Several changes in one directory, one fsync (see folder.h). Everything goes through the open
 * descriptor, so the directory may be renamed meanwhile.
 */
#include "os/file/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file_parts.h"

/* Takes over what opening has given: a descriptor, or -1 and errno. */
static int take_folder(int own_fd, const char *path, struct folder *ret_folder, struct error *err)
{
	if (own_fd < 0)
		return error_set_errno(err, errno, "cannot open directory '%s'", path);
	*ret_folder = (struct folder){.fd = own_fd, .path = xstrdup(path)};
	return 0;
}

int folder_open(const char *path, struct folder *ret_folder, struct error *err)
{
	return take_folder(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path, ret_folder, err);
}

int folder_open_names(const char *path, struct folder *ret_folder, struct error *err)
{
	return take_folder(dir_open_at(AT_FDCWD, path, true), path, ret_folder, err);
}

void folder_release(struct folder *folder)
{
	auto_close(&folder->fd);
	free(folder->path);
	*folder = (struct folder)FOLDER_INIT;
}

/* The mode last: chown(2) clears bits of it. */
static bool give_rights_of(int fd, const struct folder *model)
{
	struct stat wanted, given;

	if (fstat(model->fd, &wanted) < 0 || fstat(fd, &given) < 0)
		return false;
	if ((wanted.st_uid != given.st_uid || wanted.st_gid != given.st_gid) &&
	    fchown(fd, wanted.st_uid, wanted.st_gid) < 0)
		return false;
	return fd_copy_access_lists(model->fd, fd) == 0 && fchmod(fd, wanted.st_mode & 07777) == 0;
}

/* Created with no rights for others and opened without following links: nobody gets in before its
 * permissions are final. */
int folder_make_like(const char *path, const struct folder *model, struct error *err)
{
	AUTO(dir_entry) struct dir_entry parent = DIR_ENTRY_INIT;
	AUTO_CLOSE int fd = -1;

	if (dir_of_entry(path, &parent, err) < 0)
		return error_wrap(err, "cannot make directory '%s'", path);
	if (mkdirat(parent.dir_fd, parent.name, 0700) < 0)
		return error_set_errno(err, errno, "cannot make directory '%s'", path);
	fd = openat(parent.dir_fd, parent.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !give_rights_of(fd, model)) {
		int saved_errno = errno;

		unlinkat(parent.dir_fd, parent.name, AT_REMOVEDIR);
		error_set_errno(err, saved_errno, "cannot give '%s' the rights of '%s'", path,
				model->path);
		return error_recode(err, ERR_REFUSED);
	}
	return 0;
}

int folder_make_dir(const struct folder *folder, const char *name, mode_t mode, struct error *err)
{
	if (mkdirat(folder->fd, name, mode) == 0 || errno == EEXIST)
		return 0;
	return error_set_errno(err, errno, "cannot make directory '%s/%s'", folder->path, name);
}

/* A new file with those contents or, for `room` bytes to come, an empty one with reserved space. */
static int create_file(const struct folder *folder, const char *name, struct span bytes,
		       size_t room, const struct file_attributes *attributes, struct error *err)
{
	const struct dir_entry entry = {folder->fd, folder->path, name};
	AUTO_FREE char *path = path_join(folder->path, name);
	AUTO(draft) struct draft draft = {
		.entry = &entry, .path = path, .fd = -1, .syncs_later = folder->syncs_later};
	int rc = draft_open(&draft, xstrdup(name), attributes->mode);

	if (rc < 0)
		return error_set_errno(err, -rc, "cannot create '%s'", path);
	rc = room ? draft_reserve(&draft, room, attributes, err)
		  : draft_fill(&draft, bytes.ptr, bytes.len, attributes, err);
	if (rc < 0)
		return rc;
	free(STEAL(draft.name));
	return 0;
}

int folder_create(const struct folder *folder, const char *name, struct span bytes,
		  const struct file_attributes *attributes, struct error *err)
{
	return create_file(folder, name, bytes, 0, attributes, err);
}

int folder_reserve(const struct folder *folder, const char *name, size_t room,
		   const struct file_attributes *attributes, struct error *err)
{
	return create_file(folder, name, span_make("", 0), room, attributes, err);
}

int folder_fill(const struct folder *folder, const char *name, struct span bytes, struct error *err)
{
	const struct dir_entry entry = {folder->fd, folder->path, name};
	AUTO_FREE char *path = path_join(folder->path, name);
	AUTO(draft) struct draft file = {
		.entry = &entry, .path = path, .syncs_later = folder->syncs_later};

	/* A FIFO in its place would be waited for without O_NONBLOCK. */
	file.fd = openat(folder->fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file.fd < 0)
		return error_set_errno(err, errno, "cannot write '%s'", path);
	return draft_fill(&file, bytes.ptr, bytes.len, NULL, err);
}

/* An old draft may be there from a run that was killed. */
int folder_replace(const struct folder *folder, const char *name, const char *draft,
		   struct span bytes, const struct file_attributes *attributes, struct error *err)
{
	if (folder_remove(folder, draft, err) < 0 ||
	    folder_create(folder, draft, bytes, attributes, err) < 0)
		return err->code;
	if (folder_rename(folder, draft, name, err) == 0)
		return folder_sync(folder, err);
	unlinkat(folder->fd, draft, 0);
	return err->code;
}

/* Without fsync: the caller makes several changes durable by one folder_sync(). */
int folder_symlink(const struct folder *folder, const char *target, const char *name,
		   struct error *err)
{
	if (symlinkat(target, folder->fd, name) < 0)
		return error_set_errno(err, errno, "cannot make link '%s/%s'", folder->path, name);
	return 0;
}

/* The errors of linkat() for directories, for another file system, and if permissions or the file
 * system forbid hard links. */
static bool means_unlinkable(int errno_value)
{
	static const int values[] = {EPERM, EXDEV, EMLINK, ENOTSUP, ENOSYS, EACCES};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (errno_value == values[i])
			return true;
	return false;
}

int folder_link(const struct folder *folder, const char *name, const struct folder *to,
		const char *to_name, struct error *err)
{
	if (linkat(folder->fd, name, to->fd, to_name, 0) == 0)
		return 0;
	if (means_unlinkable(errno))
		return error_set(err, ERR_REFUSED, "'%s/%s' cannot have a second name",
				 folder->path, name);
	return error_set_errno(err, errno, "cannot link '%s/%s' into '%s'", folder->path, name,
			       to->path);
}

int folder_move(const struct folder *folder, const char *name, const struct folder *to,
		struct error *err)
{
	if (renameat(folder->fd, name, to->fd, name) < 0)
		return error_set_errno(err, errno, "cannot move '%s/%s' to '%s'", folder->path,
				       name, to->path);
	return 0;
}

int folder_rename(const struct folder *folder, const char *from, const char *to, struct error *err)
{
	if (renameat(folder->fd, from, folder->fd, to) < 0)
		return error_set_errno(err, errno, "cannot rename '%s' to '%s' in '%s'", from, to,
				       folder->path);
	return 0;
}

int folder_remove(const struct folder *folder, const char *name, struct error *err)
{
	if (unlinkat(folder->fd, name, 0) < 0 && errno != ENOENT)
		return error_set_errno(err, errno, "cannot remove '%s/%s'", folder->path, name);
	return 0;
}

int folder_remove_dir(const struct folder *folder, const char *name, struct error *err)
{
	if (unlinkat(folder->fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno == ENOTEMPTY || errno == EEXIST)
		return error_set(err, ERR_REFUSED, "cannot remove '%s/%s': it is not empty",
				 folder->path, name);
	return error_set_errno(err, errno, "cannot remove '%s/%s'", folder->path, name);
}

int folder_sync(const struct folder *folder, struct error *err)
{
	return folder->syncs_later ? 0 : fd_sync_dir(folder->fd, folder->path, err);
}

int folder_read(const struct folder *folder, const char *name, size_t max_len,
		struct strbuf *ret_text, struct error *err)
{
	int rc = read_at(folder->fd, name, max_len, ret_text);
	AUTO_FREE char *path = rc < 0 ? path_join(folder->path, name) : NULL;

	return rc < 0 ? read_failed(path, max_len, rc, err) : 0;
}

/* The opened file is asked, not its name: that may lead elsewhere a moment later. */
static bool is_regular(int fd)
{
	struct stat attributes;

	return fstat(fd, &attributes) == 0 && S_ISREG(attributes.st_mode);
}

static bool is_link(const struct folder *folder, const char *name)
{
	struct stat attributes;

	return fstatat(folder->fd, name, &attributes, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(attributes.st_mode);
}

/* O_NONBLOCK because opening a FIFO would wait for its writer. */
int folder_read_regular(const struct folder *folder, const char *name, size_t max_len,
			struct strbuf *ret_text, struct error *err)
{
	AUTO_CLOSE int fd = openat(folder->fd, name,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	AUTO_FREE char *path = path_join(folder->path, name);
	int reason = errno, rc;

	/* Systems differ in what they say of a link. */
	if (fd < 0 && !is_link(folder, name))
		return error_set_errno(err, reason, "cannot read '%s'", path);
	if (fd < 0 || !is_regular(fd))
		return error_set(err, ERR_REFUSED, "'%s' is not a regular file", path);
	rc = fd_read_all(fd, max_len, ret_text);
	return rc < 0 ? read_failed(path, max_len, rc, err) : 0;
}

bool folder_has(const struct folder *folder, const char *name)
{
	struct stat attributes;

	return fstatat(folder->fd, name, &attributes, AT_SYMLINK_NOFOLLOW) == 0;
}

bool folder_leads_on(const struct folder *folder, const char *name)
{
	struct stat attributes;

	return fstatat(folder->fd, name, &attributes, 0) == 0;
}

char *folder_link_target(const struct folder *folder, const char *name)
{
	return link_target_at(folder->fd, name);
}

/* umask(2) can only be read by setting it. */
mode_t folder_cut_by_umask(mode_t mode)
{
	mode_t mask = umask(077);

	umask(mask);
	return mode & ~mask;
}
