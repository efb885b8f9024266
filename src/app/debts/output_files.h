/*
 * The files of outputs: what they are made of, writing them all together, and removing one.
 * outputs.h decides which outputs a lineage has.
 */
#ifndef APP_DEBTS_OUTPUT_FILES_H
#define APP_DEBTS_OUTPUT_FILES_H

#include "config/output.h"
#include "store/lineage/lineage.h"

struct outputs {
	struct output *items;
	size_t count, capacity;
};

#define OUTPUTS_INIT                                                                               \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void outputs_release(struct outputs *outputs);
DEFINE_AUTO(outputs, outputs_release);

/* Checks what can be known before the file is written: its directory exists and may be written to,
 * owner and group exist and are ours to give, the password can be read, and a file that is already
 * at the path is of this kind. ERR_CONFIG; ERR_REFUSED: the present file is of another kind. */
int output_files_check(const struct output *output, struct error *err) WARN_UNUSED;
/* The same without the file itself, whose name may not be known yet. */
int output_files_check_place(const struct output *output, struct error *err) WARN_UNUSED;

/* Outputs that are about to be written. */
struct draft_outputs {
	struct draft_output *items;
	size_t count;
};

#define DRAFT_OUTPUTS_INIT                                                                         \
	{                                                                                          \
		.items = NULL                                                                      \
	}
/* Removes the drafts that are not in their places. */
void draft_outputs_release(struct draft_outputs *drafts);
DEFINE_AUTO(draft_outputs, draft_outputs_release);

/* Makes the contents of all outputs from what live/ shows, in memory. `outputs` must live as long
 * as the drafts. The error names the path. */
int output_files_make(const struct outputs *outputs, struct lineage *lineage,
		      struct draft_outputs *ret_drafts, struct error *err) WARN_UNUSED;
/* Appends a record ("DIGEST PATH") of each, for the conf, before the first is on the disk. */
void output_files_records(const struct draft_outputs *drafts, struct strvec *ret_records);
/* Writes them all. First each is written next to its place, with its owner and mode before it has
 * contents; then each takes its place. So none changes if one of them cannot be written. Appends
 * the records of those in their places. The error names the path. */
int output_files_write(struct draft_outputs *drafts, struct strvec *ret_records,
		       struct error *err) WARN_UNUSED;

/* Returns the path in a record, borrowed. */
const char *output_record_path(const char *record);
/* Removes what a crash has left next to the place of a record's file: a draft, with the key. */
int output_files_sweep(const char *record, struct error *err) WARN_UNUSED;
/* Removes the file of that path. *ret_removed is false, and the file is left, when its contents are
 * not those of a record. A missing file counts as removed. */
int output_files_remove(const struct strvec *records, const char *path, bool *ret_removed,
			struct error *err) WARN_UNUSED;

#endif
