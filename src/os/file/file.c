/*
 * Single files (see file.h): bounded reads, links, removal.
 *
 * Every name is reached through a descriptor of its directory, which is also what gets the fsync
 * that makes the entry durable. file_draft.c creates and replaces files.
 */
#include "os/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "os/file/file_parts.h"

/* It runs at the end of scopes in which errno is still to be reported. */
void auto_close(int *fd)
{
	int saved_errno = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved_errno;
}

/* Opened once: a rename of the directory in between cannot split an operation in two places. */
int dir_of_entry(const char *path, struct dir_entry *ret_entry, struct error *err)
{
	AUTO_FREE char *dir = path_dirname(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(err, errno, "cannot open directory '%s'", dir);
	*ret_entry =
		(struct dir_entry){.dir_fd = fd, .dir = STEAL(dir), .name = path_basename(path)};
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

/* O_NONBLOCK, because opening a FIFO that nobody writes to would hang. Data that somebody does
 * write is waited for here. */
static bool can_read_later(int fd)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	return errno == EAGAIN && poll(&waiting, 1, -1) >= 0;
}

/* A limit for everything: a device or a file that grows would fill the memory. */
int fd_read_all(int fd, size_t max_len, struct strbuf *text)
{
	char chunk[16384];
	size_t got = 0, used = 0;
	int rc = 0;

	while (got <= max_len) {
		ssize_t count = read(fd, chunk, sizeof(chunk));

		if (count == 0)
			break;
		if (count < 0 && (errno == EINTR || can_read_later(fd)))
			continue;
		if (count < 0) {
			rc = -errno;
			break;
		}
		strbuf_add(text, chunk, (size_t)count);
		got += (size_t)count;
		if ((size_t)count > used)
			used = (size_t)count;
	}
	secret_wipe(chunk, used); /* the file may hold a key */
	return got > max_len ? -EFBIG : rc;
}

static bool is_fifo(int fd)
{
	struct stat attributes;

	return fstat(fd, &attributes) == 0 && S_ISFIFO(attributes.st_mode);
}

int read_at(int dir_fd, const char *name, size_t max_len, struct strbuf *ret_text)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t before = ret_text->len;
	int rc = fd < 0 ? -errno : fd_read_all(fd, max_len, ret_text);

	if (rc == 0 && ret_text->len == before && is_fifo(fd))
		rc = -ENXIO; /* what open(2) gives for a socket */
	if (rc < 0)
		strbuf_truncate(ret_text, before);
	return rc;
}

int read_failed(const char *path, size_t max_len, int rc, struct error *err)
{
	if (rc == -EFBIG)
		return error_set(err, ERR_PARSE, "cannot read '%s': larger than %zu bytes", path,
				 max_len);
	if (rc == -ENXIO)
		return error_set(err, ERR_PARSE,
				 "cannot read '%s': it is not a file, but a FIFO or a socket to "
				 "which nobody writes",
				 path);
	return error_set_errno(err, -rc, "cannot read '%s'", path);
}

/* Opens a regular file. `ret_fd` is -1 on failure. */
static int open_regular(const char *path, int *ret_fd, struct stat *ret_attributes,
			struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, ret_attributes) < 0)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	if (!S_ISREG(ret_attributes->st_mode))
		return error_set(err, ERR_PARSE, "cannot read '%s': it is not a file", path);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int file_read_end(const char *path, size_t max_len, struct strbuf *ret_text, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	struct stat attributes;
	off_t start;
	int rc;

	if (open_regular(path, &fd, &attributes, err) < 0)
		return err->code;
	start = attributes.st_size > (off_t)max_len ? attributes.st_size - (off_t)max_len : 0;
	if (lseek(fd, start, SEEK_SET) < 0)
		return error_set_errno(err, errno, "cannot read '%s'", path);
	rc = fd_read_all(fd, max_len, ret_text);
	/* It may have grown meanwhile: what came then is left. */
	return rc < 0 && rc != -EFBIG ? read_failed(path, max_len, rc, err) : 0;
}

