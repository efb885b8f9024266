/*
 * Publishes challenges in the running httpd, and makes the requests that verify them.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/apache/edit/apache_challenge.h"
#include "os/file/file.h"
#include "plugins/apache/apache_site.h"
#include "webserver/challenge/challenges.h"
#include "webserver/challenge/sni_challenge.h"

#define PRE_NAME "le_http_01_challenge_pre.conf"
#define POST_NAME "le_http_01_challenge_post.conf"
#define TOKENS_NAME "http_challenges"
#define SNI_NAME "le_tls_sni_01_cert_challenge.conf"

static void add_proof(struct webserver *server, const struct acme_challenge *challenge,
		      struct probes *ret_probes)
{
	AUTO_FREE char *path = xasprintf(CHALLENGE_PATH "%s", challenge->token);
	const struct probe probe = {
		.host = challenge->identifier.value,
		.path = path,
		.body = challenge->key_authorization,
		.proxy_protocol = apache_site_wants_proxy_protocol(server->model),
	};

	apache_site_add_probes(server->model, webserver_http_port(server), &probe, ret_probes);
}

static void stage_token(struct webserver *server, const char *tokens_dir,
			const struct acme_challenge *challenge)
{
	AUTO_FREE char *path = path_join(tokens_dir, challenge->token);

	webserver_stage(server, path, span_of(challenge->key_authorization));
}

/* The directory of tokens, made readable for the server's user; links in its path are followed
 * now, so that the server need not be allowed to follow them. */
static int make_tokens_dir(struct webserver *server, char **ret_dir, struct error *err)
{
	AUTO_FREE char *dir = path_join(webserver_work_dir(server), TOKENS_NAME);

	if (dir_make(dir, 0755, err) < 0)
		return error_wrap(err, "cannot make the directory of challenges");
	*ret_dir = webserver_real_path(server, dir);
	return 0;
}

static void list_http_names(const struct plugin_task *tasks, size_t count, struct strvec *ret_names)
{
	for (size_t i = 0; i < count; i++)
		if (tasks[i].challenge->type == ACME_HTTP_01)
			strvec_push_unique(ret_names, tasks[i].challenge->identifier.value);
}

/* Two files, as in Certbot: the rules at the start of each host come before the user's own, the
 * access rights after them, where nothing overrides them. */
static int publish_http(struct webserver *server, const struct plugin_task *tasks, size_t count,
			struct probes *ret_probes, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	AUTO_FREE char *pre_path = path_join(site->challenge_location, PRE_NAME);
	AUTO_FREE char *post_path = path_join(site->challenge_location, POST_NAME);
	AUTO_FREE char *port = xasprintf("%u", webserver_http_port(server));
	AUTO_FREE char *tokens_dir = NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct apache_challenge_plan plan = {
		.http_port = port, .pre_path = pre_path, .post_path = post_path};

	list_http_names(tasks, count, &names);
	if (!names.count)
		return 0;
	if (make_tokens_dir(server, &tokens_dir, err) < 0 ||
	    apache_site_listen(server, webserver_http_port(server), false, err) < 0)
		return err->code;
	plan.tokens_dir = tokens_dir;
	if (apache_publish_challenges(server->model, &names, &plan, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (tasks[i].challenge->type != ACME_HTTP_01)
			continue;
		stage_token(server, tokens_dir, tasks[i].challenge);
		add_proof(server, tasks[i].challenge, ret_probes);
	}
	return 0;
}

/* The sockets of the port, for looks at what they show. */
static void list_tls_sockets(const struct webserver *server, unsigned port,
			     struct probes *ret_sockets)
{
	const struct probe socket = {
		.proxy_protocol = apache_site_wants_proxy_protocol(server->model)};

	apache_site_add_probes(server->model, port, &socket, ret_sockets);
}

static int publish_sni(struct webserver *server, const struct sni_challenges *list,
		       struct probes *ret_probes, struct error *err)
{
	const struct apache_site *site = apache_site_of(server);
	unsigned port = sni_challenges_port(server);
	AUTO_FREE char *port_text = xasprintf("%u", port);
	AUTO_FREE char *include_path = path_join(site->challenge_location, SNI_NAME);
	AUTO_FREE struct apache_sni_challenge *challenges = xcalloc(list->count + 1,
								    sizeof(*challenges));
	AUTO(probes) struct probes sockets = PROBES_INIT;
	struct apache_sni_plan plan = {.port = port_text, .include_path = include_path};

	if (apache_site_install_options(server, err) < 0 ||
	    apache_site_listen(server, port, true, err) < 0)
		return err->code;
	plan.options_path = site->options_path;
	for (size_t i = 0; i < list->count; i++)
		challenges[i] = (struct apache_sni_challenge){list->items[i].server_name,
							      list->items[i].cert_path,
							      list->items[i].key_path};
	if (apache_publish_sni(server->model, challenges, list->count, &plan, err) < 0)
		return err->code;
	list_tls_sockets(server, port, &sockets);
	sni_challenges_add_proofs(list, &sockets, ret_probes);
	return 0;
}

int apache_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
			struct probes *ret_probes, struct error *err)
{
	static const char *const http_modules[] = {"rewrite", "authz_core", NULL};
	static const char *const sni_modules[] = {"ssl", "authz_core", NULL};
	AUTO(sni_challenges) struct sni_challenges list = SNI_CHALLENGES_INIT;

	if (sni_challenges_stage(server, tasks, count, &list, err) < 0)
		return err->code;
	/* Before edits, since these read the model again. */
	if (list.count < count &&
	    apache_site_need_modules(server, TXN_TEMPORARY, http_modules, err) < 0)
		return err->code;
	if (list.count && apache_site_need_modules(server, TXN_TEMPORARY, sni_modules, err) < 0)
		return err->code;
	if (publish_http(server, tasks, count, ret_probes, err) < 0)
		return err->code;
	return list.count ? publish_sni(server, &list, ret_probes, err) : 0;
}
