/*
 * HSTS with a lifetime that grows step by step (--auto-hsts), for server blocks;
 * webserver/autohsts.h has the steps. A block is identified by its file and names, so it needs no
 * mark in the configuration.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/nginx/nginx_enhance.h"
#include "crypto/digest.h"
#include "plugins/nginx/nginx_site.h"
#include "webserver/autohsts.h"

#define PLUGIN "nginx"
/* Hex digits, as many as Certbot's ids have. */
#define ID_LEN 32

/* Certbot's plugin for Apache marks a host by a comment. Without one the configuration stays as the
 * user wrote it; a block whose names change starts over. */
static char *id_of(const struct nginx_server *server)
{
	AUTO_FREE char *names = strvec_join(&server->names, " ");
	AUTO_FREE char *text = xasprintf("%s %s", server->file->path, names);
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;

	digest_hex(DIGEST_SHA256, text, strlen(text), &hex);
	strbuf_truncate(&hex, ID_LEN);
	return strbuf_detach(&hex);
}

/* The TLS block with that id, or NULL. */
static const struct nginx_server *find_block(const struct nginx_model *model, const char *id)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);
		AUTO_FREE char *own = id_of(server);

		if (server->kind == NGINX_SERVER_HTTP && server->tls && strcmp(own, id) == 0)
			return server;
	}
	return NULL;
}

/* By the header, and not by the entry alone: `undo` and `rollback` take the header away and leave
 * the entry. */
static bool is_under_way(const struct webserver *server, const struct autohsts *autohsts,
			 const char *id)
{
	const struct nginx_server *block = find_block(server->model, id);

	return block && autohsts_has(autohsts, id) && nginx_header_value(block, NGINX_HSTS_HEADER);
}

/* A second run does not start at the first step again. */
int nginx_autohsts_begin(struct webserver *server, size_t server_id, struct error *err)
{
	AUTO_FREE char *value = xasprintf("max-age=%d", AUTOHSTS_FIRST_AGE);
	AUTO_FREE char *id = id_of(nginx_model_find(server->model, server_id));
	AUTO(autohsts) struct autohsts autohsts = AUTOHSTS_INIT;

	if (autohsts_read(server, PLUGIN, &autohsts, err) < 0)
		return err->code;
	if (is_under_way(server, &autohsts, id))
		return 0;
	if (nginx_add_header(server->model, server_id, NGINX_HSTS_HEADER, value, err) < 0)
		return err->code;
	autohsts_begin(server, &autohsts, id);
	return autohsts_write(&autohsts, err);
}

static bool find_block_keys(struct webserver *server, const char *id, struct strvec *ret_keys)
{
	const struct nginx_server *block = find_block(server->model, id);

	if (!block || !nginx_header_value(block, NGINX_HSTS_HEADER))
		return false;
	strvec_extend(ret_keys, &block->keys);
	return true;
}

static int change_age(struct webserver *server, const char *id, int age, struct error *err)
{
	AUTO_FREE char *value = xasprintf("max-age=%d", age);

	return nginx_change_header(server->model, find_block(server->model, id)->id,
				   NGINX_HSTS_HEADER, value, err);
}

int nginx_autohsts_update(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
			  const char **ret_title, struct error *err)
{
	static const struct autohsts_kind kind = {PLUGIN, "server block", find_block_keys,
						  change_age};

	return autohsts_update(instance, &kind, tasks, count, ret_title, err);
}
