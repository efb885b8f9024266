/*
 * An open directory in which several entries are changed and then made durable by one fsync. The
 * functions of file.h sync the directory each time; these leave that to folder_sync(). Names are
 * single entries, without a slash.
 */
#ifndef OS_FILE_FOLDER_H
#define OS_FILE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "os/file/file.h"

struct folder {
	int fd;
	char *path;
	/* Nothing below is made durable: whoever sets this does that for many folders at once, by
	 * file_system_sync(). */
	bool syncs_later;
};

#define FOLDER_INIT                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Opens a directory; the caller releases it. ERR_NOT_FOUND, ERR_IO. */
int folder_open(const char *path, struct folder *ret_folder, struct error *err) WARN_UNUSED;
/* The same, in half the time, for looking up names in it: nothing can be listed or synced. */
int folder_open_names(const char *path, struct folder *ret_folder, struct error *err) WARN_UNUSED;
void folder_release(struct folder *folder);
DEFINE_AUTO(folder, folder_release);

/* Creates a directory with owner, group, mode and access lists of `model`; does not sync its
 * parent. ERR_EXISTS; ERR_REFUSED when we may not set those rights. */
int folder_make_like(const char *path, const struct folder *model, struct error *err) WARN_UNUSED;

/* Creates a directory in the folder, with mode & ~umask; one that exists is left alone. Does not
 * sync the folder. */
int folder_make_dir(const struct folder *folder, const char *name, mode_t mode,
		    struct error *err) WARN_UNUSED;

/* Creates a file that must not exist, and syncs its contents. ERR_EXISTS. */
int folder_create(const struct folder *folder, const char *name, struct span bytes,
		  const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Creates a file that must not exist and allocates `room` bytes of disk space for it, so that it
 * can be filled even when the disk is full. ERR_EXISTS. */
int folder_reserve(const struct folder *folder, const char *name, size_t room,
		   const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Replaces the contents of an existing file in place, using the space it has, and syncs them. */
int folder_fill(const struct folder *folder, const char *name, struct span bytes,
		struct error *err) WARN_UNUSED;
/* Creates or replaces the file `name` atomically by way of `draft`, a name that the caller reserves
 * for it: the next replacement removes what a crash left there. Durable. */
int folder_replace(const struct folder *folder, const char *name, const char *draft,
		   struct span bytes, const struct file_attributes *attributes,
		   struct error *err) WARN_UNUSED;
/* Creates a symbolic link that must not exist. ERR_EXISTS. */
int folder_symlink(const struct folder *folder, const char *target, const char *name,
		   struct error *err) WARN_UNUSED;
/* Creates a hard link to the entry in `to`; symbolic links are not followed. ERR_REFUSED when that
 * is impossible: a directory, or another file system. */
int folder_link(const struct folder *folder, const char *name, const struct folder *to,
		const char *to_name, struct error *err) WARN_UNUSED;
/* Moves an entry to `to` under the same name, replacing what is there. */
int folder_move(const struct folder *folder, const char *name, const struct folder *to,
		struct error *err) WARN_UNUSED;
/* Renames an entry, replacing what has the new name. */
int folder_rename(const struct folder *folder, const char *from, const char *to,
		  struct error *err) WARN_UNUSED;
/* Removes a file or link; a missing one is fine. */
int folder_remove(const struct folder *folder, const char *name, struct error *err) WARN_UNUSED;
/* Removes an empty directory; a missing one is fine. ERR_REFUSED when it has entries. */
int folder_remove_dir(const struct folder *folder, const char *name, struct error *err) WARN_UNUSED;
/* Makes the changes of entries durable. */
int folder_sync(const struct folder *folder, struct error *err) WARN_UNUSED;
/* Makes everything durable that was written to the file system of this directory, by whomever:
 * cheaper than many syncs of single files. */
int file_system_sync(const char *path, struct error *err) WARN_UNUSED;
/* False on systems that have nothing of the kind. */
bool file_system_can_sync(void);

/* Appends the contents of a file, at most max_len bytes; links are followed. Same errors as
 * file_read(). */
int folder_read(const struct folder *folder, const char *name, size_t max_len,
		struct strbuf *ret_text, struct error *err) WARN_UNUSED;
/* The same for a regular file, in a directory that others may write to. ERR_REFUSED: the entry is
 * something else, such as a link. */
int folder_read_regular(const struct folder *folder, const char *name, size_t max_len,
			struct strbuf *ret_text, struct error *err) WARN_UNUSED;
/* Appends the sorted names of the entries, without . and .. . */
int folder_list(const struct folder *folder, struct strvec *ret_names,
		struct error *err) WARN_UNUSED;
/* True when the entry exists; links are not followed. */
bool folder_has(const struct folder *folder, const char *name);
/* True when the entry exists and, if it is a link, its target does. */
bool folder_leads_on(const struct folder *folder, const char *name);
/* Returns the target text of a link, which the caller frees; NULL when there is no such link. */
char *folder_link_target(const struct folder *folder, const char *name);

/* Returns `mode` without the bits in the umask. */
mode_t folder_cut_by_umask(mode_t mode);

#endif
