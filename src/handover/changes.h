/*
 * The record of a handover: every directory entry that it changes, as it was and as it will be.
 * It is written before the first change, and is all that handback needs; it goes when everything is
 * as before.
 *
 * Each change is guarded by contents: an entry that is neither as before nor as after was changed
 * by somebody else, and is not touched. So the work can be cut off anywhere and be taken up again,
 * in either direction.
 */
#ifndef HANDOVER_CHANGES_H
#define HANDOVER_CHANGES_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "os/file/stamp.h"

/* A file, a link or nothing. */
struct entry_state {
	struct stamp stamp;
	struct strbuf contents; /* of a file; of a link, its target */
};

struct change {
	char *path;
	struct entry_state before, after;
};

struct changes {
	struct change *items;
	size_t count, capacity;
	struct strvec made_dirs; /* directories that were made for them */
	struct strvec stopped;   /* timers that ran, and have to run again */
	struct strvec disabled;  /* names of what was disabled, for people */
	struct strvec enabled;   /* names of what was enabled */
	char *own_timer;         /* timer that was enabled, or NULL */
};

#define CHANGES_INIT                                                                               \
	{                                                                                          \
		.made_dirs = STRVEC_INIT, .stopped = STRVEC_INIT, .disabled = STRVEC_INIT,         \
		.enabled = STRVEC_INIT                                                             \
	}
void changes_release(struct changes *changes);
DEFINE_AUTO(changes, changes_release);

/* Plans to make a line of a crontab a comment; several of one file become one change. ERR_IO. */
int changes_comment_out(struct changes *changes, const char *path, size_t line,
			struct error *err) WARN_UNUSED;
/* The same for a line of a shell script, which becomes a command that does nothing. ERR_IO. */
int changes_silence_line(struct changes *changes, const char *path, size_t line,
			 struct error *err) WARN_UNUSED;
/* Plans to remove a link. ERR_IO. */
int changes_remove_link(struct changes *changes, const char *path, struct error *err) WARN_UNUSED;
/* Plans to make a file with that text, or a link, where nothing is. ERR_EXISTS. */
int changes_add_file(struct changes *changes, const char *path, const char *text,
		     struct error *err) WARN_UNUSED;
int changes_add_link(struct changes *changes, const char *path, const char *target,
		     struct error *err) WARN_UNUSED;

/* Reads the record of that path into `ret` (CHANGES_INIT). ERR_NOT_FOUND: there is none. ERR_PARSE:
 * it is not one of ours, or was changed. */
int changes_load(const char *path, struct changes *ret, struct error *err) WARN_UNUSED;
/* Writes the record. */
int changes_save(const struct changes *changes, const char *path, struct error *err) WARN_UNUSED;

enum changes_direction { CHANGES_MAKE, CHANGES_TAKE_BACK };
/* Appends the paths of entries that somebody else has changed. ERR_IO. */
int changes_find_foreign(const struct changes *changes, struct strvec *ret_paths,
			 struct error *err) WARN_UNUSED;
/* Makes the changes, or takes them back in the opposite order, as far as that has not been done.
 * Entries that somebody else has changed stay as they are. */
int changes_carry_out(const struct changes *changes, enum changes_direction direction,
		      struct error *err) WARN_UNUSED;

#endif
