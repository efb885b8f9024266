/*
 * What plugins for web servers have in common: edits of a configuration held in memory, written in
 * one transaction, tested and reloaded once for a whole batch, undone when the server refuses them.
 *
 * A plugin describes its server by a const struct webserver_kind, which its row (struct
 * webserver_plugin) names; most callbacks of its installer and authenticator rows are the functions
 * below, and the instance's state is a struct webserver.
 *
 *	configuration on disk ──load──► model ──deploy, enhance, publish──► model
 *	        ▲                                                            │ stage
 *	        └───────────── transaction ◄── webserver_write() ◄───── staged files
 *
 * The model sees staged files instead of those on disk (webserver_read()). When an edit fails
 * half-way, the model is loaded again and shows what earlier edits left.
 */
#ifndef WEBSERVER_WEBSERVER_H
#define WEBSERVER_WEBSERVER_H

#include "base/map.h"
#include "plugin/plugin.h"
#include "txn/txn.h"
#include "webserver/probe.h"

struct autohsts;
struct webserver;

struct webserver_certificates {
	struct strvec paths; /* of the files with leaf and chain */
	struct strvec names; /* that are served with them */
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
	/* Edits the model for one certificate. May ask which blocks are meant. Needs not undo its
	 * edits after an error. */
	int (*deploy)(struct webserver *server, struct deploy_task *task, struct error *err);
	int (*enhance)(struct webserver *server, enum enhancement what, struct deploy_task *task,
		       struct error *err);
	/* Edits the model so that the server answers the challenges (all http-01), and lists the
	 * requests that prove it. */
	int (*publish)(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err);
	/* Adds connections to the TLS sockets, and for each name the leaf that must be shown, as
	 * far as that can be told. `which` limits the leaves; NULL: all. */
	void (*prove)(struct webserver *server, const struct webserver_certificates *which,
		      struct probes *ret_probes);
	/* Is the configuration on disk one that the server would take? The error is the server's
	 * own message. */
	int (*test)(struct webserver *server, struct error *err);
	/* Tells the running server to read its configuration. ERR_NOT_FOUND: it is not running. */
	int (*reload)(struct webserver *server, struct error *err);
	bool (*is_running)(struct webserver *server);
	/* Frees server->own. May be NULL. */
	void (*close)(struct webserver *server);
};

/* The row of such a plugin. */
struct webserver_plugin {
	struct plugin plugin; /* first, so that an instance leads here */
	const struct webserver_kind *kind;
	/* Makes server->own, without a look at the system: enough for undoing, because a broken
	 * configuration must not stop its own repair. */
	void (*open)(struct webserver *server);
};

struct webserver_run; /* what this folder keeps of the run: webserver_parts.h */

struct webserver {
	const struct plugin_host *host;
	void *model; /* the kind's; NULL: not loaded */
	void *own;   /* what else the plugin keeps */
	char *root;  /* the server's directory; the plugin's open() sets it */
	/* How long the running server may take to use a new configuration: 10 s unless the plugin
	 * sets more. */
	int64_t proof_limit_ms;
	struct webserver_run *run;
};

/* Undoes what is not saved. For plugin.close. */
void webserver_close(struct plugin_instance *instance);

/* The first steps of plugin.prepare: locks the server's directory (Certbot's lock file) and undoes
 * what a crashed run left there. Testing the configuration is the plugin's. ERR_BUSY names the
 * holder. */
int webserver_prepare(struct webserver *server, struct error *err) WARN_UNUSED;
/* Its last step: a reload that an earlier run was stopped before. */
void webserver_settle(struct webserver *server);

const char *webserver_config_dir(const struct webserver *server); /* "/etc/letsencrypt" */
const char *webserver_work_dir(const struct webserver *server);
unsigned webserver_http_port(const struct webserver *server);  /* --http-01-port */
unsigned webserver_https_port(const struct webserver *server); /* --https-port */

