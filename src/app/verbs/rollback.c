/*
 * Undoing checkpoints (see rollback.h). The journal says which server each changed. Where it does
 * not, as for Certbot's own checkpoints, that is the server of the command line.
 */
#include "app/verbs/rollback.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "store/journal/journal.h"
#include "txn/txn.h"

/* Longer lists of files are told by their number. */
#define MOST_PATHS 10

void rollback_release(struct rollback *rollback)
{
	for (size_t i = 0; i < rollback->other_count; i++)
		changed_server_free(rollback->others[i]);
	free(rollback->others);
	strvec_release(&rollback->accounts);
}

static bool has_any(const struct change *change, const struct strvec *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (change_find_file(change, paths->items[i]))
			return true;
	return false;
}

/* The newest record about one of the checkpoint's files, borrowed, or NULL. */
static const struct change *find_record(const struct change_list *list,
					const struct txn_checkpoint *checkpoint)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct change *change = list->items[i];

		if (change->plugin && change->options && !change->is_void &&
		    (has_any(change, &checkpoint->files) ||
		     has_any(change, &checkpoint->new_files)))
			return change;
	}
	return NULL;
}

/* The server of a record: that of `installer`, or one that was opened before, or another. */
static int find_server(struct rollback *rollback, const struct change *record,
		       struct plugin_instance *installer, struct plugin_instance **ret_server,
		       struct error *err)
{
	struct changed_server *opened = NULL;

	*ret_server = installer;
	if (!record || changed_server_is_of(record, installer))
		return 0;
	for (size_t i = 0; i < rollback->other_count; i++) {
		*ret_server = rollback->others[i]->instance;
		if (changed_server_is_of(record, *ret_server))
			return 0;
	}
	if (changed_server_open(rollback->plugins, record, &opened, err) < 0)
		return err->code;
	ARRAY_GROW(rollback->others, rollback->other_count, rollback->capacity);
	rollback->others[rollback->other_count++] = opened;
	*ret_server = opened->instance;
	return 0;
}

/* Appends " restored a, b" to an account: all paths where they are few, else their number. */
static void add_paths(const char *fate, const struct strvec *paths, struct strbuf *out)
{
	AUTO_FREE char *joined = strvec_join(paths, ", ");

	if (paths->count > MOST_PATHS)
		strbuf_addf(out, " %s %zu files, such as %s;", fate, paths->count, paths->items[0]);
	else if (paths->count)
		strbuf_addf(out, " %s %s;", fate, joined);
}

/* A file that an older one of the checkpoints created is gone, although a newer one had a copy. */
static void list_restored(const struct txn_history *checkpoints, size_t undone,
			  struct strvec *ret_restored, struct strvec *ret_removed)
{
	for (size_t i = 0; i < checkpoints->count && i < undone; i++)
		strvec_extend(ret_removed, &checkpoints->items[i].new_files);
	for (size_t i = 0; i < checkpoints->count && i < undone; i++) {
		const struct strvec *files = &checkpoints->items[i].files;

		for (size_t j = 0; j < files->count; j++)
			if (!strvec_contains(ret_removed, files->items[j]))
				strvec_push_unique(ret_restored, files->items[j]);
	}
}

/* A plugin that is a program has files that only it knows. */
static void add_account(struct rollback *rollback, const struct plugin_instance *server,
			const struct txn_history *checkpoints, size_t undone)
{
	AUTO(strvec) struct strvec restored = STRVEC_INIT, removed = STRVEC_INIT;
	AUTO(strbuf) struct strbuf account = STRBUF_INIT;

	list_restored(checkpoints, undone, &restored, &removed);
	add_paths("restored", &restored, &account);
	add_paths("removed", &removed, &account);
	if (account.len)
		strbuf_truncate(&account, account.len - 1);
	else
		strbuf_addf(&account, " %zu change%s", undone, undone == 1 ? "" : "s");
	strvec_pushf(&rollback->accounts, "%s:%s", server->plugin->name, account.text);
}

/* A server that fails may have undone some of its changes before that. */
static int undo_by(struct rollback *rollback, struct plugin_instance *server, size_t count,
		   size_t *ret_undone, struct error *err)
{
	const struct plugins *plugins = rollback->plugins;
	const char *work_dir = settings_string(plugins->host.settings, "work_dir");
	AUTO(server_snapshot) struct server_snapshot snapshot = {.edited = STRVEC_INIT};
	AUTO(txn_history) struct txn_history checkpoints = TXN_HISTORY_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	size_t undone = 0;

	if (!server->plugin->program) {
		server_snapshot_take(plugins->network->changes, work_dir, count, &snapshot);
		if (txn_list(work_dir, &checkpoints, &unreadable) < 0)
			log_debug("%s", unreadable.text);
	}
	(void)!server->plugin->installer->rollback(server, count, &undone, err);
	if (!undone)
		return err->code;
	server_snapshot_record(&snapshot, server->plugin->name, server->host->settings);
	add_account(rollback, server, &checkpoints, undone);
	for (size_t i = 0; i < rollback->installers->count; i++)
		if (rollback->installers->items[i] == server)
			rollback->has_undone[i] = true;
	*ret_undone += undone;
	return err->code;
}