int file_read(const char *path, size_t max_len, struct strbuf *ret_text, struct error *err)
{
	int rc = read_at(AT_FDCWD, path, max_len, ret_text);

	return rc < 0 ? read_failed(path, max_len, rc, err) : 0;
}

int file_read_whole(const char *path, size_t max_len, struct strbuf *ret_text,
		    struct stat *ret_attributes, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	int rc;

	if (open_regular(path, &fd, ret_attributes, err) < 0)
		return err->code;
	rc = fd_read_all(fd, max_len, ret_text);
	return rc < 0 ? read_failed(path, max_len, rc, err) : 0;
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
	return file_is_regular(path) && access(path, X_OK) == 0;
}

/* The link itself, not its target. */
bool file_is_there(const char *path)
{
	struct stat attributes;

	return lstat(path, &attributes) == 0;
}

bool file_is_symlink(const char *path)
{
	struct stat attributes;

	return lstat(path, &attributes) == 0 && S_ISLNK(attributes.st_mode);
}

/* readlinkat() does not tell when it has cut off the target, except by filling the buffer. */
char *link_target_at(int dir_fd, const char *name)
{
	for (size_t size = 256;; size *= 2) {
		AUTO_FREE char *target = xmalloc(size);
		ssize_t len = readlinkat(dir_fd, name, target, size);

		if (len < 0)
			return NULL;
		if ((size_t)len < size) {
			target[len] = '\0';
			/* Thousands of lineages keep four each. */
			return xreallocarray(STEAL(target), (size_t)len + 1, 1);
		}
	}
}

int file_read_link(const char *path, char **ret_target, struct error *err)
{
	char *target = link_target_at(AT_FDCWD, path);

	if (!target)
		return error_set_errno(err, errno, "cannot read link '%s'", path);
	*ret_target = target;
	return 0;
}

/* A file that does not exist counts as removed, and so does one in a missing directory. */
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

/* A link that may not survive a power failure is removed again, because the caller is told that
 * there is none. */
int file_symlink(const char *target, const char *path, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;

	if (dir_of_entry(path, &entry, err) < 0)
		return error_wrap(err, "cannot make link '%s'", path);
	if (symlinkat(target, entry.dir_fd, entry.name) < 0)
		return error_set_errno(err, errno, "cannot make link '%s'", path);
	if (dir_entry_sync(&entry, err) < 0)
		unlinkat(entry.dir_fd, entry.name, 0);
	return err->code;
}

/* Runs `change` on the two entries and makes both directories durable. The target's directory
 * first: a crash between the two leaves the file under both names rather than none. */
static int change_entries(const char *from, const char *to,
			  int (*change)(const struct dir_entry *, const struct dir_entry *),
			  struct error *err)
{
	AUTO(dir_entry) struct dir_entry source = DIR_ENTRY_INIT;
	AUTO(dir_entry) struct dir_entry target = DIR_ENTRY_INIT;
	int rc = dir_of_entry(from, &source, err);

	if (rc == 0)
		rc = dir_of_entry(to, &target, err);
	if (rc < 0)
		return error_wrap(err, "cannot rename '%s' to '%s'", from, to);
	rc = change(&source, &target);
	if (rc < 0)
		return error_set_errno(err, -rc, "cannot rename '%s' to '%s'", from, to);
	rc = dir_entry_sync(&target, err);
	if (rc == 0 && strcmp(source.dir, target.dir) != 0)
		rc = dir_entry_sync(&source, err);
	return rc;
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
	int rc = change_entries(a, b, exchange_entries, err);

	if (rc < 0 && err->sys_errno == ENOSYS) {
		error_release(err);
		return error_set(err, ERR_REFUSED, "cannot exchange '%s' and '%s' in one step", a,
				 b);
	}
	return rc;
}