/*
 * For the kind's callbacks.
 */

/* Loads the model unless it is loaded. */
int webserver_load(struct webserver *server, struct error *err) WARN_UNUSED;
/* Forgets model and staged edits; the next use reads the disk again. */
void webserver_forget(struct webserver *server);
/* Reads the disk again, after a step that was taken outside the files. Staged edits stay, those
 * under way are lost. */
int webserver_reread(struct webserver *server, struct error *err) WARN_UNUSED;
/* Appends the file as the edits so far have left it. */
int webserver_read(struct webserver *server, const char *path, struct strbuf *ret_bytes,
		   struct error *err) WARN_UNUSED;
/* True when the edits so far made or kept a file there. */
bool webserver_has_file(const struct webserver *server, const char *path);

/* The server should show the task's certificate after its next reload. */
void webserver_expect(struct webserver *server, const struct deploy_task *task);
/* The first certificate of a file, for probes; heap, NULL: there is none to read. */
char *webserver_leaf(const char *chain_path) WARN_UNUSED;

/* Appends the names in a directory, those that edits make included. */
int webserver_list(const struct webserver *server, const char *dir, struct strvec *ret_names,
		   struct error *err) WARN_UNUSED;
/* The path without links, those that edits make included; heap. Of a file that is not there yet the
 * directory's links are followed. */
char *webserver_real_path(const struct webserver *server, const char *path) WARN_UNUSED;

/* Notes the new contents of a file; nothing is written yet. A file that exists keeps owner, mode
 * and links to it; a new one gets 0644. */
void webserver_stage(struct webserver *server, const char *path, struct span bytes);
/* Same for a symbolic link that does not exist yet. */
void webserver_stage_link(struct webserver *server, const char *path, const char *target);
/* Adds a line to what the checkpoint says about itself ("Changed vhost at ..."); dropped when the
 * edit that is under way fails. */
void webserver_note(struct webserver *server, const char *format, ...) PRINTF_LIKE(2, 3);
/* Stages and writes the model's edits, for a plugin's own callbacks that are neither deploy nor
 * enhance; on failure nothing unsaved stays. */
int webserver_write(struct webserver *server, struct error *err) WARN_UNUSED;
/* Notes the command that undoes a step outside the files (a2dismod), before it is taken. */
int webserver_undo_by(struct webserver *server, enum txn_kind kind, const char *const *argv,
		      struct error *err) WARN_UNUSED;

/*
 * For the plugin's rows.
 */

/* The instance's state; made at the first call, which does not touch the system. */
struct webserver *webserver_of(struct plugin_instance *instance);
int webserver_all_names(struct plugin_instance *instance, struct strvec *ret_names,
			struct error *err);
/* installer: deploy and enhance edit and write; a task that fails gets its error. */
int webserver_deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		     struct error *err);
int webserver_enhance(struct plugin_instance *instance, enum enhancement what,
		      struct deploy_task *tasks, size_t count, struct error *err);
int webserver_save(struct plugin_instance *instance, const char *title, bool *ret_is_saved,
		   struct error *err);
int webserver_config_test(struct plugin_instance *instance, struct error *err);
/* Nothing is tested twice. */
int webserver_reload(struct plugin_instance *instance, struct error *err);
int webserver_rollback(struct plugin_instance *instance, size_t count, size_t *ret_undone,
		       struct error *err);
int webserver_recover(struct plugin_instance *instance, struct error *err);

/* authenticator: http-01 only. present edits, reloads once and waits until the server answers; a
 * challenge that makes the server refuse its configuration is found by halving and left out.
 * cleanup puts the files back; it leaves the reload to the installer where that is the same server,
 * and to webserver_close() where nothing was installed after all. */
size_t webserver_preference(struct plugin_instance *instance, const struct settings *settings,
			    const struct acme_identifier *identifier,
			    enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT]);
int webserver_present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err);
int webserver_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		      struct error *err);

#endif
