/*
 * Publishes challenges in the running nginx, and makes the requests that verify them.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/nginx/nginx_challenge.h"
#include "confedit/nginx/nginx_sni.h"
#include "os/file/file.h"
#include "plugins/nginx/nginx_site.h"
#include "webserver/challenge/challenges.h"
#include "webserver/challenge/sni_challenge.h"

/* Certbot's name for it, so that either program replaces the file that the other has left. */
#define INCLUDE_NAME "le_http_01_cert_challenge.conf"
#define SNI_INCLUDE_NAME "le_tls_sni_01_cert_challenge.conf"

static int publish_http(struct webserver *server, const struct plugin_task *tasks, size_t count,
			struct probes *ret_probes, struct error *err)
{
	AUTO_FREE char *include_path = path_join(webserver_config_dir(server), INCLUDE_NAME);
	/* A directory that does not exist: the answers come from "return", and anything else under
	 * that location must not serve files. */
	AUTO_FREE char *root_path = path_join(webserver_work_dir(server), "http_01_nonexistent");
	AUTO_FREE struct nginx_challenge *challenges = xcalloc(count + 1, sizeof(*challenges));
	AUTO(probes) struct probes sockets = PROBES_INIT;
	const struct nginx_socket_filter plain = {webserver_http_port(server), false};
	const struct nginx_challenge_plan plan = {
		.http_port = webserver_http_port(server),
		.https_port = webserver_https_port(server),
		.include_path = include_path,
		.root_path = root_path,
	};
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++)
		if (tasks[i].challenge->type == ACME_HTTP_01)
			challenges[chosen++] = (struct nginx_challenge){
				.name = tasks[i].challenge->identifier.value,
				.token = tasks[i].challenge->token,
				.key_authorization = tasks[i].challenge->key_authorization,
			};
	if (!chosen)
		return 0;
	if (nginx_publish_challenges(server->model, challenges, chosen, &plan, err) < 0)
		return err->code;
	nginx_site_sockets(server->model, &plain, &sockets);
	for (size_t i = 0; i < count; i++)
		if (tasks[i].challenge->type == ACME_HTTP_01)
			webserver_add_proofs(&sockets, tasks[i].challenge, ret_probes);
	return 0;
}

static int publish_sni(struct webserver *server, const struct sni_challenges *list,
		       struct probes *ret_probes, struct error *err)
{
	AUTO_FREE char *include_path = path_join(webserver_config_dir(server), SNI_INCLUDE_NAME);
	AUTO_FREE struct nginx_sni_challenge *challenges = xcalloc(list->count + 1,
								   sizeof(*challenges));
	AUTO(probes) struct probes sockets = PROBES_INIT;
	const struct nginx_socket_filter tls = {sni_challenges_port(server), true};
	const struct nginx_sni_plan plan = {
		.port = sni_challenges_port(server),
		.include_path = include_path,
		.options_path = nginx_site_of(server)->options_path,
	};

	for (size_t i = 0; i < list->count; i++)
		challenges[i] = (struct nginx_sni_challenge){list->items[i].server_name,
							     list->items[i].cert_path,
							     list->items[i].key_path};
	if (nginx_publish_sni(server->model, challenges, list->count, &plan, err) < 0)
		return err->code;
	nginx_site_sockets(server->model, &tls, &sockets);
	sni_challenges_add_proofs(list, &sockets, ret_probes);
	return 0;
}

int nginx_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err)
{
	AUTO(sni_challenges) struct sni_challenges list = SNI_CHALLENGES_INIT;

	if (sni_challenges_stage(server, tasks, count, &list, err) < 0 ||
	    publish_http(server, tasks, count, ret_probes, err) < 0)
		return err->code;
	return list.count ? publish_sni(server, &list, ret_probes, err) : 0;
}
