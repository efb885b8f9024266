/*
 * A checkpoint directory as stored on disk, in Certbot's layout: copies of files, and lists that
 * say where the copies belong, which files are new and which commands to run. For txn/ only.
 */
#ifndef TXN_CHECKPOINT_H
#define TXN_CHECKPOINT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "txn/command_rows.h"

enum checkpoint_part {
	CHECKPOINT_SAVED,    /* FILEPATHS */
	CHECKPOINT_CREATED,  /* NEW_FILES */
	CHECKPOINT_COMMANDS, /* COMMANDS */
	CHECKPOINT_PART__COUNT,
};

struct checkpoint {
	char *dir;
	struct strvec saved; /* the copy of the i-th is "<base name>_<i>" */
	struct strvec created;
	struct command_rows commands;
};
/* Returns an empty checkpoint for that directory; nothing is read. */
struct checkpoint checkpoint_of(const char *dir) WARN_UNUSED;
void checkpoint_release(struct checkpoint *checkpoint);
DEFINE_AUTO(checkpoint, checkpoint_release);

/* Fills an empty checkpoint from the lists in its directory; a missing list counts as empty. */
int checkpoint_load(struct checkpoint *checkpoint, struct error *err) WARN_UNUSED;
/* Replaces one list atomically. */
int checkpoint_store(const struct checkpoint *checkpoint, enum checkpoint_part part,
		     struct error *err) WARN_UNUSED;

/* Removes the directory: the lists first, because a list without its copies could not be undone. */
int checkpoint_destroy(const char *dir, struct error *err) WARN_UNUSED;

/* Moves everything that `own` lists from `all` to `ret_taken` (empty, of the same directory). Lines
 * of FILEPATHS keep their numbers: a removed line is replaced by a path inside the directory, where
 * restoring its copy has no effect. */
void checkpoint_split(struct checkpoint *all, const struct checkpoint *own,
		      struct checkpoint *ret_taken);
/* True for a line of `saved` that was removed by checkpoint_split(). */
bool checkpoint_is_void(const struct checkpoint *checkpoint, size_t index);

/* Says whether other claims may exist at the same time. */
enum checkpoint_claim {
	CHECKPOINT_SHARED,
	CHECKPOINT_ALONE,
};
/* Claims a checkpoint directory for this process with flock(2). Closing *ret_fd releases the claim,
 * and so does the death of the process. ERR_BUSY: an open transaction holds it. */
int checkpoint_claim(const char *dir, enum checkpoint_claim claim, int *ret_fd,
		     struct error *err) WARN_UNUSED;
/* Tries to upgrade a shared claim; false when there are others. */
bool checkpoint_claim_alone(int fd);

/* Hint for a checkpoint that cannot be undone; its directory is the argument. */
#define CHECKPOINT_BY_HAND                                                                         \
	"the old contents are in '%s'; restore them by hand, then remove that directory"

#endif
