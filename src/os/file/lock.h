/*
 * Certbot's lock files: `.certbot.lock` in a directory, fcntl(F_SETLK) over the whole file, inode
 * compared after locking, removed before release. Certbot and this program exclude each other.
 */
#ifndef OS_FILE_LOCK_H
#define OS_FILE_LOCK_H

#include <stdint.h>

#include "base/error.h"

struct lock;

/* The process that holds a busy lock, as far as /proc and the kernel tell. */
struct lock_holder {
	int pid;               /* 0: unknown */
	char *command;         /* command line, printable, or NULL */
	int64_t since_seconds; /* Unix time the process started, 0: unknown */
};
void lock_holder_release(struct lock_holder *holder);

/* Takes the lock of `dir`; the caller frees it. POSIX locks do not exclude their own process, so do
 * not lock a directory twice. ERR_BUSY when another process holds it: the text gives its pid,
 * command and start, and `ret_holder` (may be NULL) is filled. ERR_IO names the path. */
int lock_acquire(const char *dir, struct lock **ret_lock, struct lock_holder *ret_holder,
		 struct error *err) WARN_UNUSED;
/* Removes the file and releases the lock; accepts NULL. */
void lock_free(struct lock *lock);
DEFINE_AUTO_PTR(lock, lock_free);

#endif
