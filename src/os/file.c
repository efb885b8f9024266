/*
 * Single files (see file.h): bounded reads, O_EXCL creation, replacement by rename, links.
 *
 * Every name is reached through a descriptor of its directory, which is also what gets the fsync
 * that makes the entry durable. Rights are complete before the first byte: a new file starts with
 * at most the owner's bits, gets owner and group, then its exact mode, and only then its contents.
 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "os/file_parts.h"
#include "os/random.h"

void auto_close(int *fd)
{
	int saved_errno = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved_errno;
}

int fd_sync_dir(int fd, const char *path, struct error *err)
{
	/* Some file systems know no fsync of a directory; they have nothing better to offer. */
	if (fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP)
		return error_set_errno(err, errno, "cannot sync directory '%s'", path);
	return 0;
}

int dir_of_entry(const char *path, struct dir_entry *ret_entry, struct error *err)
{
	AUTO_FREE char *dir = path_dirname(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(err, errno, "cannot open directory '%s'", dir);
	*ret_entry = (struct dir_entry){.dir_fd = fd, .dir = STEAL(dir), .name = path_basename(path)};
	return 0;
}

void dir_entry_release(struct dir_entry *entry)
{
	auto_close(&entry->dir_fd);
	free(entry->dir);
	*entry = (struct dir_entry)DIR_ENTRY_INIT;
}

int dir_entry_sync(const struct dir_entry *entry, struct error *err)
{
	return fd_sync_dir(entry->dir_fd, entry->dir, err);
}

/* Reads to the end or to just above max_len; negative with errno set. */
static int read_up_to(int fd, size_t max_len, struct strbuf *text)
{
	char chunk[16384];
	size_t got = 0;
	int status = 0;

	while (got <= max_len) {
		ssize_t count = read(fd, chunk, sizeof(chunk));

		if (count == 0)
			break;
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			status = -errno;
			break;
		}
		strbuf_add(text, chunk, (size_t)count);
		got += (size_t)count;
	}
	secret_wipe(chunk, sizeof(chunk)); /* the file may hold a key */
	return status;
}

int file_read(const char *path, size_t max_len, struct strbuf *ret_text, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t before = ret_text->len;
	int status;

	if (fd < 0)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	status = read_up_to(fd, max_len, ret_text);
	if (status == 0 && ret_text->len - before <= max_len)
		return 0;
	strbuf_truncate(ret_text, before);
	if (status < 0)
		return error_set_errno(err, -status, "cannot read '%s'", path);
	return error_set(err, ERR_PARSE, "cannot read '%s': larger than %zu bytes", path, max_len);
}

/* A file being written: unlinked when the scope ends, unless it was kept. */
struct draft {
	const struct dir_entry *entry;
	const char *path; /* as the caller named the file, for errors */
	char *name;       /* entry to unlink, or NULL once it may stay */
	int fd;
};

static void draft_release(struct draft *draft)
{
	auto_close(&draft->fd);
	if (draft->name)
		unlinkat(draft->entry->dir_fd, draft->name, 0);
	free(draft->name);
}
DEFINE_AUTO(draft, draft_release);

static int draft_open(struct draft *draft, char *own_name, mode_t mode)
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

/* Owner and group come before the mode: rights must never be granted to the wrong group, and a
 * change of owner drops mode bits. */
static int apply_attributes(int fd, const struct file_attributes *attributes)
{
	uid_t uid = attributes->set_owner ? attributes->uid : (uid_t)-1;
	gid_t gid = attributes->set_group ? attributes->gid : (gid_t)-1;

	if ((attributes->set_owner || attributes->set_group) && fchown(fd, uid, gid) < 0)
		return -errno;
	return fchmod(fd, attributes->mode) < 0 ? -errno : 0;
}

static int write_all(int fd, const char *bytes, size_t len)
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

static int draft_fill(struct draft *draft, const void *bytes, size_t len,
		      const struct file_attributes *attributes, struct error *err)
{
	int status = apply_attributes(draft->fd, attributes);

	if (status < 0)
		return error_set_errno(err, -status, "cannot set owner and mode of '%s'",
				       draft->path);
	status = write_all(draft->fd, bytes, len);
	if (status == 0 && fsync(draft->fd) < 0)
		status = -errno;
	/* Network file systems may report a failed write only now. */
	if (close(STEAL_FD(draft->fd)) < 0 && status == 0 && errno != EINTR)
		status = -errno;
	if (status < 0)
		return error_set_errno(err, -status, "cannot write '%s'", draft->path);
	return 0;
}

/* ".NAME.0123456789abcdef", shortened so that a long NAME still fits a directory entry. */
static char *temporary_name(const char *name)
{
	unsigned char unique[8];
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int max_len = NAME_MAX - 2 - 2 * (int)sizeof(unique);

	random_bytes(unique, sizeof(unique));
	strbuf_addf(&text, ".%.*s.", max_len, name);
	strbuf_add_hex(&text, unique, sizeof(unique));
	return strbuf_detach(&text);
}

