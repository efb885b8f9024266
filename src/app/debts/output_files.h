/*
 * The files of outputs: what they are made of, writing them all together, and removing one. Which
 * outputs a lineage has is the business of outputs.h.
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
 * owner and group exist and are ours to give, the password can be read, and what stands at the path
 * is a file of this kind. ERR_CONFIG; ERR_REFUSED for what stands there. */
int output_files_check(const struct output *output, struct error *err) WARN_UNUSED;

/* Writes all outputs from what live/ shows. First all are written next to their places, each with
 * its owner and mode before it has contents; then each takes its place. So none changes if one of
 * them cannot be written. Appends a record ("DIGEST PATH") of each to `ret_records`. The error
 * names the path. */
int output_files_write(const struct outputs *outputs, struct lineage *lineage,
		       struct strvec *ret_records, struct error *err) WARN_UNUSED;

/* The path in a record, borrowed. */
const char *output_record_path(const char *record);
/* Removes the file that a record describes. *ret_removed is false, and the file is left, when its
 * contents are not those of the record. A missing file counts as removed. */
int output_files_remove(const char *record, bool *ret_removed, struct error *err) WARN_UNUSED;

#endif
