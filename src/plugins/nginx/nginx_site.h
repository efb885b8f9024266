/*
 * nginx as a kind of web server: chooses the server blocks for a certificate and edits the model
 * (confedit/nginx) accordingly.
 */
#ifndef PLUGINS_NGINX_NGINX_SITE_H
#define PLUGINS_NGINX_NGINX_SITE_H

#include "confedit/nginx/nginx_choose.h"
#include "plugins/nginx/nginx_program.h"
#include "webserver/webserver.h"

/* The plugin's own data, in webserver.own. */
struct nginx_site {
	struct nginx_program program;
	struct nginx_build build;
	char *pid_path; /* NULL: not known yet */
	/* It is relative to a directory that a wrapper of the program may set (-p). */
	bool pid_path_is_guessed;
	char *options_path, *dhparam_path;
	struct strbuf dump; /* of "nginx -T" at the start; empty once it has been compared */
	char *hostname;     /* for "$hostname" */
	struct nginx_source source;
};

extern const struct webserver_kind nginx_kind;

static inline struct nginx_site *nginx_site_of(const struct webserver *server)
{
	return server->own;
}

static inline struct nginx_ports nginx_site_ports(const struct webserver *server)
{
	return (struct nginx_ports){webserver_http_port(server), webserver_https_port(server)};
}

/* The kind's `deploy`. */
int nginx_site_deploy(struct webserver *server, struct deploy_task *task, struct error *err);
/* The kind's `enhance`. */
int nginx_site_enhance(struct webserver *server, enum enhancement what, struct deploy_task *task,
		       struct error *err);
/* Which sockets to consider. */
struct nginx_socket_filter {
	unsigned port;
	bool tls;
};
/* Adds a probe for each distinct socket of the http servers that passes the filter. */
void nginx_site_sockets(const struct nginx_model *model, const struct nginx_socket_filter *filter,
			struct probes *ret_sockets);
/* The kind's `publish`. */
int nginx_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err);
/* The kind's `prove`. */
void nginx_site_prove(struct webserver *server, const struct webserver_certificates *which,
		      struct probes *ret_probes);

/* --auto-hsts: sets the first value for a block. ERR_EXISTS when it has the header already. */
int nginx_autohsts_begin(struct webserver *server, size_t server_id, struct error *err) WARN_UNUSED;
/* --auto-hsts: takes the later steps as they become due; every `renew` calls this. */
int nginx_autohsts_update(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
			  const char **ret_title, struct error *err);

/* The http servers for a name in a certificate: those that nginx itself chooses, which may be one
 * for each of several sockets, or those that the user chooses for a wildcard. `ret_ids` must have
 * room for all servers of the model. Finding none is not an error. */
int nginx_site_choose(struct webserver *server, const char *name, size_t *ret_ids,
		      size_t *ret_count, struct error *err) WARN_UNUSED;

/* True when the servers have at least one name in common. */
bool nginx_site_share_a_name(const struct nginx_server *a, const struct nginx_server *b);

#endif
