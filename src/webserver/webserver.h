/*
 * What plugins for web servers have in common: they edit a configuration in memory, write it in one
 * transaction, test and reload once for a whole batch, and undo the edits when the server rejects
 * them.
 *
 * A plugin describes its server in a const struct webserver_kind, to which its row (struct
 * webserver_plugin) points (server.h). Most callbacks in its installer and authenticator rows are
 * the functions below and those of challenges.h, and the state of the instance is a struct
 * webserver. Callbacks read and stage files by the functions of staging.h.
 *
 *	configuration on disk ──load──► model ──deploy, enhance, publish──► model
 *	▲                                                            │ stage
 *	└───────────── transaction ◄── webserver_write() ◄───── staged files
 *
 * The model sees staged files instead of those on disk (webserver_read()). When an edit fails
 * halfway, the model is loaded again, with the results of earlier edits.
 */
#ifndef WEBSERVER_WEBSERVER_H
#define WEBSERVER_WEBSERVER_H

#include "plugin/plugin.h"
#include "webserver/owed.h"
#include "webserver/proof.h"
#include "webserver/server.h"
#include "webserver/staging.h"

/* For plugin.close: undoes unsaved edits, reloads if the server still answers challenges or
 * webserver_settle() took over a reload, and frees the state. */
void webserver_close(struct plugin_instance *instance);

/* The first step of plugin.prepare: locks the server's directory (Certbot's lock file) and undoes
 * what a crashed run left there. The plugin tests the configuration itself. ERR_BUSY names the
 * process that holds the lock. A host that only asks changes nothing here, nor in the last step,
 * webserver_settle(). */
int webserver_prepare(struct webserver *server, struct error *err) WARN_UNUSED;

/* Stages and writes the model's edits, for callbacks of a plugin other than deploy and enhance. On
 * error all unsaved edits are undone. */
int webserver_write(struct webserver *server, struct error *err) WARN_UNUSED;

/* ERR_CONFIG when the configuration cannot name that file (kind->can_hold). */
int webserver_check_path(const struct webserver *server, const char *path,
			 struct error *err) WARN_UNUSED;

/* ---- For the plugin's rows ---- */

/* The instance's state, borrowed. The first call makes it, without touching the system. */
struct webserver *webserver_of(struct plugin_instance *instance);
/* installer.all_names: loads the model and appends its names. */
int webserver_all_names(struct plugin_instance *instance, struct strvec *ret_names,
			struct error *err);
/* installer.deploy: edits and writes; a task that fails gets its error. */
int webserver_deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		     struct error *err);
/* installer.check: refuses a place of live/ that the configuration could not name. */
int webserver_check_live(struct plugin_instance *instance, const struct settings *settings,
			 struct error *err);
/* installer.enhance: the same for an enhancement. */
int webserver_enhance(struct plugin_instance *instance, enum enhancement what,
		      struct deploy_task *tasks, size_t count, struct error *err);
/* installer.save: commits the edits as a checkpoint, and writes the auto-hsts entries. */
int webserver_save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		   struct error *err);
/* installer.config_test: tests the files, unless nothing was written since the last test. */
int webserver_config_test(struct plugin_instance *instance, struct error *err);
/* installer.reload: reloads and waits for the proof. Only warns when the server is not running. */
int webserver_reload(struct plugin_instance *instance, struct error *err);
/* The same, but reloads only a server that has not read all that was written or undone. */
int webserver_reload_if_owed(struct plugin_instance *instance, struct error *err);
/* installer.prove: what the kind knows of a running server. */
int webserver_prove(struct plugin_instance *instance, const struct deploy_task *tasks, size_t count,
		    struct probes *ret_probes, int64_t *ret_limit_ms, struct error *err);
/* installer.rollback: undoes unsaved edits first, then `count` checkpoints. */
int webserver_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err);
/* installer.recover: undoes unsaved edits, including those of a crashed run. */
int webserver_recover(struct plugin_instance *instance, struct error *err);

/* ---- Used by webserver/ only ---- */

/* Tests the files if they need it. */
int webserver_test(struct webserver *server, struct error *err) WARN_UNUSED;
/* Reloads the server without waiting for proof. Only warns when it is not running. */
int webserver_reload_now(struct webserver *server, struct error *err) WARN_UNUSED;

#endif
