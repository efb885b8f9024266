/*
 * Directories (see file.h): making with parents, sorted listing, removal of trees.
 *
 * The removal walks by descriptors and never follows a link, so a tree that somebody rearranges
 * meanwhile cannot lead it elsewhere.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "os/file/file_parts.h"
#include "os/file/folder.h"

static void dir_stream_close(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}
#define AUTO_CLOSEDIR __attribute__((cleanup(dir_stream_close)))

static int make_one(const char *path, mode_t mode, struct error *err)
{
	AUTO(dir_entry) struct dir_entry parent = DIR_ENTRY_INIT;

	if (dir_of_entry(path, &parent, err) < 0)
		return error_wrap(err, "cannot make directory '%s'", path);
	if (mkdirat(parent.dir_fd, parent.name, mode) < 0) {
		if (errno == EEXIST && file_is_dir(path))
			return 0; /* another process made it first */
		return error_set_errno(err, errno, "cannot make directory '%s'", path);
	}
	return dir_entry_sync(&parent, err);
}

int dir_make(const char *path, mode_t mode, struct error *err)
{
	AUTO_FREE char *clean = path_trim(path);
	AUTO_FREE char *parent = path_dirname(clean);
	int rc = 0;

	if (file_is_dir(clean))
		return 0;
	if (!file_is_dir(parent))
		rc = dir_make(parent, mode, err);
	return rc < 0 ? rc : make_one(clean, mode, err);
}

static bool is_dot_name(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The next entry besides . and .., or NULL at the end (errno 0) or on failure (errno set). */
static struct dirent *next_entry(DIR *stream)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(stream);
	} while (entry && is_dot_name(entry->d_name));
	return entry;
}

static int list_entries(DIR *stream, const char *path, const char *suffix, struct strvec *ret_names,
			struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct dirent *entry;

	if (!stream)
		return error_set_errno(err, errno, "cannot list directory '%s'", path);
	while ((entry = next_entry(stream)))
		if (str_ends(entry->d_name, suffix))
			strvec_push(&names, entry->d_name);
	if (errno)
		return error_set_errno(err, errno, "cannot list directory '%s'", path);
	strvec_sort(&names);
	strvec_extend(ret_names, &names);
	return 0;
}

int dir_list(const char *path, const char *suffix, struct strvec *ret_names, struct error *err)
{
	AUTO_CLOSEDIR DIR *stream = opendir(path);

	return list_entries(stream, path, suffix, ret_names, err);
}

int folder_list(const struct folder *folder, struct strvec *ret_names, struct error *err)
{
	AUTO_CLOSE int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (stream)
		STEAL_FD(fd);
	return list_entries(stream, folder->path, "", ret_names, err);
}

bool dir_is_writable(const char *path)
{
	/* Not faccessat(): the C library calls faccessat2 for it, which filters of old containers
	 * answer with EPERM. */
	return access(path, W_OK | X_OK) == 0;
}

uint64_t dir_free_entries(const char *path)
{
	struct statvfs counts;

	/* Where files are not counted in advance there are none at all. */
	if (statvfs(path, &counts) < 0 || !counts.f_files)
		return UINT64_MAX;
	return counts.f_favail;
}

uint64_t dir_free_bytes(const char *path)
{
	struct statvfs counts;

	/* Some file systems of a network or of processes count none. */
	if (statvfs(path, &counts) < 0 || !counts.f_blocks)
		return UINT64_MAX;
	/* Root may use the blocks that are reserved. */
	return (uint64_t)(geteuid() == 0 ? counts.f_bfree : counts.f_bavail) * counts.f_frsize;
}

/* Opens the directory if no link lies on the way to it, root owns it, nobody else can write to it
 * and everybody can list it. */
static DIR *open_public(const char *path)
{
	AUTO_FREE char *real = realpath(path, NULL);
	AUTO_CLOSEDIR DIR *stream = real && strcmp(real, path) == 0 ? opendir(path) : NULL;
	struct stat attributes;

	if (!stream || fstat(dirfd(stream), &attributes) < 0 || attributes.st_uid != 0)
		return NULL;
	return (attributes.st_mode & 027) == 05 ? STEAL(stream) : NULL;
}

/* A file system that does not tell types here is taken for one that holds something else. */
bool dir_is_public(const char *path, const char *suffix, size_t *ret_count)
{
	AUTO_CLOSEDIR DIR *stream = open_public(path);
	struct dirent *entry;

	*ret_count = 0;
	if (!stream)
		return false;
	while ((entry = next_entry(stream))) {
		if (entry->d_type != DT_REG || !str_ends(entry->d_name, suffix))
			return false;
		++*ret_count;
	}
	return errno == 0;
}

bool dir_is_empty(const char *path)
{
	AUTO_CLOSEDIR DIR *stream = opendir(path);

	return stream && !next_entry(stream) && errno == 0;
}

int dir_remove(const char *path, struct error *err)
{
	AUTO_FREE char *clean = path_trim(path);
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;

	if (!file_is_dir(clean))
		return 0;
	if (dir_of_entry(clean, &entry, err) < 0)
		return error_wrap(err, "cannot remove '%s'", path);
	if (unlinkat(entry.dir_fd, entry.name, AT_REMOVEDIR) == 0)
		return dir_entry_sync(&entry, err);
	if (errno == ENOTEMPTY || errno == EEXIST)
		return error_set(err, ERR_REFUSED, "cannot remove '%s': it is not empty", path);
	return error_set_errno(err, errno, "cannot remove '%s'", path);
}

static int remove_entry(int dir_fd, const char *name);

/* Removes everything inside the directory; takes the descriptor over. 0 or a negative errno. */
static int remove_contents(int own_fd)
{
	AUTO_CLOSEDIR DIR *stream = fdopendir(own_fd);
	struct dirent *entry;

	if (!stream) {
		int saved_errno = errno;

		close(own_fd);
		return -saved_errno;
	}
	while ((entry = next_entry(stream))) {
		int rc = remove_entry(own_fd, entry->d_name);

		if (rc < 0)
			return rc;
	}
	return -errno;
}

static int remove_entry(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	/* Not a directory (ENOTDIR; a link gives that or ELOOP): one unlink does it. */
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP || errno == EMLINK))
		return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	rc = remove_contents(fd);
	if (rc == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		rc = -errno;
	return rc;
}

int dir_remove_tree(const char *path, struct error *err)
{
	AUTO_FREE char *clean = path_trim(path);
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(error) struct error open_error = ERROR_INIT;
	int rc = dir_of_entry(clean, &entry, &open_error);

	if (rc == ERR_NOT_FOUND)
		return 0;
	if (rc < 0) {
		error_move(err, &open_error);
		return error_wrap(err, "cannot remove '%s'", path);
	}
	rc = remove_entry(entry.dir_fd, entry.name);
	if (rc < 0)
		return error_set_errno(err, -rc, "cannot remove '%s'", path);
	return dir_entry_sync(&entry, err);
}
