/*
 * What a run puts into webroots, on record in the work directory before it is there: after a kill
 * the next command that changes something takes it away. The owner of a webroot may have changed
 * everything meanwhile, so only what proves to be ours goes: a file by its content, a directory by
 * device and inode.
 */
#ifndef PLUGINS_WEBROOT_WEBROOT_RECORD_H
#define PLUGINS_WEBROOT_WEBROOT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "plugins/webroot/webroot_folder.h"

struct webroot_answer {
	char *root; /* absolute */
	char *token;
	char *content;
};

/* The caller holds the lock of the work directory. */
struct webroot_record {
	char *path; /* NULL: not opened */
	struct webroot_answer *answers;
	size_t count, capacity;
	struct webroot_made made;
};
void webroot_record_release(struct webroot_record *record);
DEFINE_AUTO(webroot_record, webroot_record_release);

/* Reads what an earlier run has left there; once. ERR_PARSE: the file is not a record. */
int webroot_record_open(struct webroot_record *record, const char *work_dir,
			struct error *err) WARN_UNUSED;
/* Adds the file of a challenge and the directories that it needs. `content` is the key
 * authorization. webroot_record_save() writes. */
void webroot_record_add(struct webroot_record *record, const char *root, const char *token,
			const char *content);
/* The file is gone, or was never made. */
void webroot_record_forget(struct webroot_record *record, const char *token);
int webroot_record_save(const struct webroot_record *record, struct error *err) WARN_UNUSED;
/* To be called when files are gone: after the last one the directories and the record go too. */
int webroot_record_settle(struct webroot_record *record, struct error *err) WARN_UNUSED;

/* Removes what the record of a killed run names. An error: some of it is still there, and on
 * record. */
int webroot_recover(const char *work_dir, struct error *err) WARN_UNUSED;

#endif
