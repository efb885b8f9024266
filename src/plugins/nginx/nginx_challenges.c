/*
 * Publishes challenges in the running nginx, and makes the requests that verify them.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/nginx/nginx_challenge.h"
#include "os/file/file.h"
#include "plugins/nginx/nginx_site.h"
#include "webserver/challenges.h"

/* Certbot's name, so that either program replaces the file that the other has left. */
#define INCLUDE_NAME "le_http_01_cert_challenge.conf"

int nginx_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
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

	for (size_t i = 0; i < count; i++)
		challenges[i] = (struct nginx_challenge){
			.name = tasks[i].challenge->identifier.value,
			.token = tasks[i].challenge->token,
			.key_authorization = tasks[i].challenge->key_authorization,
		};
	if (nginx_publish_challenges(server->model, challenges, count, &plan, err) < 0)
		return err->code;
	nginx_site_sockets(server->model, &plain, &sockets);
	for (size_t i = 0; i < count; i++)
		webserver_add_proofs(&sockets, tasks[i].challenge, ret_probes);
	return 0;
}
