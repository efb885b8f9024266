/*
 * The life cycle of a web server plugin, and its installer side (see webserver.h).
 *
 * Edits go through three stages: the plugin changes its model, the changed files are staged in
 * memory, and a transaction writes them. Only the last step touches the disk, so an edit that fails
 * half-way is simply dropped.
 */
#include "webserver/webserver.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "crypto/key/key.h"
#include "os/file/lock.h"
#include "webserver/autohsts_file.h"
#include "webserver/server_parts.h"

/* Far more than most reloads take; a server with thousands of certificates needs seconds. */
#define PROOF_LIMIT_MS (10 * 1000)

/* The row is the larger struct, of which the registry only knows the first member. */
static struct webserver *new_server(const struct plugin_instance *instance)
{
	const struct webserver_plugin *row = (const struct webserver_plugin *)instance->plugin;
	struct webserver *server = XNEW(struct webserver);
	struct webserver_run *run = XNEW(struct webserver_run);

	run->plugin = &row->plugin;
	run->kind = row->kind;
	server->run = run;
	server->host = instance->host;
	server->proof_limit_ms = PROOF_LIMIT_MS;
	server->run->chosen = (struct map)MAP_INIT(free);
	server->run->expected = (struct webserver_certificates)WEBSERVER_CERTIFICATES_INIT;
	strvec_init(&server->run->shown);
	strvec_init(&server->run->lineages);
	staging_init(server);
	row->open(server);
	return server;
}

/* Made when it is first asked for, because recovery and listing use an instance without
 * `prepare`. */
struct webserver *webserver_of(struct plugin_instance *instance)
{
	if (!instance->state)
		instance->state = new_server(instance);
	return instance->state;
}

void webserver_close(struct plugin_instance *instance)
{
	struct webserver *server = STEAL(instance->state);
	AUTO(error) struct error err = ERROR_INIT;

	if (!server)
		return;
	/* Freeing an open transaction undoes it. */
	txn_free(STEAL(server->run->temporary));
	txn_free(STEAL(server->run->permanent));
	/* The files are as they were, but the running server has not read them. */
	if ((owed_has_withdrawal(server) || owed_has_inherited(server)) &&
	    webserver_reload_now(server, &err) < 0)
		log_warning("cannot reload %s with its restored configuration: %s",
			    server->run->kind->name, err.text);
	owed_drop_note(server);
	webserver_forget(server);
	autohsts_forget(server);
	proof_forget(server);
	strvec_release(&server->run->shown);
	strvec_release(&server->run->lineages);
	if (server->run->kind->close)
		server->run->kind->close(server);
	staging_release(server);
	map_release(&server->run->chosen);
	free(server->run->active);
	key_free(server->run->sni_key);
	free(server->run);
	free(server->root);
	free(server);
}

/* Instances with other ports or programs may share the directory, so the lock is the run's. Certbot
 * locks the same directory with the same kind of lock, so the two programs keep each other out. */
static int lock_server_root(struct map *locks, const char *server_root, struct error *err)
{
	/* Two spellings of a directory must be one lock: those of fcntl(2) do not keep out the
	 * process that has them, and all are lost when one is released. */
	AUTO_FREE char *real = realpath(server_root, NULL);
	const char *key = real ? real : server_root;
	struct lock *lock = NULL;

	if (map_contains(locks, key))
		return 0;
	if (lock_acquire(key, &lock, NULL, err) < 0)
		return err->code;
	map_set(locks, key, lock);
	return 0;
}

int webserver_prepare(struct webserver *server, struct error *err)
{
	if (server->host->asks_only)
		return 0;
	/* The lock comes before the recovery: a transaction that is open may belong to a running
	 * certbot, and only the lock tells that from a crash. */
	if (lock_server_root(server->host->locks, server->root, err) < 0)
		return error_wrap(err, "cannot lock the configuration of %s",
				  server->run->kind->name);
	return txn_recover(webserver_work_dir(server), err);
}

