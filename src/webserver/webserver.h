/*
 * What plugins for web servers have in common: they edit a configuration in memory, write it in one
 * transaction, test and reload once for a whole batch, and undo the edits when the server rejects
 * them.
 *
 * A plugin describes its server in a const struct webserver_kind, to which its row (struct
 * webserver_plugin) points. Most callbacks in its installer and authenticator rows are the
 * functions below, and the state of the instance is a struct webserver.
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

#include "base/map.h"
#include "os/file/file.h"
#include "plugin/plugin.h"
#include "txn/txn.h"
#include "webserver/probe.h"

struct autohsts;
struct webserver;

struct webserver_certificates {
	struct strvec paths; /* of the files with leaf and chain */
	struct strvec names; /* names served with them */
};

struct webserver_kind {
	const char *name; /* as a person writes it: "nginx" */
	/* Reads the configuration, through webserver_read(), into server->model (NULL before). */
	int (*load)(struct webserver *server, struct error *err);
	/* Frees server->model; NULL is fine. */
	void (*unload)(struct webserver *server);
	/* Appends the names that the model mentions. */
	void (*names)(const struct webserver *server, struct strvec *ret_names);
	/* Gives every file that the model's edits changed or made to webserver_stage(). */
	void (*stage)(struct webserver *server);
	/* Edits the model for one certificate. May ask which blocks to use. Need not undo its edits
	 * on error. */
	int (*deploy)(struct webserver *server, struct deploy_task *task, struct error *err);
	int (*enhance)(struct webserver *server, enum enhancement what, struct deploy_task *task,
		       struct error *err);
	/* Edits the model so that the server answers the challenges (all http-01), and adds the
	 * requests that prove it. */
	int (*publish)(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err);
	/* Adds connections to the TLS sockets and, as far as it is known, the leaf that the server
	 * must send for each name. `which` limits the leaves; NULL: all. */
	void (*prove)(struct webserver *server, const struct webserver_certificates *which,
		      struct probes *ret_probes);
	/* Tests whether the server would accept the configuration on disk. The error quotes the
	 * server. */
	int (*test)(struct webserver *server, struct error *err);
	/* Tells the running server to read its configuration. ERR_NOT_FOUND when it is not
	 * running. */
	int (*reload)(struct webserver *server, struct error *err);
	bool (*is_running)(struct webserver *server);
	/* Frees server->own. May be NULL. */
	void (*close)(struct webserver *server);
};

/* The row of such a plugin. */
struct webserver_plugin {
	struct plugin plugin; /* first, so that an instance leads here */
	const struct webserver_kind *kind;
	/* Makes server->own without looking at the system. That suffices to undo edits, because a
	 * broken configuration must not prevent its own repair. */
	void (*open)(struct webserver *server);
};

struct webserver_run; /* what this folder keeps of the run: webserver_parts.h */

struct webserver {
	const struct plugin_host *host;
	void *model; /* the kind's; NULL: not loaded */
	void *own;   /* what else the plugin keeps */
	char *root;  /* the server's directory; the plugin's open() sets it */
	/* How long the running server may take to adopt a new configuration: 10 s unless the plugin
	 * sets more. */
	int64_t proof_limit_ms;
	struct webserver_run *run;
};

/* For plugin.close: undoes unsaved edits, reloads if the server still answers challenges or
 * webserver_settle() took over a reload, and frees the state. */
void webserver_close(struct plugin_instance *instance);

/* The first step of plugin.prepare: locks the server's directory (Certbot's lock file) and undoes
 * what a crashed run left there. The plugin tests the configuration itself. ERR_BUSY names the
 * process that holds the lock. A host that only asks changes nothing here, nor in the next. */
int webserver_prepare(struct webserver *server, struct error *err) WARN_UNUSED;
/* The last step of plugin.prepare: takes over a reload that an earlier run did not get to. */
void webserver_settle(struct webserver *server);

