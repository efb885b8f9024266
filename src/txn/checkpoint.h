/*
 * A checkpoint directory as it lies on disk in Certbot's layout: copies of files, and the lists
 * that say whose copies they are, what was made new and what to run. For txn/ only.
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
/* An empty checkpoint of that directory; nothing is read. */
struct checkpoint checkpoint_of(const char *dir) WARN_UNUSED;
void checkpoint_release(struct checkpoint *checkpoint);
DEFINE_AUTO(checkpoint, checkpoint_release);

/* Adds the lists that lie in the directory to an empty checkpoint; a missing list is empty. */
int checkpoint_load(struct checkpoint *checkpoint, struct error *err) WARN_UNUSED;
/* Writes one list, in one step. */
int checkpoint_store(const struct checkpoint *checkpoint, enum checkpoint_part part,
		     struct error *err) WARN_UNUSED;

/* Copies the files into the directory, then lists them: a list never names a copy that might not
 * be there after a crash. */
int checkpoint_save_files(struct checkpoint *checkpoint, const struct strvec *paths,
			  struct error *err) WARN_UNUSED;

/* Puts the copies back, removes what was made, runs the commands; last first each. Puts back as
 * many copies as it can; the error is the first one, and what was made then stays, because edits
 * that are left may need it. Doing it again does no harm. */
int checkpoint_undo(const struct checkpoint *checkpoint, struct error *err) WARN_UNUSED;
/* Removes the directory: the lists first, because a list without its copies could not be undone. */
int checkpoint_destroy(const char *dir, struct error *err) WARN_UNUSED;

/* Takes everything that `own` lists out of `all` and puts it into `ret_taken` (empty, of the
 * same directory). Lines of FILEPATHS keep their numbers: a line that was taken out names a place
 * inside the directory, where putting its copy back changes nothing. */
void checkpoint_split(struct checkpoint *all, const struct checkpoint *own,
		      struct checkpoint *ret_taken);
/* True for a line of `saved` that was taken out. */
bool checkpoint_is_void(const struct checkpoint *checkpoint, size_t index);

/* Claims a checkpoint directory for this process, by flock(2) on it: released by closing the
 * descriptor, and by any death. ERR_BUSY: an open transaction holds it. */
enum checkpoint_claim {
	CHECKPOINT_SHARED,
	CHECKPOINT_ALONE,
};
int checkpoint_claim(const char *dir, enum checkpoint_claim claim, int *ret_fd,
		     struct error *err) WARN_UNUSED;
/* Tries to turn a claim into the only one. */
bool checkpoint_claim_alone(int fd);

/* What to do about a checkpoint that cannot be undone; its directory is the argument. */
#define CHECKPOINT_BY_HAND                                                                         \
	"the old contents are in '%s'; restore them by hand, then remove that directory"

/* Undoes and removes a checkpoint that no open transaction holds. A missing directory is fine.
 * ERR_BUSY: an open transaction holds it. */
int checkpoint_recover(const char *dir, struct error *err) WARN_UNUSED;

#endif
