/*
 * The type, owner, mode and times of a directory entry, for code that restores what it found.
 */
#ifndef OS_FILE_STAMP_H
#define OS_FILE_STAMP_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"

enum stamp_kind {
	STAMP_ABSENT,
	STAMP_FILE,
	STAMP_LINK,
	STAMP_OTHER, /* a directory, a device, ... */
};

struct stamp {
	enum stamp_kind kind;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t mtime_s, mtime_ns;
};

/* Looks at the entry itself: a link is not followed. ERR_IO; a missing entry is a kind. */
int stamp_read(const char *path, struct stamp *ret_stamp, struct error *err) WARN_UNUSED;
/* Gives the entry owner, group and time of the stamp, where they differ; not the mode, which is set
 * when a file is made. Durable. ERR_IO. */
int stamp_apply(const char *path, const struct stamp *stamp, struct error *err) WARN_UNUSED;
/* Sets the time of a directory to now, as crontab(1) does for cron to look at it again. */
void stamp_touch(const char *path);

#endif
