/*
 * Installs certificates and enhancements in the server blocks of their names.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "confedit/nginx/nginx_deploy.h"
#include "confedit/nginx/nginx_enhance.h"
#include "plugins/nginx/nginx_site.h"
#include "webserver/looks.h"

/* "80, [::]:80" as it appears in the notes of a checkpoint. */
static char *describe_sockets(const struct nginx_server *server)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < server->listen_count; i++) {
		strbuf_adds(&text, i ? ", " : "");
		nginx_listen_add_address(&server->listens[i], server->listens[i].port, &text);
	}
	return strbuf_detach(&text);
}

/* A file that cannot be read has no kind, so it is not replaced by mistake. */
static enum key_kind kind_of(const char *chain_path)
{
	AUTO_FREE char *leaf = webserver_leaf(chain_path);

	return shown_leaf_kind(leaf);
}

/* The certificate of a block that the new one replaces: the one with the same type of key, because
 * nginx uses the last one of each type. */
static size_t find_replaced(const struct webserver *server, const struct nginx_server *block,
			    const char *fullchain_path)
{
	enum key_kind wanted = kind_of(fullchain_path);
	size_t found = block->certificates.count;

	while (found > 1) {
		const char *name = block->certificates.items[--found];
		AUTO_FREE char *path = name[0] == '/' ? xstrdup(name)
						      : path_join(server->root, name);

		if (kind_of(path) == wanted)
			return found;
	}
	return 0;
}

/* The certificates of second keys in the block that the task does not have, any more or yet: their
 * types have changed, or there is one key again. */
static int drop_others(struct webserver *server, size_t id, const struct deploy_task *task,
		       struct error *err)
{
	AUTO_FREE char *prefix = task->live_dir ? path_join(task->live_dir, "fullchain-") : NULL;
	const struct nginx_server *block = nginx_model_find(server->model, id);
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	strvec_extend(&paths, &block->certificates);
	for (size_t i = 0; prefix && i < paths.count; i++)
		if (str_starts(paths.items[i], prefix) &&
		    !str_eq_or_null(paths.items[i], task->second_fullchain_path) &&
		    nginx_drop_certificate(server->model, id, paths.items[i], err) < 0)
			return err->code;
	return 0;
}

/* In the place of another of its type of key, or after those that are there. */
static int deploy_second(struct webserver *server, size_t id, const struct deploy_task *task,
			 struct nginx_deployment *deployment, struct error *err)
{
	const struct nginx_server *block = nginx_model_find(server->model, id);
	enum key_kind wanted = kind_of(task->second_fullchain_path);
	size_t at = block->certificates.count;

	/* nginx 1.11.0 takes several. */
	if (!nginx_version_reaches(&nginx_site_of(server)->build.version, 1, 11, 0))
		return 0;
	deployment->fullchain_path = task->second_fullchain_path;
	deployment->key_path = task->second_key_path;
	deployment->is_further = true;
	while (at-- > 0 && deployment->is_further) {
		const char *name = block->certificates.items[at];
		AUTO_FREE char *path = name[0] == '/' ? xstrdup(name)
						      : path_join(server->root, name);

		deployment->replaced = at;
		deployment->is_further = str_eq_or_null(name, task->fullchain_path) ||
					 kind_of(path) != wanted;
	}
	webserver_note(server, "\tssl_certificate %s\n\tssl_certificate_key %s",
		       task->second_fullchain_path, task->second_key_path);
	return nginx_deploy(server->model, id, deployment, err);
}

/* The notes of the checkpoint are in the words of Certbot. */
static int deploy_to(struct webserver *server, size_t id, const char *name,
		     struct deploy_task *task, struct error *err)
{
	const struct nginx_site *site = nginx_site_of(server);
	const struct nginx_server *block = nginx_model_find(server->model, id);
	AUTO_FREE char *sockets = describe_sockets(block);
	AUTO_FREE char *place = xasprintf("%s to %s", name, block->file->path);
	struct nginx_deployment deployment = {
		.http_port = webserver_http_port(server),
		.https_port = webserver_https_port(server),
		.fullchain_path = task->fullchain_path,
		.key_path = task->key_path,
		.options_path = site->options_path,
		.dhparam_path = site->dhparam_path,
		.has_http2_directive = nginx_version_reaches(&site->build.version, 1, 25, 1),
	};

