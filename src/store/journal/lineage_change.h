/*
 * Recording of changes of one lineage: which generation live/ shows, and the options in the conf. A
 * certificate is its generation in archive/, so that no key is copied for the record.
 */
#ifndef STORE_JOURNAL_LINEAGE_CHANGE_H
#define STORE_JOURNAL_LINEAGE_CHANGE_H

#include "store/journal/changes.h"
#include "store/lineage/lineage.h"

struct lineage_change {
	struct changes *changes; /* borrowed; NULL: nothing is recorded */
	const char *reason;      /* static, or NULL */
	int64_t from;            /* generation before */
	struct strbuf before;    /* text of the conf before; empty: there was none */
	const char *obstacle;    /* static: why it cannot be undone, or NULL */
	int64_t number;          /* of the record; 0: none */
};

#define LINEAGE_CHANGE_INIT                                                                        \
	{                                                                                          \
		.before = STRBUF_INIT                                                              \
	}
void lineage_change_release(struct lineage_change *change);
DEFINE_AUTO(lineage_change, lineage_change_release);

/* Notes the state of a lineage that is going to change. Call it before its conf changes. */
void lineage_change_begin(struct changes *changes, const struct lineage *lineage,
			  struct lineage_change *ret_change);
/* Records what became of it since: live/ shows, or is about to show, generation `to`. Without a
 * difference in generation and options, and without an obstacle, nothing is recorded. `verbed` is
 * the title's: "renewed". */
void lineage_change_end(struct lineage_change *change, const struct lineage *lineage, int64_t to,
			const char *verbed);
/* Takes the record back: the change failed. */
void lineage_change_drop(struct lineage_change *change);

/* Record a lineage that was made: a struct lineage_observer's tell(), whose context is a struct
 * changes. The second, for recovery, does so unless it is on record already. */
void lineage_change_made(void *changes, const struct lineage *lineage);
void lineage_change_found_made(void *changes, const struct lineage *lineage);
/* Records one that is going to be deleted. Returns the record's number. */
int64_t lineage_change_deleted(struct changes *changes, const char *config_dir, const char *name);

#endif
