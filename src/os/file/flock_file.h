/*
 * flock(2): short turns at a file between processes of this program. The kernel ends a turn with
 * the process, however that ends. Certbot's own lock files, which are held for a whole run, are in
 * lock.h.
 */
#ifndef OS_FILE_FLOCK_FILE_H
#define OS_FILE_FLOCK_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct clock;

/* Locks the open file against all others, unless another has it locked. Some file systems know no
 * locks: there, everybody has them. */
bool flock_file_try(int fd);
/* Opens the file, which is made with mode 0600 (who can open it can keep others waiting), and waits
 * for its lock, `wait_ms` at most. As far as allowed, a new file belongs to the owner of its
 * directory. Closing the descriptor ends the turn; the file stays. ERR_BUSY: another process has it
 * still; ERR_CANCELLED: a signal came; ERR_IO. */
int flock_file_wait(const char *path, const struct clock *clock, int64_t wait_ms, int *ret_fd,
		    struct error *err) WARN_UNUSED;

#endif
