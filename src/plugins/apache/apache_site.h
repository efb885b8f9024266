/*
 * httpd as a kind of web server: chooses the virtual hosts for a certificate and edits the model
 * (confedit/apache) accordingly.
 */
#ifndef PLUGINS_APACHE_APACHE_SITE_H
#define PLUGINS_APACHE_APACHE_SITE_H

#include "confedit/apache/apache_dump.h"
#include "confedit/apache/apache_model.h"
#include "plugins/apache/apache_os.h"
#include "plugins/apache/apache_program.h"
#include "webserver/webserver.h"

/* The plugin's own data, in webserver.own. */
struct apache_site {
	const struct apache_os *os;
	char *server_root, *vhost_root, *logs_root, *challenge_location;
	char *twin_suffix;    /* "-le-ssl.conf" */
	char *enmod, *dismod; /* NULL: we cannot enable modules */
	char *binary;         /* NULL: none named */
	bool is_vhost_root_given;
	bool links_sites; /* sites are enabled by links */
	struct apache_program_paths program;
	char *version;
	char *main_path;         /* of the main file */
	char *options_path;      /* of the TLS options; NULL: not installed yet */
	struct apache_dump dump; /* made at the start */
	bool is_compared;        /* the model agreed with the dump */
	struct map environment;
	struct strvec defines; /* of httpd's command line */
	struct strvec more_paths;
	struct apache_source source;
	struct apache_program seen; /* what the model knows about the program */
	struct map chosen;          /* name → struct apache_hosts */
};

/* Ids of virtual hosts. */
struct apache_hosts {
	size_t *ids;
	size_t count, capacity;
};

#define APACHE_HOSTS_INIT                                                                          \
	{                                                                                          \
		.ids = NULL                                                                        \
	}
void apache_hosts_release(struct apache_hosts *hosts);
DEFINE_AUTO(apache_hosts, apache_hosts_release);
/* Adds the id unless the list has it already. */
void apache_hosts_add(struct apache_hosts *hosts, size_t id);

extern const struct webserver_kind apache_kind;

static inline struct apache_site *apache_site_of(const struct webserver *server)
{
	return server->own;
}

/* The kind's `deploy`. */
int apache_site_deploy(struct webserver *server, struct deploy_task *task, struct error *err);
/* The kind's `enhance`. */
int apache_site_enhance(struct webserver *server, enum enhancement what, struct deploy_task *task,
			struct error *err);
/* The kind's `publish`. */
int apache_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
			struct probes *ret_probes, struct error *err);
/* True with "RemoteIPProxyProtocol On": the sockets expect a PROXY header before HTTP. */
bool apache_site_wants_proxy_protocol(const struct apache_model *model);
/* Adds the probe for each socket with that port that this machine can reach. */
void apache_site_add_probes(const struct apache_model *model, unsigned port,
			    const struct probe *probe, struct probes *ret_probes);
/* The kind's `prove`. */
void apache_site_prove(struct webserver *server, const struct webserver_certificates *which,
		       struct probes *ret_probes);

/* Adds the virtual hosts for a name in a certificate: one, or several for a wildcard. The user may
 * be asked, once per run. ERR_CONFIG when there is none and nobody can be asked. */
int apache_site_choose(struct webserver *server, const char *name, struct apache_hosts *ret_hosts,
		       struct error *err) WARN_UNUSED;
/* Makes apache_site_choose() return these hosts for the name from now on. */
void apache_site_remember(struct webserver *server, const char *name,
			  const struct apache_hosts *hosts);

/* Makes sure that httpd has the modules ("ssl", "headers"), using the distribution's program. Reads
 * the model again, so call it before edits. ERR_CONFIG when there is no such program; the text says
 * what to load. */
int apache_site_need_modules(struct webserver *server, enum txn_kind kind, const char *const *names,
			     struct error *err) WARN_UNUSED;
/* Installs the TLS options file. */
int apache_site_install_options(struct webserver *server, struct error *err) WARN_UNUSED;
/* Makes httpd read a file of the model that it does not read yet. */
int apache_site_enable(struct webserver *server, const char *path, struct error *err) WARN_UNUSED;
/* Makes httpd listen on the port. */
int apache_site_listen(struct webserver *server, unsigned port, bool https,
		       struct error *err) WARN_UNUSED;

/* --auto-hsts: takes the first step for these hosts. */
int apache_autohsts_begin(struct webserver *server, const struct apache_hosts *hosts,
			  struct error *err) WARN_UNUSED;
/* --auto-hsts: takes the later steps as they become due; every `renew` calls this. */
int apache_autohsts_update(struct plugin_instance *instance, struct deploy_task *tasks,
			   size_t count, const char **ret_title, struct error *err);

#endif
