/*
 * Changes of server configurations (see server_change.h). What the files contained before is in the
 * checkpoint, whose copies `rollback` removes with it: the journal keeps its own.
 */
#include "instances/server_change.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/ini.h"
#include "store/journal/file_state.h"
#include "store/journal/journal.h"
#include "txn/txn.h"

/* With these, undoing reaches the same server, whatever is the command line of that run. */
static char *options_of(const struct settings *settings, const char *plugin)
{
	AUTO(ini) struct ini *ini = ini_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	settings_save_plugin(settings, plugin, ini_add_section(ini_root(ini), "options"));
	ini_print(ini, &text);
	return strbuf_detach(&text);
}

/* A file that cannot be looked at is left out; the change itself would have failed with it. */
static bool read_state(const char *path, bool follows, struct file_state *ret_state,
		       struct strbuf *ret_bytes)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (file_state_read(path, follows, ret_state, ret_bytes, &err) == 0)
		return true;
	log_debug("not on record: %s", err.text);
	return false;
}

static void add_edited(struct changes *changes, struct change *change, const char *path,
		       const char *copy)
{
	AUTO(file_contents) struct file_contents old = FILE_CONTENTS_INIT;
	AUTO(file_contents) struct file_contents present = FILE_CONTENTS_INIT;
	struct file_state before, after;

	if (!read_state(copy, true, &before, &old.bytes) ||
	    !read_state(path, true, &after, &present.bytes) || file_state_same(&before, &after))
		return;
	changes_keep(changes, &before, span_make(old.bytes.text, old.bytes.len));
	change_add_file(change, path, &before, &after);
}

static void add_created(struct change *change, const char *path)
{
	AUTO(file_contents) struct file_contents present = FILE_CONTENTS_INIT;
	const struct file_state none = {.mode = 0};
	struct file_state after;

	if (read_state(path, false, &after, &present.bytes))
		change_add_file(change, path, &none, &after);
}

int64_t server_change_note(void *context, const struct plugin_edits *edits)
{
	struct changes *changes = context;
	struct change *change = changes_begin(changes, "%s: %s", edits->plugin, edits->title);

	if (!change)
		return 0;
	change->plugin = xstrdup(edits->plugin);
	change->options = options_of(edits->settings, edits->plugin);
	strvec_extend(&change->lineages, edits->lineages);
	strvec_extend(&change->undo_commands, edits->undo_commands);
	for (size_t i = 0; i < edits->saved->count; i++)
		add_edited(changes, change, edits->saved->items[i], edits->copies->items[i]);
	for (size_t i = 0; i < edits->created->count; i++)
		add_created(change, edits->created->items[i]);
	return changes_add(changes, change);
}

void server_change_drop(void *context, int64_t number)
{
	changes_drop(context, number);
}

/* ---- The server of a change ---- */

void changed_server_free(struct changed_server *server)
{
	if (!server)
		return;
	if (server->instance)
		plugin_close(server->instance);
	settings_free(server->settings);
	free(server);
}

/* On the heap, since the instance borrows the host. */
int changed_server_open(struct plugins *plugins, const struct change *change,
			struct changed_server **ret_server, struct error *err)
{
	AUTO(changed_server) struct changed_server *server = XNEW(struct changed_server);
	AUTO(ini) struct ini *ini = NULL;
	const struct plugin_host *host = NULL;
	const struct plugin *plugin = NULL;
	const struct ini_section *options;

	server->settings = settings_clone(plugins->host.settings);
	if (ini_parse(change->options, strlen(change->options), "change", &ini, err) < 0 ||
	    plugins_find_row(plugins, change->plugin, &plugin, err) < 0 ||
	    plugins_host(plugins, &host, err) < 0)
		return err->code;
	options = ini_find_section(ini_root(ini), "options");
	if (options && settings_restore_plugin(server->settings, change->plugin, options, err) < 0)
		return err->code;
	server->host = *host;
	server->host.settings = server->settings;
	server->instance = plugin_instantiate(plugin, &server->host);
	*ret_server = STEAL(server);
	return 0;
}

bool changed_server_is_of(const struct change *change, const struct plugin_instance *instance)
{
	const char *plugin = instance->plugin->name;
	AUTO_FREE char *options = options_of(instance->host->settings, plugin);

	return strcmp(change->plugin, plugin) == 0 && str_eq_or_null(change->options, options);
}

/* ---- What `rollback` takes back ---- */

static void snapshot_file(struct server_snapshot *snapshot, const char *path, bool follows)
{
	AUTO(file_contents) struct file_contents contents = FILE_CONTENTS_INIT;
	struct file_state before;

	if (change_find_file(snapshot->change, path) ||
	    !read_state(path, follows, &before, &contents.bytes))
		return;
	changes_keep(snapshot->changes, &before,
		     span_make(contents.bytes.text, contents.bytes.len));
	change_add_file(snapshot->change, path, &before, &before);
}

/* As the newest change on record has left it; NULL: none has touched it. */
static const struct file_state *find_last_state(const struct change_list *list, const char *path)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct change_file *file = change_find_file(list->items[i], path);

		if (file && !list->items[i]->is_void)
			return &file->after;
	}
	return NULL;
}

/* Restoring a file takes back all that was done to it since, by whomever. The journal knows what
 * this program did; the rest is an administrator's work. */