/* Our configuration directory ("/etc/letsencrypt"), borrowed. */
const char *webserver_config_dir(const struct webserver *server);
/* Our work directory, borrowed. */
const char *webserver_work_dir(const struct webserver *server);
/* The value of --http-01-port. */
unsigned webserver_http_port(const struct webserver *server);
/* The value of --https-port. */
unsigned webserver_https_port(const struct webserver *server);

/* ---- For the kind's callbacks ---- */

/* Loads the model unless it is loaded already. */
int webserver_load(struct webserver *server, struct error *err) WARN_UNUSED;
/* Drops the model and staged edits; the next use reads the disk again. */
void webserver_forget(struct webserver *server);
/* Reads the disk again after something other than an edit changed the files. Staged edits are kept;
 * edits not yet staged are lost. */
int webserver_reread(struct webserver *server, struct error *err) WARN_UNUSED;
/* Appends the contents of the file as the edits so far have left it. */
int webserver_read(struct webserver *server, const char *path, struct strbuf *ret_bytes,
		   struct error *err) WARN_UNUSED;
/* True when the edits so far have created or kept a file with that path. */
bool webserver_has_file(const struct webserver *server, const char *path);

/* Notes that the server should send the task's certificate after its next reload. */
void webserver_expect(struct webserver *server, const struct deploy_task *task);
/* The first certificate in a file, for probes; the caller frees it. NULL when none can be read. */
char *webserver_leaf(const char *chain_path) WARN_UNUSED;

/* Appends the names in a directory, including files that edits create. */
int webserver_list(const struct webserver *server, const char *dir, struct strvec *ret_names,
		   struct error *err) WARN_UNUSED;
/* Appends the paths, sorted, that match a pattern of glob(3), including files that edits create. */
int webserver_glob(const struct webserver *server, const char *pattern, struct strvec *ret_paths,
		   struct error *err) WARN_UNUSED;
/* The path with symbolic links resolved, including links that edits create; the caller frees it.
 * For a file that does not exist yet, the links of its directory are resolved. */
char *webserver_real_path(const struct webserver *server, const char *path) WARN_UNUSED;

/* Stages the new contents of a file; nothing is written yet. An existing file keeps its owner, its
 * mode and the links to it; a new one gets 0644. */
void webserver_stage(struct webserver *server, const char *path, struct span bytes);
/* The same for a file that not everybody may read, such as one with a key or a password. A new one
 * has these attributes before it has contents; an existing one first loses the mode bits that are
 * not among them, and keeps its owner and group. */
void webserver_stage_secret(struct webserver *server, const char *path, struct span bytes,
			    const struct file_attributes *attributes);
/* The same as webserver_stage() for a symbolic link that does not exist yet. */
void webserver_stage_link(struct webserver *server, const char *path, const char *target);
/* Adds a line to the description of the checkpoint ("Changed vhost at ..."); dropped when the
 * current edit fails. */
void webserver_note(struct webserver *server, const char *format, ...) PRINTF_LIKE(2, 3);
/* Stages and writes the model's edits, for callbacks of a plugin other than deploy and enhance. On
 * error all unsaved edits are undone. */
int webserver_write(struct webserver *server, struct error *err) WARN_UNUSED;
/* Records the command that undoes a step outside the files (a2dismod). Call it before that step. */
int webserver_undo_by(struct webserver *server, enum txn_kind kind, const char *const *argv,
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
/* installer.rollback: undoes unsaved edits first, then `count` checkpoints. */
int webserver_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err);
/* installer.recover: undoes unsaved edits, including those of a crashed run. */
int webserver_recover(struct plugin_instance *instance, struct error *err);

/* authenticator.preference: http-01 only. */
size_t webserver_preference(struct plugin_instance *instance, const struct settings *settings,
			    const struct acme_identifier *identifier,
			    enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT]);
/* authenticator.present: edits, reloads once and waits until the server answers. If challenges make
 * the server reject its configuration, they are found by bisection and left out. */
int webserver_present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err);
/* authenticator.cleanup: restores the files. It leaves the reload to the installer if that is for
 * the same server, and to webserver_close() if nothing was installed after all. */
int webserver_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err);

#endif