/* The history that the built-in plugins share: checkpoints newest first, changes oldest first. */
struct common_history {
	struct txn_history checkpoints;
	struct change_list changes;
};

/* Without a journal, all is undone by the servers of the command line. */
static void read_history(const struct plugins *plugins, struct common_history *ret)
{
	struct changes *changes = plugins->network->changes;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (txn_list(settings_string(plugins->host.settings, "work_dir"), &ret->checkpoints,
		     &unreadable) < 0 ||
	    (changes && journal_read(changes_journal(changes), &ret->changes, &unreadable) < 0))
		log_debug("%s", unreadable.text);
}

/* Consecutive checkpoints of one server are undone in one go, so that its proof compares the first
 * state with the last. */
static int undo_common(struct rollback *rollback, const struct common_history *history,
		       struct plugin_instance *installer, size_t wanted, size_t *ret_undone,
		       struct error *err)
{
	size_t known = history->checkpoints.count < wanted ? history->checkpoints.count : wanted;
	struct plugin_instance *server = installer;
	size_t count = 0;

	for (size_t i = 0; i < known; i++) {
		const struct change *record = find_record(&history->changes,
							  &history->checkpoints.items[i]);
		struct plugin_instance *next;

		if (find_server(rollback, record, installer, &next, err) < 0)
			return err->code;
		if (next != server && count) {
			if (undo_by(rollback, server, count, ret_undone, err) < 0)
				return err->code;
			count = 0;
		}
		server = next;
		count++;
	}
	return count || !known ? undo_by(rollback, server, count ? count : wanted, ret_undone, err)
			       : 0;
}

/* The first failure decides the exit status; the others are told at once. */
static void keep_failure(const struct plugin_instance *server, struct error *failed,
			 struct error *err)
{
	if (!error_is_set(failed))
		return;
	error_wrap(failed, "%s", server->plugin->name);
	if (error_is_set(err))
		log_error("%s", failed->text);
	else
		error_move(err, failed);
}

/* A change undone for one of the built-in plugins is not undone again for the next. A plugin that
 * is a program has a history of its own, in which one that fails does not stop the others. */
int rollback_undo(struct rollback *rollback, size_t wanted, size_t *ret_undone, struct error *err)
{
	const struct installers *installers = rollback->installers;
	struct common_history history = {.checkpoints = TXN_HISTORY_INIT,
					 .changes = CHANGE_LIST_INIT};
	bool is_common_done = false;

	read_history(rollback->plugins, &history);
	for (size_t i = 0; i < installers->count && err->code != ERR_CANCELLED; i++) {
		struct plugin_instance *installer = installers->items[i];
		AUTO(error) struct error failed = ERROR_INIT;

		if (installer->plugin->program)
			(void)!undo_by(rollback, installer, wanted, ret_undone, &failed);
		else if (!is_common_done)
			(void)!undo_common(rollback, &history, installer, wanted, ret_undone,
					   &failed);
		keep_failure(installer, &failed, err);
		is_common_done |= !installer->plugin->program;
	}
	txn_history_release(&history.checkpoints);
	change_list_release(&history.changes);
	return err->code;
}

/* True when only another server of that plugin was restored. */
static bool is_elsewhere(const struct rollback *rollback, size_t index)
{
	const struct plugin *plugin = rollback->installers->items[index]->plugin;

	for (size_t i = 0; i < rollback->other_count && !rollback->has_undone[index]; i++)
		if (rollback->others[i]->instance->plugin == plugin)
			return true;
	return false;
}

static void reload_server(struct plugin_instance *server, struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (err->code == ERR_CANCELLED || server->plugin->installer->reload(server, &failed) == 0)
		return;
	error_wrap(&failed, "the files are back as told, but the server was not reloaded");
	if (!failed.hint)
		error_hint(&failed, "%s",
			   server->plugin->program
				   ? "reload it once that is mended"
				   : "once that is mended, 'certbot renew' reloads it");
	keep_failure(server, &failed, err);
}

/* An installer that undid nothing is reloaded, too: it may share files with one that did. */
int rollback_reload(struct rollback *rollback, struct error *err)
{
	for (size_t i = 0; i < rollback->installers->count; i++)
		if (!is_elsewhere(rollback, i))
			reload_server(rollback->installers->items[i], err);
	for (size_t i = 0; i < rollback->other_count; i++)
		reload_server(rollback->others[i]->instance, err);
	return err->code;
}