static void find_edited(struct changes *changes, const struct change *present,
			struct strvec *ret_paths)
{
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (journal_read(changes_journal(changes), &list, &unreadable) < 0) {
		log_debug("%s", unreadable.text);
		return;
	}
	for (size_t i = 0; i < present->file_count; i++) {
		const struct change_file *file = &present->files[i];
		const struct file_state *last = find_last_state(&list, file->path);

		if (last && !file_state_same(last, &file->before))
			strvec_push(ret_paths, file->path);
	}
}

void server_snapshot_take(struct changes *changes, const char *work_dir, size_t count,
			  struct server_snapshot *ret_snapshot)
{
	AUTO(txn_history) struct txn_history list = TXN_HISTORY_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	*ret_snapshot = (struct server_snapshot){
		.changes = changes,
		.change = changes_begin(changes, "rolled back the server's configuration"),
		.edited = STRVEC_INIT,
	};
	if (!ret_snapshot->change || txn_list(work_dir, &list, &unreadable) < 0)
		return;
	for (size_t i = 0; i < list.count && i < count; i++) {
		const struct txn_checkpoint *item = &list.items[i];

		for (size_t j = 0; j < item->files.count; j++)
			snapshot_file(ret_snapshot, item->files.items[j], true);
		for (size_t j = 0; j < item->new_files.count; j++)
			snapshot_file(ret_snapshot, item->new_files.items[j], false);
	}
	find_edited(changes, ret_snapshot->change, &ret_snapshot->edited);
}

/* Certbot's rollback loses such edits as well, but keeps no copy of them. */
static void warn_of_edits(const struct strvec *edited, int64_t number)
{
	for (size_t i = 0; number && i < edited->count; i++)
		log_warning(
			"'%s' had been edited by hand since certbot changed it. It is now as it "
			"was before both; 'certbot undo %lld' brings the edited file back.",
			edited->items[i], (long long)number);
}

/* Files that came out as they were are left out. */
void server_snapshot_record(struct server_snapshot *snapshot, const char *plugin,
			    const struct settings *settings)
{
	struct change *change = STEAL(snapshot->change);
	size_t kept = 0;

	if (!change)
		return;
	for (size_t i = 0; i < change->file_count; i++) {
		struct change_file *file = &change->files[i];
		AUTO(file_contents) struct file_contents contents = FILE_CONTENTS_INIT;

		if (read_state(file->path, !file_state_is_link(&file->before), &file->after,
			       &contents.bytes) &&
		    !file_state_same(&file->before, &file->after))
			change->files[kept++] = *file;
		else
			free(file->path);
	}
	change->file_count = kept;
	change->plugin = xstrdup(plugin);
	change->options = options_of(settings, plugin);
	warn_of_edits(&snapshot->edited, changes_add(snapshot->changes, change));
}

void server_snapshot_release(struct server_snapshot *snapshot)
{
	strvec_release(&snapshot->edited);
	change_free(STEAL(snapshot->change));
}

/* ---- What recovery takes back ---- */

/* True when the file was, before the change, what the transaction keeps of it. */
static bool is_kept_as(const struct change_file *file, const struct txn_contents *contents)
{
	AUTO(file_contents) struct file_contents kept = FILE_CONTENTS_INIT;
	struct file_state copy;

	for (size_t i = 0; i < contents->saved.count; i++)
		if (strcmp(contents->saved.items[i], file->path) == 0)
			return read_state(contents->copies.items[i], true, &copy, &kept.bytes) &&
			       file_state_same(&copy, &file->before);
	return !file->before.mode && strvec_contains(&contents->created, file->path);
}

static bool is_change_of(const struct change *change, const struct txn_contents *contents)
{
	const struct strvec *commands = &change->undo_commands;

	if (commands->count != contents->undo_commands.count ||
	    commands->count + change->file_count == 0)
		return false;
	for (size_t i = 0; i < commands->count; i++)
		if (strcmp(commands->items[i], contents->undo_commands.items[i]) != 0)
			return false;
	for (size_t i = 0; i < change->file_count; i++)
		if (!is_kept_as(&change->files[i], contents))
			return false;
	return true;
}

/* Records come just before edits become final, so it is the newest one of a server or none. An undo
 * has its record elsewhere until its edits are final. */
static int64_t find_unfinished(const struct journal *journal, const struct txn_contents *contents)
{
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(change) struct change *undoing = journal_owed(journal);
	AUTO(error) struct error unreadable = ERROR_INIT;
	size_t i;

	if (undoing || journal_read(journal, &list, &unreadable) < 0)
		return 0;
	for (i = list.count; i-- > 0 && !list.items[i]->plugin;)
		;
	return i < list.count && !list.items[i]->is_void && is_change_of(list.items[i], contents)
		       ? list.items[i]->number
		       : 0;
}

enum server_recovery server_recovery_begin(struct changes *changes, const char *work_dir)
{
	AUTO(txn_contents) struct txn_contents contents;
	bool is_old = false;

	txn_contents_init(&contents);
	if (!changes || !txn_describe_unfinished(work_dir, &contents, &is_old))
		return SERVER_TAKES_BACK;
	if (is_old)
		return SERVER_ENDS_ROLLBACK;
	changes_drop(changes, find_unfinished(changes_journal(changes), &contents));
	return SERVER_TAKES_BACK;
}

/* The contents that were rolled back went with the checkpoint. */
void server_recovery_end(struct changes *changes, enum server_recovery recovery)
{
	if (recovery == SERVER_ENDS_ROLLBACK)
		changes_add_final(changes,
				  "it was interrupted, and what was rolled back is not kept",
				  "finished an interrupted rollback of the server's configuration");
}
