/*
 * The file that has the record of notifications (notified.h), and its lock.
 *
 * A full disk is the most important news of all, and nothing is sent that cannot be recorded. So
 * where WORK_DIR/notified.json cannot be written, the whole record is kept in the runtime directory
 * (os/file/runtime_dir.h) until it can. The one that was written later counts, by the number that
 * each writing adds to.
 */
#ifndef STORE_RENEWAL_NOTIFIED_FILE_H
#define STORE_RENEWAL_NOTIFIED_FILE_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "codec/json.h"

struct clock;

struct notified_place {
	char *path, *lock_path;
	char *spare_path, *spare_lock_path; /* NULL: there is no runtime directory */
};

/* Says where the record for this work directory is. `runtime_dir` (may be NULL) has those of
 * several. */
void notified_place_init(struct notified_place *place, const char *work_dir,
			 const char *runtime_dir);
void notified_place_release(struct notified_place *place);
DEFINE_AUTO(notified_place, notified_place_release);

/* Reads the record, which the caller frees; an empty object when there is none, or a damaged one.
 * ERR_IO: a file is there that cannot be read. */
int notified_file_read(const struct notified_place *place, struct json **ret_root,
		       struct error *err) WARN_UNUSED;
/* Returns the number of times that this record was written; 0 for a number that cannot be. */
int64_t notified_file_writes(const struct json *root);
/* Writes the record, counting it. The error is that of the first place. */
int notified_file_write(const struct notified_place *place, struct json *root,
			struct error *err) WARN_UNUSED;
/* Takes the lock, for which it waits five seconds at most. Where no file for it can be made,
 * *ret_fd is -1: writing will fail too, or nobody else can write. ERR_BUSY, ERR_CANCELLED. */
int notified_file_lock(const struct notified_place *place, const struct clock *clock, int *ret_fd,
		       struct error *err) WARN_UNUSED;

#endif
