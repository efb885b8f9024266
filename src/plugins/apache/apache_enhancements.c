/*
 * Enhancements for the TLS hosts of a certificate's names.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/edit/apache_enhance.h"
#include "os/file/file.h"
#include "plugins/apache/apache_site.h"

/* Certbot's value. The cache is global, so it is added once, outside the hosts. */
#define STAPLING_CACHE "shmcb:/var/run/apache2/stapling_cache(128000)"

static const struct apache_header hsts = {
	.name = "Strict-Transport-Security",
	.value = "\"max-age=31536000\"",
	.mark = "Strict-Transport-Security",
};

static const struct apache_header uir = {
	.name = "Content-Security-Policy",
	.value = "upgrade-insecure-requests",
	.mark = "upgrade-insecure-requests",
};

/* The TLS hosts of all names, each once. The plain hosts of a name are left out: HSTS over HTTP is
 * ignored by browsers (RFC 6797 section 8.1). */
static int choose_all(struct webserver *server, const struct deploy_task *task,
		      struct apache_hosts *ret_hosts, struct error *err)
{
	for (size_t i = 0; i < task->names->count; i++) {
		AUTO(apache_hosts) struct apache_hosts hosts = APACHE_HOSTS_INIT;
		size_t before = ret_hosts->count;

		if (apache_site_choose(server, task->names->items[i], &hosts, err) < 0)
			return err->code;
		for (size_t j = 0; j < hosts.count; j++)
			if (apache_model_find(server->model, hosts.ids[j])->tls)
				apache_hosts_add(ret_hosts, hosts.ids[j]);
		if (ret_hosts->count == before && !before)
			return error_set(err, ERR_CONFIG,
					 "cannot find a virtual host of httpd with TLS for '%s'",
					 task->names->items[i]);
	}
	return 0;
}

static void say_present(const struct webserver *server, size_t id, const char *what)
{
	AUTO_FREE char *title = apache_vhost_title(apache_model_find(server->model, id));

	log_info("%s has %s already", title, what);
}

static int add_header(struct webserver *server, size_t id, const struct apache_header *header,
		      struct error *err)
{
	const struct apache_vhost *vhost = apache_model_find(server->model, id);
	AUTO_FREE char *path = xstrdup(vhost->file->path);
	bool done;

	if (apache_add_header(server->model, id, header, &done, err) < 0)
		return err->code;
	if (done)
		webserver_note(server, "Adding %s header to ssl vhost in %s", header->mark, path);
	else
		say_present(server, id, header->mark);
	return 0;
}

static int add_hsts(struct webserver *server, size_t id, struct error *err)
{
	return add_header(server, id, &hsts, err);
}

static int add_uir(struct webserver *server, size_t id, struct error *err)
{
	return add_header(server, id, &uir, err);
}

static int add_stapling(struct webserver *server, size_t id, struct error *err)
{
	AUTO_FREE char *path = xstrdup(apache_model_find(server->model, id)->file->path);
	bool done;

	if (apache_staple(server->model, id, STAPLING_CACHE, &done, err) < 0)
		return err->code;
	if (done)
		webserver_note(server, "OCSP Stapling was enabled on SSL Vhost: %s.", path);
	else
		say_present(server, id, "OCSP stapling");
	return 0;
}

static int add_redirect_host(struct webserver *server, size_t id, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	const struct apache_vhost *tls = apache_model_find(server->model, id);
	AUTO_FREE char *port = xasprintf("%u", webserver_http_port(server));
	AUTO_FREE char *path = tls->name ? xasprintf("%s/le-redirect-%s.conf", site->vhost_root,
						     tls->name)
					 : xasprintf("%s/le-redirect.conf", site->vhost_root);
	const struct apache_redirect_host host = {
		.path = path, .port = port, .logs_dir = site->logs_root};

	if (apache_add_redirect_host(server->model, id, &host, err) < 0)
		return err->code;
	webserver_note(server, "Created a port 80 vhost, %s, for redirection to ssl vhost %s", path,
		       apache_model_find(server->model, id)->file->path);
	return apache_site_enable(server, path, err);
}

/* Redirects the names of the TLS host in one plain host. The paths are copied first: an edit gives
 * the file a new model. */
