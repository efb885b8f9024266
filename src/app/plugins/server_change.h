/*
 * Recording of edits of server configurations: the host's callback for plugins (plugin/plugin.h),
 * and what `rollback` takes back.
 */
#ifndef APP_PLUGINS_SERVER_CHANGE_H
#define APP_PLUGINS_SERVER_CHANGE_H

#include "config/settings.h"
#include "plugin/plugin.h"
#include "store/journal/changes.h"

/* struct plugin_host's note_edits and drop_edits; the context is a struct changes. */
int64_t server_change_note(void *context, const struct plugin_edits *edits);
void server_change_drop(void *context, int64_t number);

/* Files that are about to be restored, as they are before that. */
struct server_snapshot {
	struct changes *changes;
	struct change *change; /* NULL: nothing is recorded */
};

/* Looks at the files of the newest `count` checkpoints. */
void server_snapshot_take(struct changes *changes, const char *work_dir, size_t count,
			  struct server_snapshot *ret_snapshot);
/* Records what became of those files. */
void server_snapshot_record(struct server_snapshot *snapshot, const char *plugin,
			    const struct settings *settings);
void server_snapshot_release(struct server_snapshot *snapshot);
DEFINE_AUTO(server_snapshot, server_snapshot_release);

/* The fate of the edits that a crashed run left. */
enum server_recovery {
	SERVER_TAKES_BACK,    /* they never were final, or there are none */
	SERVER_ENDS_ROLLBACK, /* finishes the rollback of edits that were final */
};

/* Before the files are restored: takes back the record of edits that never became final. */
enum server_recovery server_recovery_begin(struct changes *changes, const char *work_dir);
/* After they were restored: records that a rollback was finished. */
void server_recovery_end(struct changes *changes, enum server_recovery recovery);

#endif
