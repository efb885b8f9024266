/*
 * The record of a handover: every directory entry that it changes, before and after. It is written
 * before the first change, contains all that handback needs, and is removed once everything has
 * been put back.
 *
 * Each change is guarded by contents: an entry that matches neither state was changed by somebody
 * else and is left alone. So the work can be interrupted anywhere and resumed in either direction.
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
	struct strbuf contents; /* of a file; the target of a link */
};

struct change {
	char *path;
	struct entry_state before, after;
};

struct changes {
	struct change *items;
	size_t count, capacity;
	struct strvec made_dirs; /* directories created for the changes */
	struct strvec stopped;   /* timers that were running, to be started again */
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
/* The same for a line of a shell script, which is replaced by a command that does nothing.
 * ERR_IO. */
int changes_silence_line(struct changes *changes, const char *path, size_t line,
			 struct error *err) WARN_UNUSED;
/* Plans to remove a link. ERR_IO. */
int changes_remove_link(struct changes *changes, const char *path, struct error *err) WARN_UNUSED;
/* Plans to create a file with that text, or a link, where nothing exists. ERR_EXISTS. */
int changes_add_file(struct changes *changes, const char *path, const char *text,
		     struct error *err) WARN_UNUSED;
int changes_add_link(struct changes *changes, const char *path, const char *target,
		     struct error *err) WARN_UNUSED;

/* Reads the record at that path into `ret` (CHANGES_INIT). ERR_NOT_FOUND: there is none. ERR_PARSE:
 * this program did not write it, or it was altered. */
int changes_load(const char *path, struct changes *ret, struct error *err) WARN_UNUSED;
/* Writes the record. */
int changes_save(const struct changes *changes, const char *path, struct error *err) WARN_UNUSED;

enum changes_direction { CHANGES_MAKE, CHANGES_TAKE_BACK };
/* Appends the paths of entries that somebody else has changed. ERR_IO. */
int changes_find_foreign(const struct changes *changes, struct strvec *ret_paths,
			 struct error *err) WARN_UNUSED;
/* Makes the changes, or takes them back in reverse order; those already done are skipped. Entries
 * that somebody else has changed stay as they are. */
int changes_carry_out(const struct changes *changes, enum changes_direction direction,
		      struct error *err) WARN_UNUSED;

#endif