	webserver_note(server,
		       "Changed vhost at %s with addresses of %s\n\tssl_certificate %s\n"
		       "\tssl_certificate_key %s",
		       block->file->path, sockets, task->fullchain_path, task->key_path);
	strvec_push_unique(&task->places, place);
	if (drop_others(server, id, task, err) < 0)
		return err->code;
	block = nginx_model_find(server->model, id);
	deployment.replaced = find_replaced(server, block, task->fullchain_path);
	if (nginx_deploy(server->model, id, &deployment, err) < 0)
		return err->code;
	return task->second_fullchain_path ? deploy_second(server, id, task, &deployment, err) : 0;
}

/* Blocks that were chosen for names, before the first of them is edited: an edit gives a block TLS,
 * and the choice for the next name must not depend on that. */
struct target {
	size_t id;
	const char *name;
};

struct targets {
	struct target *items;
	size_t count, capacity;
};

static void targets_release(struct targets *targets)
{
	free(targets->items);
}
DEFINE_AUTO(targets, targets_release);

/* A name that no block has goes on the list of missing ones. */
static int choose_targets(struct webserver *server, const struct deploy_task *task,
			  struct targets *targets, struct strvec *missing, struct error *err)
{
	AUTO_FREE size_t *ids = xcalloc(nginx_model_server_count(server->model) + 1, sizeof(*ids));

	for (size_t i = 0; i < task->names->count; i++) {
		const char *name = task->names->items[i];
		size_t count = 0;

		if (nginx_site_choose(server, name, ids, &count, err) < 0)
			return err->code;
		if (!count)
			strvec_push(missing, name);
		for (size_t j = 0; j < count; j++) {
			ARRAY_GROW(targets->items, targets->count, targets->capacity);
			targets->items[targets->count++] = (struct target){ids[j], name};
		}
	}
	return 0;
}

/* Names that no block has get a copy of the default server. Certbot does so, too: for a name that
 * falls to the default server anyway, a copy with its own certificate changes nothing else. A
 * wildcard has no single block that would serve it. */
static int deploy_missing(struct webserver *server, const struct strvec *missing,
			  struct deploy_task *task, struct error *err)
{
	const struct nginx_server *fallback = nginx_find_default(
		server->model, webserver_https_port(server), NGINX_DEFAULT_ON_ANY_PORT);
	size_t id;

	if (!fallback || strchr(missing->items[0], '*')) {
		error_set(err, ERR_CONFIG,
			  "cannot find a server block of nginx for '%s' to deploy the certificate "
			  "to",
			  missing->items[0]);
		return error_hint(err,
				  "add the name to 'server_name' of the block that is to serve it, "
				  "then run 'certbot install'");
	}
	if (nginx_duplicate_server(server->model, fallback->id, missing, &id, err) < 0)
		return err->code;
	for (size_t i = 0; i < missing->count; i++)
		if (deploy_to(server, id, missing->items[i], task, err) < 0)
			return err->code;
	return 0;
}

/* True when TLS clients find a block for the name where a redirect would lead them. A redirect to a
 * port where nobody answers would take the site off the net. */
static bool is_served_by_tls(struct webserver *server, const char *name)
{
	const struct nginx_ports ports = nginx_site_ports(server);
	AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (nginx_rank_servers(server->model, name, NGINX_SOCKETS_TLS, &ports, &found, &ignored) <
	    0)
		return true; /* by an expression that only nginx understands */
	return found.count > 0;
}

/* True when nginx itself passes the port's connections on ("stream"), to whichever port. */
static bool is_passed_on(const struct nginx_model *model, unsigned port)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);

		for (size_t j = 0; server->kind == NGINX_SERVER_OTHER && j < server->listen_count;
		     j++)
			if (nginx_listen_has_port(&server->listens[j], port))
				return true;
	}
	return false;
}

/* Warns about names whose certificate is on a port that no browser uses. Only a warning: something
 * in front may forward the port. */
static void tell_other_ports(struct webserver *server, const struct strvec *names)
{
	unsigned port = webserver_https_port(server);

	for (size_t i = 0; i < names->count && !is_passed_on(server->model, port); i++)
		if (names->items[i][0] != '*' && !is_served_by_tls(server, names->items[i]))
			log_warning("No server block of nginx serves %s by TLS on port %u "
				    "(--https-port): its certificate is on other ports only",
				    names->items[i], port);
}

/* Without fullchain nginx would send the certificate alone, and most clients could not verify
 * it. */
