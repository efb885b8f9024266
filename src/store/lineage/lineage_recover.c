/*
 * Continues what earlier runs began (see lineage_recover.h). Records whose contents prove that they
 * are ours are processed; all other files are left alone.
 */
#include "store/lineage/lineage_recover.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_create.h"
#include "store/lineage/lineage_delete.h"
#include "store/lineage/lineage_journal.h"
#include "store/lineage/lineage_parts.h"

static int finish_creation(struct lineage *lineage, struct strvec *ret_notes, struct error *err)
{
	bool stored = false;

	if (lineage_finish_creation(lineage, &stored, err) < 0)
		return err->code;
	if (stored)
		strvec_pushf(ret_notes,
			     "Stored certificate %s, which an interrupted run had obtained.",
			     lineage->name);
	else
		strvec_pushf(ret_notes,
			     "Removed unfinished files of certificate %s that an interrupted run "
			     "had left.",
			     lineage->name);
	return 0;
}

static int finish_deletion(struct lineage *lineage, struct strvec *ret_notes, struct error *err)
{
	AUTO(strvec) struct strvec sharers = STRVEC_INIT;

	if (lineage_finish_deletion(lineage, &sharers, err) < 0)
		return err->code;
	strvec_pushf(ret_notes, "Finished the interrupted deletion of certificate %s.",
		     lineage->name);
	return 0;
}

static int finish_task(struct lineage *lineage, enum lineage_task task, struct strvec *ret_notes,
		       struct error *err)
{
	/* It was made completely, or nothing was deleted yet. */
	if (file_is_there(lineage->conf_path)) {
		if (task == LINEAGE_CREATION)
			lineage_tell_made(lineage);
		return lineage_journal_remove(lineage, err);
	}
	return task == LINEAGE_CREATION ? finish_creation(lineage, ret_notes, err)
					: finish_deletion(lineage, ret_notes, err);
}

/* A failure is reported and does not end the command, which may be for another certificate. */
static void recover_one(const char *config_dir, const char *name,
			const struct lineage_observer *made, struct strvec *ret_notes)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	enum lineage_task task = LINEAGE_CREATION;

	if (lineage_journal_read(config_dir, name, &lineage, &task, &err) < 0)
		return; /* somebody else's */
	if (made)
		lineage->made = *made;
	if (finish_task(lineage, task, ret_notes, &err) < 0)
		strvec_pushf(ret_notes,
			     "Cannot finish the interrupted %s of certificate %s: %s. The next "
			     "run will try again.",
			     task == LINEAGE_CREATION ? "creation" : "deletion", name, err.text);
}

int lineage_recover(const char *config_dir, const struct lineage_observer *made,
		    struct strvec *ret_notes, struct error *err)
{
	AUTO_FREE char *dir = store_renewal_dir(config_dir);
	AUTO(strvec) struct strvec entries = STRVEC_INIT;

	if (!file_is_dir(dir))
		return 0;
	if (dir_list(dir, STORE_JOURNAL_SUFFIX, &entries, err) < 0)
		return err->code;
	for (size_t i = 0; i < entries.count; i++) {
		const char *entry = entries.items[i];
		size_t len = strlen(entry) - strlen(STORE_JOURNAL_SUFFIX);
		AUTO_FREE char *name = NULL;

		if (entry[0] != '.' || len < 2)
			continue;
		name = xstrndup(entry + 1, len - 1);
		recover_one(config_dir, name, made, ret_notes);
	}
	return 0;
}
