/*
 * Rewriting of files that have an owner of their own (see rewrite.h). Links are resolved first:
 * what is replaced is the file, as an editor that keeps links would do it.
 */
#include "os/file/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file/file_parts.h"

static int write_over(int fd, struct span bytes)
{
	int rc;

	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	rc = fd_write_all(fd, bytes.ptr, bytes.len);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	return rc;
}

static int write_in_place(int fd, const char *path, struct span bytes, struct error *err)
{
	AUTO(strbuf) struct strbuf old = STRBUF_INIT;
	int rc;

	if (file_read(path, SIZE_MAX / 4, &old, err) < 0)
		return err->code;
	rc = write_over(fd, bytes);
	if (rc == 0)
		return 0;
	/* The blocks of the old contents have just become free: they fit again. */
	(void)write_over(fd, span_make(old.text, old.len));
	return error_set_errno(err, -rc, "cannot write '%s'", path);
}

/* Makes the new file next to the old one, with its rights. ERR_REFUSED when it cannot have them. */
static int make_successor(int old_fd, struct draft *draft, struct span bytes, struct error *err)
{
	struct stat old;
	struct file_attributes attributes;

	if (fstat(old_fd, &old) < 0)
		return error_set_errno(err, errno, "cannot read '%s'", draft->path);
	if (!S_ISREG(old.st_mode) || old.st_nlink > 1)
		return error_set(err, ERR_REFUSED, "'%s' must be kept", draft->path);
	attributes = (struct file_attributes){
		.mode = old.st_mode & 07777,
		.set_owner = old.st_uid != geteuid(),
		.uid = old.st_uid,
		.set_group = true,
		.gid = old.st_gid,
	};
	if (draft_open_beside(draft, attributes.mode) < 0 ||
	    fd_copy_access_lists(old_fd, draft->fd) < 0)
		return error_set(err, ERR_REFUSED, "'%s' must be kept", draft->path);
	return draft_fill(draft, bytes.ptr, bytes.len, &attributes, err);
}

/* True for errors that writing in place may still get around; a full disk is not one of them. */
static bool may_be_evaded(const struct error *err)
{
	return err->code == ERR_REFUSED || err->sys_errno == EPERM || err->sys_errno == EACCES ||
	       err->sys_errno == EBUSY || err->sys_errno == EINVAL;
}

static int replace_file(int old_fd, const char *path, struct span bytes, struct error *err)
{
	AUTO(dir_entry) struct dir_entry entry = DIR_ENTRY_INIT;
	AUTO(draft) struct draft draft = {.entry = &entry, .path = path, .fd = -1};

	if (dir_of_entry(path, &entry, err) < 0 || make_successor(old_fd, &draft, bytes, err) < 0)
		return err->code;
	if (renameat(entry.dir_fd, draft.name, entry.dir_fd, entry.name) < 0)
		return error_set_errno(err, errno, "cannot replace '%s'", path);
	free(STEAL(draft.name));
	return dir_entry_sync(&entry, err);
}

int file_rewrite(const char *path, struct span bytes, struct error *err)
{
	AUTO_FREE char *file_path = realpath(path, NULL);
	AUTO_CLOSE int fd = file_path ? open(file_path, O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
	AUTO(error) struct error refusal = ERROR_INIT;

	if (fd < 0)
		return error_set_errno(err, errno, "cannot write '%s'", path);
	if (replace_file(fd, file_path, bytes, &refusal) == 0)
		return 0;
	return may_be_evaded(&refusal) ? write_in_place(fd, file_path, bytes, err)
				       : error_move(err, &refusal);
}
