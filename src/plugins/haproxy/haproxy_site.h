/*
 * HAProxy as a kind of server. Internal to haproxy*.c.
 */
#ifndef PLUGINS_HAPROXY_HAPROXY_SITE_H
#define PLUGINS_HAPROXY_HAPROXY_SITE_H

#include "base/strvec.h"
#include "confedit/haproxy/haproxy_conf.h"
#include "net/responder/responder.h"
#include "webserver/webserver.h"

struct cert;

/* The plugin's own data, in webserver.own. */
struct haproxy_site {
	char *ctl;            /* the haproxy program */
	struct strvec config; /* values of -f */
	char *crt_dir;        /* NULL: as the configuration says */
	char *master_socket;  /* NULL: unknown */
	char *pid_file;       /* NULL: as the configuration says, else HAProxy's default */
	bool is_usual;        /* the machine's own instance: its usual places are looked at */
	int answers_port;     /* where a backend may expect us */
	struct responder *responder;
	size_t published; /* challenges that it answers */
	/* The running process has taken all renewed certificates over its socket. */
	bool is_current;
	/* In the model, the files of -f come first, this many, then those of `crt-list`. */
	size_t conf_count;
	/* Files of this run's deployments, which the running process may take over its socket. */
	struct strvec deployed;
	/* Something else was edited, too, which takes a reload. */
	bool has_edits;
};

extern const struct webserver_kind haproxy_kind;

static inline struct haproxy_site *haproxy_site_of(const struct webserver *server)
{
	return server->own;
}

/* The files of -f, read in their order. */
struct haproxy_confs {
	struct haproxy_conf *items;
	size_t count;
};

#define HAPROXY_CONFS_INIT                                                                         \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void haproxy_confs_release(struct haproxy_confs *confs);
DEFINE_AUTO(haproxy_confs, haproxy_confs_release);

/* Appends the files that -f leads to: those of a directory in their order. */
int haproxy_site_files(const struct webserver *server, struct strvec *ret_paths,
		       struct error *err) WARN_UNUSED;
/* Reads the model, which is loaded; borrows its bytes, so it is useless after an edit. */
void haproxy_site_read(const struct webserver *server, struct haproxy_confs *ret);
/* A global parameter's last value, borrowed, or NULL. */
const char *haproxy_confs_global(const struct haproxy_confs *confs, const char *keyword);

/* The path that a `crt` word leads to; the caller frees it. */
char *haproxy_crt_path(const struct haproxy_confs *confs, const char *word) WARN_UNUSED;
/* The directory of the files that we write; the caller frees it. */
char *haproxy_crt_dir(const struct webserver *server,
		      const struct haproxy_confs *confs) WARN_UNUSED;
/* Appends the directories of certificates that bind lines with TLS name, each once. */
void haproxy_bound_dirs(const struct haproxy_confs *confs, struct strvec *ret_dirs);
/* The file of a lineage; the caller frees it. */
char *haproxy_pem_path(const struct webserver *server, const struct haproxy_confs *confs,
		       const char *lineage) WARN_UNUSED;
/* Appends the files of a lineage: its own, then copies in that directory and in those that bind
 * lines name (haproxy_copies.c). */
void haproxy_pem_paths(const struct webserver *server, const struct haproxy_confs *confs,
		       const char *lineage, struct strvec *ret_paths);
/* Reads the first certificate of a file that may have a key, too. */
int haproxy_read_cert(const char *path, struct cert **ret_cert, struct error *err) WARN_UNUSED;
/* True when a bind line loads the file, by itself or with its directory. */
bool haproxy_bind_loads(const struct haproxy_confs *confs, const struct haproxy_line *line,
			const char *path);
/* Appends the paths of the directories and crt-lists by which bind lines load the file. */
void haproxy_lists_with(const struct haproxy_confs *confs, const char *path,
			struct strvec *ret_paths);
/* True when one of the paths leads to that file. */
bool haproxy_has_path(const struct strvec *paths, const char *path);

/* How the certificate in a file relates to a lineage's names. */
enum haproxy_overlap {
	HAPROXY_NO_OVERLAP,
	HAPROXY_SOME_OVERLAP, /* it is for further names, too */
	HAPROXY_SUPERSEDED,   /* the lineage's is for all of its names */
};
enum haproxy_overlap haproxy_overlap_of(const char *path, const struct strvec *names);

/* In haproxy_lists.c. The number in the model of the first `crt-list` of a bind line that can name
 * the file; false: there is none. */
bool haproxy_list_of_bind(const struct webserver *server, const struct haproxy_confs *confs,
			  const struct haproxy_line *line, const char *path, size_t *ret_index);
/* Adds the file to a list, in place of one that it supersedes. */
void haproxy_list_add(struct webserver *server, const struct haproxy_confs *confs, size_t index,
		      const char *path, const struct strvec *names);

/* kind.deploy, in haproxy_deploy.c. */
int haproxy_deploy(struct webserver *server, struct deploy_task *task, struct error *err);
/* kind.publish and kind.prove, in haproxy_answers.c. */
int haproxy_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
		    struct probes *ret_probes, struct error *err);
void haproxy_prove(struct webserver *server, const struct webserver_certificates *which,
		   struct probes *ret_probes);
/* authenticator.tend. */
int haproxy_tend(struct plugin_instance *instance, struct error *err);
/* authenticator.cleanup: also takes the answers out of our responder. */
int haproxy_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		    struct error *err);

/* In haproxy_process.c: kind.test, kind.reload and kind.is_running. */
int haproxy_test(struct webserver *server, struct error *err);
int haproxy_reload(struct webserver *server, struct error *err);
bool haproxy_is_running(struct webserver *server);

/* In haproxy_renewed.c: true when the running process has been given all that was deployed, and
 * need not be reloaded for it. */
bool haproxy_take_deployed(struct webserver *server);
/* installer.renewed, and installer.reload, which spares a reload that renewed() made needless. */
int haproxy_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err);
int haproxy_reload_or_prove(struct plugin_instance *instance, struct error *err);

#endif