int nginx_site_deploy(struct webserver *server, struct deploy_task *task, struct error *err)
{
	AUTO(strvec) struct strvec missing = STRVEC_INIT;
	AUTO(targets) struct targets targets = {.items = NULL};

	if (!task->fullchain_path)
		return error_set(err, ERR_CONFIG,
				 "The nginx plugin currently requires --fullchain-path to install "
				 "a certificate.");
	if (choose_targets(server, task, &targets, &missing, err) < 0)
		return err->code;
	for (size_t i = 0; i < targets.count; i++)
		if (deploy_to(server, targets.items[i].id, targets.items[i].name, task, err) < 0)
			return err->code;
	if (missing.count && deploy_missing(server, &missing, task, err) < 0)
		return err->code;
	tell_other_ports(server, task->names);
	return 0;
}

/* The blocks of the task's names, each once. */
static int choose_all(struct webserver *server, const struct deploy_task *task, size_t *ret_ids,
		      size_t *ret_count, struct error *err)
{
	size_t capacity = nginx_model_server_count(server->model) + 1;
	AUTO_FREE size_t *ids = xcalloc(capacity, sizeof(*ids));
	AUTO_FREE bool *seen = xcalloc(capacity, sizeof(*seen));

	*ret_count = 0;
	for (size_t i = 0; i < task->names->count; i++) {
		size_t count = 0;

		if (nginx_site_choose(server, task->names->items[i], ids, &count, err) < 0)
			return err->code;
		for (size_t j = 0; j < count; j++) {
			size_t at = 0;

			while (at < *ret_count && ret_ids[at] != ids[j])
				at++;
			if (at == *ret_count)
				ret_ids[(*ret_count)++] = ids[j];
		}
	}
	return 0;
}

/* One edit of one block. ERR_EXISTS: it has that already. */
typedef int enhance_fn(struct webserver *server, size_t id, const struct deploy_task *task,
		       struct error *err);

static int add_hsts(struct webserver *server, size_t id, const struct deploy_task *task,
		    struct error *err)
{
	return nginx_add_header(server->model, id, NGINX_HSTS_HEADER, NGINX_HSTS_VALUE, err);
}

static int add_uir(struct webserver *server, size_t id, const struct deploy_task *task,
		   struct error *err)
{
	return nginx_add_header(server->model, id, NGINX_UIR_HEADER, NGINX_UIR_VALUE, err);
}

static int add_stapling(struct webserver *server, size_t id, const struct deploy_task *task,
			struct error *err)
{
	if (!task->chain_path)
		return error_set(err, ERR_CONFIG,
				 "--chain-path is required to enable OCSP stapling on nginx");
	if (!nginx_version_reaches(&nginx_site_of(server)->build.version, 1, 3, 7))
		return error_set(err, ERR_PLUGIN,
				 "nginx 1.3.7 or later is required to enable OCSP stapling");
	return nginx_staple(server->model, id, task->chain_path, err);
}

static int add_auto_hsts(struct webserver *server, size_t id, const struct deploy_task *task,
			 struct error *err)
{
	return nginx_autohsts_begin(server, id, err);
}

/* An enhancement that exists already is not an error: scripts repeat them. */
static int enhance_blocks(struct webserver *server, enhance_fn *enhance,
			  const struct deploy_task *task, struct error *err)
{
	AUTO_FREE size_t *ids = xcalloc(nginx_model_server_count(server->model) + 1, sizeof(*ids));
	size_t count = 0;

	if (choose_all(server, task, ids, &count, err) < 0)
		return err->code;
	if (!count)
		return error_set(err, ERR_CONFIG, "cannot find a server block of nginx for '%s'",
				 task->names->items[0]);
	for (size_t i = 0; i < count; i++) {
		const struct nginx_server *block = nginx_model_find(server->model, ids[i]);
		AUTO_FREE char *title = nginx_server_title(block);

		if (enhance(server, ids[i], task, err) == ERR_EXISTS) {
			log_info("%s: %s", title, err->text);
			error_release(err);
		}
		if (error_is_set(err))
			return err->code;
		webserver_note(server, "Enhanced %s", title);
	}
	return 0;
}

/* The names of the task that one plain block answers for. */
struct redirect {
	size_t id;
	struct strvec names;
};

struct redirects {
	struct redirect *items;
	size_t count, capacity;
};

static void redirects_release(struct redirects *redirects)
{
	for (size_t i = 0; i < redirects->count; i++)
		strvec_release(&redirects->items[i].names);
	free(redirects->items);
}
DEFINE_AUTO(redirects, redirects_release);

