/*
 * Challenges in the running httpd, and the requests that show that it has them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_challenge.h"
#include "confedit/apache/apache_listen.h"
#include "os/file.h"
#include "plugins/apache/apache_site.h"

#define PRE_NAME "le_http_01_challenge_pre.conf"
#define POST_NAME "le_http_01_challenge_post.conf"
#define TOKENS_NAME "http_challenges"
#define CHALLENGE_PATH "/.well-known/acme-challenge/"

/* The address from which this machine reaches a socket of that Listen; heap, or NULL. */
static char *reachable_address(const struct apache_address *listen)
{
	size_t len = strlen(listen->host);

	if (strcmp(listen->host, "*") == 0 || strcmp(listen->host, "0.0.0.0") == 0)
		return xstrdup("127.0.0.1");
	if (strcmp(listen->host, "[::]") == 0)
		return xstrdup("::1");
	if (listen->host[0] == '[' && len > 2)
		return xstrndup(listen->host + 1, len - 2);
	return ascii_is_digit(listen->host[0]) ? xstrdup(listen->host) : NULL;
}

/* "RemoteIPProxyProtocol On": the sockets want another protocol in front of HTTP. */
static bool wants_proxy_protocol(const struct apache_model *model)
{
	const struct apache_item *item = apache_items_find_last(apache_model_items(model),
								"RemoteIPProxyProtocol");

	return item && apache_item_argument(item, 0) &&
	       str_eq_nocase(apache_item_argument(item, 0), "on");
}

/* Adds the probe for every socket on the port. */
static void add_for_sockets(const struct apache_model *model, unsigned port,
			    const struct probe *probe, struct probes *ret_probes)
{
	AUTO_FREE char *text = xasprintf("%u", port);
	struct apache_address *listens;
	size_t count = apache_listen_addresses(model, &listens);

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *address = reachable_address(&listens[i]);
		struct probe one = *probe;

		if (address && strcmp(listens[i].port, text) == 0) {
			one.address = address;
			one.port = port;
			probes_add(ret_probes, &one);
		}
		apache_address_release(&listens[i]);
	}
	free(listens);
}

static void add_proof(struct webserver *server, const struct acme_challenge *challenge,
		      struct probes *ret_probes)
{
	AUTO_FREE char *path = xasprintf(CHALLENGE_PATH "%s", challenge->token);
	const struct probe probe = {
		.host = challenge->identifier.value,
		.path = path,
		.body = challenge->key_authorization,
		.proxy_protocol = wants_proxy_protocol(server->model),
	};

	add_for_sockets(server->model, webserver_http_port(server), &probe, ret_probes);
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

int apache_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
			struct probes *ret_probes, struct error *err)
{
	static const char *const modules[] = {"rewrite", "authz_core", NULL};
	const struct apache_site *site = apache_site_of(server);
	AUTO_FREE char *pre_path = path_join(site->challenge_location, PRE_NAME);
	AUTO_FREE char *post_path = path_join(site->challenge_location, POST_NAME);
	AUTO_FREE char *port = xasprintf("%u", webserver_http_port(server));
	AUTO_FREE char *tokens_dir = NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct apache_challenge_plan plan = {
		.http_port = port, .pre_path = pre_path, .post_path = post_path};

	if (apache_site_need_modules(server, TXN_TEMPORARY, modules, err) < 0 ||
	    make_tokens_dir(server, &tokens_dir, err) < 0 ||
	    apache_site_listen(server, webserver_http_port(server), false, err) < 0)
		return err->code;
	plan.tokens_dir = tokens_dir;
	for (size_t i = 0; i < count; i++)
		strvec_push_unique(&names, tasks[i].challenge->identifier.value);
	if (apache_publish_challenges(server->model, &names, &plan, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		stage_token(server, tokens_dir, tasks[i].challenge);
		add_proof(server, tasks[i].challenge, ret_probes);
	}
	return 0;
}

void apache_site_prove(struct webserver *server, struct probes *ret_probes)
{
	const struct probe connection = {.body = NULL};

	if (server->model)
		add_for_sockets(server->model, webserver_https_port(server), &connection,
				ret_probes);
}