/* Undoes what was written and not saved. The model goes first: it shows the files as edited. */
static int undo_unsaved(struct webserver *server, struct error *err)
{
	AUTO(txn) struct txn *txn = STEAL(server->run->permanent);

	webserver_forget(server);
	autohsts_forget(server);
	strvec_release(&server->run->lineages);
	if (txn && txn_abort(txn, err) < 0)
		return err->code;
	owed_drop_note(server);
	return 0;
}

/* Writes what the edits left. On failure nothing of it stays. The proof is owed, not given: several
 * edits are written before one reload. */
static int write_edits(struct webserver *server, struct error *err)
{
	AUTO(error) struct error undo_error = ERROR_INIT;

	if (staging_write(server, TXN_PERMANENT, err) == 0) {
		owed_add_proof(server);
		return 0;
	}
	if (undo_unsaved(server, &undo_error) < 0)
		error_hint(err, "%s", undo_error.text);
	return err->code;
}

int webserver_write(struct webserver *server, struct error *err)
{
	webserver_keep_edits(server);
	return write_edits(server, err);
}

int webserver_all_names(struct plugin_instance *instance, struct strvec *ret_names,
			struct error *err)
{
	struct webserver *server = webserver_of(instance);

	if (webserver_load(server, err) < 0)
		return err->code;
	server->run->kind->names(server, ret_names);
	return 0;
}

/* For the record of what these edits are about. */
static void add_lineage(struct webserver *server, const struct deploy_task *task)
{
	if (task->lineage)
		strvec_push_unique(&server->run->lineages, task->lineage);
}

/* The error of a task is its own; only the model or the disk can fail the batch. */
int webserver_deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		     struct error *err)
{
	struct webserver *server = webserver_of(instance);

	for (size_t i = 0; i < count; i++) {
		if (webserver_load(server, err) < 0)
			return err->code;
		if (server->run->kind->deploy(server, &tasks[i], &tasks[i].error) < 0) {
			/* The model is half edited. What earlier tasks staged stays. */
			webserver_drop_edits(server);
			continue;
		}
		webserver_keep_edits(server);
		add_lineage(server, &tasks[i]);
		proof_expect(server, &tasks[i]);
	}
	return write_edits(server, err);
}

int webserver_check_path(const struct webserver *server, const char *path, struct error *err)
{
	const struct webserver_kind *kind = server->run->kind;

	if (!kind->can_hold || kind->can_hold(path))
		return 0;
	error_set(err, ERR_CONFIG,
		  "the path '%s' has characters that the configuration of %s cannot hold", path,
		  kind->name);
	return error_hint(err, "letters, digits, '.', '_', '-' and '/' are safe: give the "
			       "certificate another name with --cert-name, or its files another "
			       "place with --config-dir");
}

/* A name that is made of the certificate's own names is safe; what else is in the path is known
 * before the CA is asked. */
int webserver_check_live(struct plugin_instance *instance, const struct settings *settings,
			 struct error *err)
{
	const struct webserver *server = webserver_of(instance);
	const char *name = settings_string(settings, "certname");
	AUTO_FREE char *live = path_join(webserver_config_dir(server), "live");
	AUTO_FREE char *path = path_join(live, name ? name : "");

	return webserver_check_path(server, path, err);
}

/* Unlike a deployment, all or none: an enhancement is one checkpoint, which a person asked for as a
 * whole. */
int webserver_enhance(struct plugin_instance *instance, enum enhancement what,
		      struct deploy_task *tasks, size_t count, struct error *err)
{
	struct webserver *server = webserver_of(instance);

	for (size_t i = 0; i < count; i++) {
		if (webserver_load(server, err) < 0)
			return err->code;
		if (server->run->kind->enhance(server, what, &tasks[i], err) < 0) {
			webserver_drop_edits(server);
			return err->code;
		}
		webserver_keep_edits(server);
		add_lineage(server, &tasks[i]);
	}
	return write_edits(server, err);
}

/* On record before it is final: a run that is killed in between leaves a record of edits that the
 * next run takes back, and no edit without a record. */
