/*
 * A web server as its plugin describes it, and the state of an instance: what the files of
 * webserver/ and the plugin's callbacks share (webserver.h has the whole picture).
 */
#ifndef WEBSERVER_SERVER_H
#define WEBSERVER_SERVER_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "plugin/plugin.h"
#include "webserver/probe.h"

struct webserver;

struct webserver_certificates {
	struct strvec paths; /* of the files with leaf and chain */
	struct strvec names; /* names served with them */
	/* Of lineages with two keys: those of the paths above, and the files of the second keys,
	 * which only some kinds of servers show. */
	struct strvec firsts, seconds;
};

#define WEBSERVER_CERTIFICATES_INIT                                                                \
	{                                                                                          \
		.paths = STRVEC_INIT, .names = STRVEC_INIT, .firsts = STRVEC_INIT,                 \
		.seconds = STRVEC_INIT                                                             \
	}

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
	/* Edits the model so that the server answers the challenges, and adds the requests that
	 * prove it. Without edits, there is no reload. */
	int (*publish)(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err);
	/* Adds connections to the TLS sockets and, as far as it is known, the leaf that the server
	 * must send for each name. `which` limits the leaves; NULL: all. */
	void (*prove)(struct webserver *server, const struct webserver_certificates *which,
		      struct probes *ret_probes);
	/* False when a file with that path cannot be named in the configuration, whatever is done
	 * to quote it. NULL: every file can. */
	bool (*can_hold)(const char *path);
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

struct webserver_run; /* what this folder keeps of the run: server_parts.h */

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

/* Our configuration directory ("/etc/letsencrypt"), borrowed. */
const char *webserver_config_dir(const struct webserver *server);
/* Our work directory, borrowed. */
const char *webserver_work_dir(const struct webserver *server);
/* The value of --http-01-port. */
unsigned webserver_http_port(const struct webserver *server);
/* The value of --https-port. */
unsigned webserver_https_port(const struct webserver *server);

/* Loads the model unless it is loaded already. */
int webserver_load(struct webserver *server, struct error *err) WARN_UNUSED;
/* Drops the model and staged edits; the next use reads the disk again. */
void webserver_forget(struct webserver *server);
/* Reads the disk again after something other than an edit changed the files. Staged edits are kept;
 * edits not yet staged are lost. */
int webserver_reread(struct webserver *server, struct error *err) WARN_UNUSED;
/* Adds a line to the description of the checkpoint ("Changed vhost at ..."); dropped when the
 * current edit fails. */
void webserver_note(struct webserver *server, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
