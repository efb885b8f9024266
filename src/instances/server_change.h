/*
 * Recording of edits of server configurations: the host's callback for plugins (plugin/plugin.h),
 * and what `rollback` takes back.
 */
#ifndef INSTANCES_SERVER_CHANGE_H
#define INSTANCES_SERVER_CHANGE_H

#include "config/settings.h"
#include "instances/plugins.h"
#include "plugin/plugin.h"
#include "store/journal/changes.h"

/* struct plugin_host's note_edits and drop_edits; the context is a struct changes. */
int64_t server_change_note(void *context, const struct plugin_edits *edits);
void server_change_drop(void *context, int64_t number);

/* A server as it was changed, by the options on record. It is not prepared, because a broken
 * configuration must not stop its own repair. */
struct changed_server {
	struct settings *settings;
	struct plugin_host host; /* with these settings */
	struct plugin_instance *instance;
};
/* Opens the server of a change that has a plugin; the caller frees it. */
int changed_server_open(struct plugins *plugins, const struct change *change,
			struct changed_server **ret_server, struct error *err) WARN_UNUSED;
void changed_server_free(struct changed_server *server);
DEFINE_AUTO_PTR(changed_server, changed_server_free);
/* Returns true when the change was made in the server that these settings lead to. */
bool changed_server_is_of(const struct change *change, const struct plugin_instance *instance);

/* Files that are about to be restored, as they are before that. */
struct server_snapshot {
	struct changes *changes;
	struct change *change; /* NULL: nothing is recorded */
	/* Paths of those that somebody has edited since they were last changed here. */
	struct strvec edited;
};

/* Looks at the files of the newest `count` checkpoints. */
void server_snapshot_take(struct changes *changes, const char *work_dir, size_t count,
			  struct server_snapshot *ret_snapshot);
/* Records what became of those files, and warns of the edits that went with it. */
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