static void add_redirect(struct redirects *redirects, size_t id, const char *name)
{
	size_t at = 0;

	while (at < redirects->count && redirects->items[at].id != id)
		at++;
	if (at == redirects->count) {
		ARRAY_GROW(redirects->items, redirects->count, redirects->capacity);
		redirects->items[redirects->count++] = (struct redirect){.id = id,
									 .names = STRVEC_INIT};
	}
	strvec_push_unique(&redirects->items[at].names, name);
}

/* The plain blocks of a chosen one: itself, or those of its names that HSTS has split from it. HSTS
 * splits a block in two, one per protocol, and both have the names. */
static void add_plain_twins(struct webserver *server, const struct nginx_server *chosen,
			    const char *name, struct redirects *redirects)
{
	for (size_t i = 0; i < nginx_model_server_count(server->model); i++) {
		const struct nginx_server *block = nginx_model_server(server->model, i);

		if (block->kind == NGINX_SERVER_HTTP &&
		    nginx_server_has_socket(block, NGINX_SOCKETS_PLAIN,
					    webserver_http_port(server)) &&
		    (block == chosen || nginx_site_share_a_name(block, chosen)))
			add_redirect(redirects, block->id, name);
	}
}

/* For each plain socket the block that nginx chooses there. */
static void add_served(struct nginx_candidates *found, unsigned port, const char *name,
		       struct redirects *redirects)
{
	nginx_keep_served(found, NGINX_SOCKETS_PLAIN, port);
	for (size_t i = 0; i < found->count; i++)
		add_redirect(redirects, found->items[i].server->id, name);
}

static void tell_no_tls(const char *name, unsigned port)
{
	log_warning("Requests for %s are not redirected: no server block of nginx serves it by TLS "
		    "on port %u (--https-port)",
		    name, port);
}

/* A wildcard is redirected in the plain blocks that were chosen for it. */
static int gather_wildcard(struct webserver *server, const char *name, struct redirects *redirects,
			   struct error *err)
{
	AUTO_FREE size_t *ids = xcalloc(nginx_model_server_count(server->model) + 1, sizeof(*ids));
	unsigned port = webserver_https_port(server);
	size_t count = 0;

	if (nginx_site_choose(server, name, ids, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const struct nginx_server *chosen = nginx_model_find(server->model, ids[i]);

		if (nginx_server_has_socket(chosen, NGINX_SOCKETS_TLS, port))
			add_plain_twins(server, chosen, name, redirects);
		else
			tell_no_tls(name, port);
	}
	return 0;
}

static int gather_redirect(struct webserver *server, const char *name, struct redirects *redirects,
			   struct error *err)
{
	AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;
	const struct nginx_ports ports = nginx_site_ports(server);

	if (name[0] == '*')
		return gather_wildcard(server, name, redirects, err);
	if (nginx_rank_servers(server->model, name, NGINX_SOCKETS_PLAIN, &ports, &found, err) < 0)
		return err->code;
	if (!found.count)
		log_info("No server block of nginx for %s listens on port %u without TLS, so there "
			 "is nothing to redirect",
			 name, ports.http);
	else if (!is_served_by_tls(server, name))
		tell_no_tls(name, ports.https);
	else
		add_served(&found, ports.http, name, redirects);
	return 0;
}

/* One edit per block, with all of its names: a redirect for one of them must not send the others
 * elsewhere. */
static int redirect(struct webserver *server, const struct deploy_task *task, struct error *err)
{
	AUTO(redirects) struct redirects redirects = {.items = NULL};

	for (size_t i = 0; i < task->names->count; i++)
		if (gather_redirect(server, task->names->items[i], &redirects, err) < 0)
			return err->code;
	for (size_t i = 0; i < redirects.count; i++) {
		const struct redirect *one = &redirects.items[i];
		AUTO_FREE char *title =
			nginx_server_title(nginx_model_find(server->model, one->id));

		if (nginx_redirect(server->model, one->id, &one->names, err) < 0)
			return err->code;
		webserver_note(server, "Redirected plain requests of %s", title);
	}
	return 0;
}

int nginx_site_enhance(struct webserver *server, enum enhancement what, struct deploy_task *task,
		       struct error *err)
{
	static enhance_fn *const rows[ENHANCEMENT__COUNT] = {
		[ENHANCE_HSTS] = add_hsts,
		[ENHANCE_UIR] = add_uir,
		[ENHANCE_STAPLE] = add_stapling,
		[ENHANCE_AUTO_HSTS] = add_auto_hsts,
	};

	if (what == ENHANCE_REDIRECT)
		return redirect(server, task, err);
	return enhance_blocks(server, rows[what], task, err);
}
