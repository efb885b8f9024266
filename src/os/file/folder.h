/*
 * An open directory in which several entries are changed and then made durable by one fsync: the
 * functions of file.h sync the directory each time, these leave that to folder_sync(). Names are
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
};

#define FOLDER_INIT                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* ERR_NOT_FOUND, ERR_IO. */
int folder_open(const char *path, struct folder *ret_folder, struct error *err) WARN_UNUSED;
void folder_release(struct folder *folder);
DEFINE_AUTO(folder, folder_release);

/* Makes a directory with owner, group, mode and access lists of `model`; its parent is not synced.
 * ERR_EXISTS; ERR_REFUSED where the rights cannot be given. */
int folder_make_like(const char *path, const struct folder *model, struct error *err) WARN_UNUSED;

/* Makes a file that must not exist; its contents are durable. ERR_EXISTS. */
int folder_create(const struct folder *folder, const char *name, struct span bytes,
		  const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Makes a file that must not exist and holds so much of the disk for it, whatever else fills that.
 * ERR_EXISTS. */
int folder_reserve(const struct folder *folder, const char *name, size_t room,
		   const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Gives a file that is there other contents, in the room that it has; they are durable. */
int folder_fill(const struct folder *folder, const char *name, struct span bytes,
		struct error *err) WARN_UNUSED;
/* May we make entries? With errno set if not: a read-only file system says so. */
bool folder_is_writable(const struct folder *folder);
/* How many more files its file system can have. */
uint64_t folder_free_entries(const struct folder *folder);
/* Replaces the file `name` (or makes it) in one step, by way of `draft`, a name that the caller
 * keeps for it: what a crash leaves under that name is gone with the next replacement. Durable. */
int folder_replace(const struct folder *folder, const char *name, const char *draft,
		   struct span bytes, const struct file_attributes *attributes,
		   struct error *err) WARN_UNUSED;
/* Makes a symbolic link that must not exist. ERR_EXISTS. */
int folder_symlink(const struct folder *folder, const char *target, const char *name,
		   struct error *err) WARN_UNUSED;
/* Gives the entry a second name, in `to` (hard link; links are not followed). ERR_REFUSED for what
 * cannot have one: a directory, or another file system. */
int folder_link(const struct folder *folder, const char *name, const struct folder *to,
		const char *to_name, struct error *err) WARN_UNUSED;
/* Moves an entry to `to`, replacing what has the name there. */
int folder_move(const struct folder *folder, const char *name, const struct folder *to,
		struct error *err) WARN_UNUSED;
int folder_rename(const struct folder *folder, const char *from, const char *to,
		  struct error *err) WARN_UNUSED;
/* A missing entry is fine. */
int folder_remove(const struct folder *folder, const char *name, struct error *err) WARN_UNUSED;
/* Removes a directory that is empty; a missing one is fine. ERR_REFUSED when it has entries. */
int folder_remove_dir(const struct folder *folder, const char *name, struct error *err) WARN_UNUSED;
int folder_sync(const struct folder *folder, struct error *err) WARN_UNUSED;

/* Appends the contents of a file, at most max_len bytes; links are followed. Same errors as
 * file_read(). */
int folder_read(const struct folder *folder, const char *name, size_t max_len,
		struct strbuf *ret_text, struct error *err) WARN_UNUSED;
/* Sorted names of the entries, without . and .. . */
int folder_list(const struct folder *folder, struct strvec *ret_names,
		struct error *err) WARN_UNUSED;
/* Links are not followed. */
bool folder_has(const struct folder *folder, const char *name);
/* True when the entry, or what it leads to if it is a link, exists. */
bool folder_leads_on(const struct folder *folder, const char *name);
/* Target text of a link, heap; NULL when there is none of that name. */
char *folder_link_target(const struct folder *folder, const char *name);

/* The mode bits that the umask leaves of `mode`. */
mode_t folder_cut_by_umask(mode_t mode);

#endif
