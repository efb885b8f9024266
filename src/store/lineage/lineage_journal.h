/*
 * The record of an unfinished creation or deletion. Used by store/ only.
 */
#ifndef STORE_LINEAGE_LINEAGE_JOURNAL_H
#define STORE_LINEAGE_LINEAGE_JOURNAL_H

#include "os/file/file.h"
#include "store/lineage/lineage.h"

/* An unfinished operation on a lineage, recorded in renewal/.NAME.part before the first file
 * changes. lineage_journal_remove() ends it. */
enum lineage_task {
	LINEAGE_CREATION,
	LINEAGE_DELETION,
};
/* Records the start of a task. ERR_EXISTS when there is a file of that name. */
int lineage_journal_write(const struct lineage *lineage, enum lineage_task task,
			  const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* The same in two steps, which many lineages take together: a draft, and its name, which makes it
 * the record. */
int lineage_journal_draft(const struct lineage *lineage, enum lineage_task task,
			  struct error *err) WARN_UNUSED;
int lineage_journal_name(const struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Reads the record: the lineage as it is or was meant to be, which the caller frees. ERR_NOT_FOUND;
 * ERR_PARSE when the contents do not prove that we wrote the file about this lineage. */
int lineage_journal_read(const char *config_dir, const char *name, struct lineage **ret_lineage,
			 enum lineage_task *ret_task, struct error *err) WARN_UNUSED;
/* Sets the hint of an error about files that are in the way of a lineage, if its record says that
 * they are those of a task that is not finished. Returns false without such a record. */
bool lineage_journal_hint(const char *config_dir, const char *name, struct error *err);
/* Removes the record. */
int lineage_journal_remove(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
