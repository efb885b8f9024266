/*
 * nginx as a kind of web server: which blocks a certificate goes to, and the edits of the model
 * (confedit/nginx) that follow.
 */
#ifndef PLUGINS_NGINX_NGINX_SITE_H
#define PLUGINS_NGINX_NGINX_SITE_H

#include "confedit/nginx/nginx_choose.h"
#include "plugins/nginx/nginx_program.h"
#include "webserver/webserver.h"

/* What the plugin keeps in webserver.own. */
struct nginx_site {
	struct nginx_program program;
	struct nginx_build build;
	char *pid_path; /* NULL: not known yet */
	/* It is relative to a directory that a wrapper of the program may have set (-p). */
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

/* Certificate and enhancements, for the webserver's vtable. */
int nginx_site_deploy(struct webserver *server, struct deploy_task *task, struct error *err);
int nginx_site_enhance(struct webserver *server, enum enhancement what, struct deploy_task *task,
		       struct error *err);
/* Challenges and proofs. */
struct nginx_socket_filter {
	unsigned port;
	bool tls;
};
/* The address from which this machine reaches the socket (perhaps in `own`); NULL: it cannot, or
 * speaks another language there. */
const char *nginx_site_address(const struct nginx_listen *listen,
			       const struct nginx_socket_filter *filter, char own[static 64]);
/* The distinct sockets of all http servers that the filter lets through, as probes. */
void nginx_site_sockets(const struct nginx_model *model, const struct nginx_socket_filter *filter,
			struct probes *ret_sockets);
int nginx_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err);
void nginx_site_prove(struct webserver *server, const struct webserver_certificates *which,
		      struct probes *ret_probes);

/* --auto-hsts: the first value for a block (ERR_EXISTS: it has the header), and the later ones. */
int nginx_autohsts_begin(struct webserver *server, size_t server_id, struct error *err) WARN_UNUSED;
int nginx_autohsts_update(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
			  const char **ret_title, struct error *err);

/* The http servers that a certificate's name stands for, from the best match on: one, or several
 * for a wildcard; the person may be asked. `ret_ids` has room for all servers of the model. None is
 * no error. */
int nginx_site_choose(struct webserver *server, const char *name, const char *fullchain_path,
		      size_t *ret_ids, size_t *ret_count, struct error *err) WARN_UNUSED;

/* True when both servers have a name in common. */
bool nginx_site_share_a_name(const struct nginx_server *a, const struct nginx_server *b);

#endif