int file_replace(const char *path, const void *bytes, size_t len,
		 const struct file_attributes *attributes, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(draft) struct draft draft = {.entry = &entry, .path = path, .fd = -1};
	int status = dir_of_entry(path, &entry, err);

	if (status < 0)
		return error_wrap(err, "cannot write '%s'", path);
	status = draft_open(&draft, temporary_name(entry.name), attributes->mode);
	if (status < 0)
		return error_set_errno(err, -status, "cannot write '%s'", path);
	status = draft_fill(&draft, bytes, len, attributes, err);
	if (status < 0)
		return status;
	if (renameat(entry.dir_fd, draft.name, entry.dir_fd, entry.name) < 0)
		return error_set_errno(err, errno, "cannot replace '%s'", path);
	free(STEAL(draft.name));
	return dir_entry_sync(&entry, err);
}

int file_create(const char *path, const void *bytes, size_t len,
		const struct file_attributes *attributes, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(draft) struct draft draft = {.entry = &entry, .path = path, .fd = -1};
	int status = dir_of_entry(path, &entry, err);

	if (status < 0)
		return error_wrap(err, "cannot create '%s'", path);
	status = draft_open(&draft, xstrdup(entry.name), attributes->mode);
	if (status < 0)
		return error_set_errno(err, -status, "cannot create '%s'", path);
	status = draft_fill(&draft, bytes, len, attributes, err);
	if (status < 0)
		return status;
	free(STEAL(draft.name));
	return dir_entry_sync(&entry, err);
}

bool file_exists(const char *path)
{
	struct stat attributes;

	return stat(path, &attributes) == 0;
}

bool file_is_dir(const char *path)
{
	struct stat attributes;

	return stat(path, &attributes) == 0 && S_ISDIR(attributes.st_mode);
}

bool file_is_regular(const char *path)
{
	struct stat attributes;

	return stat(path, &attributes) == 0 && S_ISREG(attributes.st_mode);
}

bool file_is_executable(const char *path)
{
	return file_is_regular(path) && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

bool file_is_symlink(const char *path)
{
	struct stat attributes;

	return lstat(path, &attributes) == 0 && S_ISLNK(attributes.st_mode);
}

int file_read_link(const char *path, char **ret_target, struct error *err)
{
	for (size_t size = 256;; size *= 2) {
		AUTO_FREE char *target = xmalloc(size);
		ssize_t len = readlink(path, target, size);

		if (len < 0)
			return error_set_errno(err, errno, "cannot read link '%s'", path);
		if ((size_t)len < size) {
			target[len] = '\0';
			*ret_target = STEAL(target);
			return 0;
		}
	}
}

int file_remove(const char *path, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	if (dir_of_entry(path, &entry, &missing) < 0) {
		if (missing.code == ERR_NOT_FOUND)
			return 0;
		error_move(err, &missing);
		return error_wrap(err, "cannot remove '%s'", path);
	}
	if (unlinkat(entry.dir_fd, entry.name, 0) < 0)
		return errno == ENOENT ? 0
				       : error_set_errno(err, errno, "cannot remove '%s'", path);
	return dir_entry_sync(&entry, err);
}

int file_symlink(const char *target, const char *path, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;

	if (dir_of_entry(path, &entry, err) < 0)
		return error_wrap(err, "cannot make link '%s'", path);
	if (symlinkat(target, entry.dir_fd, entry.name) < 0)
		return error_set_errno(err, errno, "cannot make link '%s'", path);
	return dir_entry_sync(&entry, err);
}

/* Runs `change` on the two entries and makes both directories durable. */
static int change_entries(const char *from, const char *to,
			  int (*change)(const struct dir_entry *, const struct dir_entry *),
			  struct error *err)
{
	AUTO(dir_entry) struct dir_entry source = DIR_ENTRY_INIT;
	AUTO(dir_entry) struct dir_entry target = DIR_ENTRY_INIT;
	int status = dir_of_entry(from, &source, err);

	if (status == 0)
		status = dir_of_entry(to, &target, err);
	if (status < 0)
		return error_wrap(err, "cannot rename '%s' to '%s'", from, to);
	status = change(&source, &target);
	if (status < 0)
		return error_set_errno(err, -status, "cannot rename '%s' to '%s'", from, to);
	status = dir_entry_sync(&target, err);
	if (status == 0 && strcmp(source.dir, target.dir) != 0)
		status = dir_entry_sync(&source, err);
	return status;
}

static int rename_entry(const struct dir_entry *from, const struct dir_entry *to)
{
	return renameat(from->dir_fd, from->name, to->dir_fd, to->name) < 0 ? -errno : 0;
}

int file_rename(const char *from, const char *to, struct error *err)
{
	return change_entries(from, to, rename_entry, err);
}

int file_exchange(const char *a, const char *b, struct error *err)
{
	int status = change_entries(a, b, exchange_entries, err);

	if (status < 0 && err->sys_errno == ENOSYS) {
		error_release(err);
		return error_set(err, ERR_REFUSED, "cannot exchange '%s' and '%s' in one step", a,
				 b);
	}
	return status;
}