static int commit_edits(struct webserver *server, const char *title, struct error *err)
{
	const struct plugin_host *host = server->host;
	AUTO(txn_contents) struct txn_contents contents;
	const struct plugin_edits edits = {
		.plugin = server->run->plugin->name,
		.title = title,
		.settings = host->settings,
		.lineages = &server->run->lineages,
		.saved = &contents.saved,
		.copies = &contents.copies,
		.created = &contents.created,
		.undo_commands = &contents.undo_commands,
	};
	int64_t number = 0;

	txn_contents_init(&contents);
	txn_describe(server->run->permanent, &contents);
	if (host->note_edits)
		number = host->note_edits(host->changes, &edits);
	if (txn_commit(server->run->permanent, title, host->clock, err) < 0 && number)
		host->drop_edits(host->changes, number);
	strvec_release(&server->run->lineages);
	return err->code;
}

int webserver_save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		   struct error *err)
{
	struct webserver *server = webserver_of(instance);

	/* An installation that found everything in place leaves no checkpoint, which `rollback`
	 * would count although it undoes nothing. */
	*ret_is_saved = server->run->permanent && txn_has_changes(server->run->permanent);
	if (*ret_is_saved && commit_edits(server, title, err) < 0)
		return err->code;
	if (*ret_is_saved)
		owed_add_reload(server);
	/* After the commit: an entry ahead of the files would skip a step for good. */
	return autohsts_save(server, err);
}

/* Only if something was written since the last test. A test takes nginx seconds when it has
 * thousands of certificates. */
int webserver_test(struct webserver *server, struct error *err)
{
	if (!owed_has_test(server))
		return 0;
	if (server->run->kind->test(server, err) < 0)
		return err->code;
	owed_drop_test(server);
	return 0;
}

int webserver_config_test(struct plugin_instance *instance, struct error *err)
{
	return webserver_test(webserver_of(instance), err);
}

/* ERR_NOT_FOUND: there is no process to be told. */
int webserver_reload_now(struct webserver *server, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (server->run->kind->reload(server, &failure) < 0) {
		/* A server that is stopped reads its files when it starts. */
		if (failure.code != ERR_NOT_FOUND)
			return error_move(err, &failure);
		log_warning("%s is not running: it will use its new configuration when it is "
			    "started (%s)",
			    server->run->kind->name, failure.text);
		owed_drop_proof(server);
		proof_forget(server);
	}
	owed_reloaded(server);
	return 0;
}

int webserver_reload(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);

	if (webserver_reload_now(server, err) < 0)
		return err->code;
	return proof_await(server, err);
}

/* An installation that found everything in place reloads nothing, but still proves it. */
int webserver_reload_if_owed(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);

	return owed_has_reload(server) ? webserver_reload(instance, err) : proof_await(server, err);
}

int webserver_prove(struct plugin_instance *instance, const struct deploy_task *tasks, size_t count,
		    struct probes *ret_probes, int64_t *ret_limit_ms, struct error *err)
{
	struct webserver *server = webserver_of(instance);

	if (!server->run->kind->is_running(server))
		return 0;
	proof_gather(server, tasks, count, ret_probes);
	if (*ret_limit_ms < server->proof_limit_ms)
		*ret_limit_ms = server->proof_limit_ms;
	return 0;
}

/* Recovery also takes back what a crashed run of another plugin has left. */
int webserver_recover(struct plugin_instance *instance, struct error *err)
{
	struct webserver *server = webserver_of(instance);

	owed_drop_proof(server);
	if (undo_unsaved(server, err) < 0)
		return err->code;
	return txn_recover(webserver_work_dir(server), err);
}

int webserver_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err)
{
	struct webserver *server = webserver_of(instance);

	if (webserver_recover(instance, err) < 0)
		return err->code;
	/* Before the files change: afterwards nothing tells which certificates must be gone. */
	proof_note_old(server);
	if (owed_note(server, err) < 0)
		return err->code;
	(void)!txn_rollback(webserver_work_dir(server), count, ret_undone, err);
	if (*ret_undone)
		owed_add_reload(server); /* the caller pays, also for those before a failure */
	else if (!error_is_set(err))
		webserver_settle(server);
	return err->code;
}