static int redirect_in(struct webserver *server, size_t plain_id, size_t tls_id, struct error *err)
{
	AUTO_FREE char *plain_path =
		xstrdup(apache_model_find(server->model, plain_id)->file->path);
	AUTO_FREE char *tls_path = xstrdup(apache_model_find(server->model, tls_id)->file->path);
	enum apache_redirect_found found;

	if (apache_redirect(server->model, plain_id, tls_id, &found, err) < 0)
		return err->code;
	if (found == APACHE_REDIRECT_PRESENT) {
		say_present(server, tls_id, "a redirect");
		return 0;
	}
	if (found == APACHE_REDIRECT_BESIDES)
		log_warning("Added an HTTP->HTTPS rewrite in addition to other RewriteRules; you "
			    "may wish to check for overall consistency.");
	webserver_note(server, "Redirecting host in %s to ssl vhost in %s", plain_path, tls_path);
	return 0;
}

/* No plain host belongs to the TLS host, but others have its addresses: a host of ours might become
 * the first of them, which gets all requests that match no name. So the redirect, which is for the
 * names of the TLS host only, goes into those that answer for them. */
static int redirect_where_answered(struct webserver *server, size_t id, struct error *err)
{
	const struct apache_vhost *tls = apache_model_find(server->model, id);
	AUTO_FREE char *port = xasprintf("%u", webserver_http_port(server));
	AUTO(apache_choice) struct apache_choice answering = APACHE_CHOICE_INIT;
	AUTO(apache_hosts) struct apache_hosts plain = APACHE_HOSTS_INIT;

	if (tls->name)
		apache_choose_answering(server->model, tls->name, port, &answering);
	for (size_t i = 0; i < tls->aliases.count; i++)
		apache_choose_answering(server->model, tls->aliases.items[i], port, &answering);
	for (size_t i = 0; i < answering.count; i++)
		if (!answering.items[i]->tls)
			apache_hosts_add(&plain, answering.items[i]->id);
	for (size_t i = 0; i < plain.count; i++)
		if (redirect_in(server, plain.ids[i], id, err) < 0)
			return err->code;
	return 0;
}

/* In the plain host if there is one, else in a host of its own. */
static int add_redirect(struct webserver *server, size_t id, struct error *err)
{
	const struct apache_vhost *tls = apache_model_find(server->model, id);
	const struct apache_vhost *plain = apache_choose_counterpart(server->model, tls);
	AUTO_FREE char *port = xasprintf("%u", webserver_http_port(server));
	AUTO_FREE char *https_port = xasprintf("%u", webserver_https_port(server));

	if (!apache_vhost_has_port(tls, https_port)) {
		AUTO_FREE char *title = apache_vhost_title(tls);

		log_warning("Requests for the names of %s are not redirected: it does not serve "
			    "them on port %s (--https-port)",
			    title, https_port);
		return 0;
	}
	if (plain)
		return redirect_in(server, plain->id, id, err);
	if (apache_has_conflict(server->model, tls, port))
		return redirect_where_answered(server, id, err);
	return add_redirect_host(server, id, err);
}

/* The needs of each enhancement and its function for one host; the last one is for all hosts at
 * once. */
static const struct {
	const char *modules[2];
	int (*run)(struct webserver *server, size_t id, struct error *err);
} rows[] = {
	[ENHANCE_REDIRECT] = {{"rewrite", NULL}, add_redirect},
	[ENHANCE_HSTS] = {{"headers", NULL}, add_hsts},
	[ENHANCE_UIR] = {{"headers", NULL}, add_uir},
	[ENHANCE_STAPLE] = {{"socache_shmcb", NULL}, add_stapling},
	[ENHANCE_AUTO_HSTS] = {{"headers", NULL}, NULL},
};
STATIC_ASSERT(ARRAY_LEN(rows) == ENHANCEMENT__COUNT, "every enhancement has a row");

int apache_site_enhance(struct webserver *server, enum enhancement what, struct deploy_task *task,
			struct error *err)
{
	AUTO(apache_hosts) struct apache_hosts hosts = APACHE_HOSTS_INIT;

	if (apache_site_need_modules(server, TXN_PERMANENT, rows[what].modules, err) < 0 ||
	    choose_all(server, task, &hosts, err) < 0)
		return err->code;
	if (!rows[what].run)
		return apache_autohsts_begin(server, &hosts, err);
	for (size_t i = 0; i < hosts.count; i++)
		if (rows[what].run(server, hosts.ids[i], err) < 0)
			return err->code;
	return 0;
}
