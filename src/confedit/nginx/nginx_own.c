/*
 * Servers of our own (see nginx_own.h).
 */
#include "confedit/nginx/nginx_own.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_edit.h"
#include "confedit/nginx/nginx_lex.h"

/* Certbot's value. nginx's default is the size of a cache line, often 64, and a long name in a
 * server of ours would keep it from starting. */
enum { HASH_BUCKET_SIZE = 128 };

static bool is_own_socket(const struct nginx_listen *listen,
			  const struct nginx_own_sockets *sockets)
{
	return listen->tls == sockets->tls && !(listen->flags & NGINX_LISTEN_QUIC) &&
	       nginx_listen_has_port(listen, sockets->port);
}

bool nginx_own_has_socket(const struct nginx_model *model, const struct nginx_own_sockets *sockets)
{
	for (size_t i = 0; i < model->server_count; i++) {
		const struct nginx_server *server = &model->servers[i];

		for (size_t j = 0; server->kind == NGINX_SERVER_HTTP && j < server->listen_count;
		     j++)
			if (is_own_socket(&server->listens[j], sockets))
				return true;
	}
	return false;
}

static bool listens_on(const struct nginx_server *server, const struct nginx_listen *socket)
{
	for (size_t i = 0; i < server->listen_count; i++)
		if (nginx_listen_same_socket(&server->listens[i], socket))
			return true;
	return false;
}

static bool is_covered(const struct nginx_candidates *candidates, const struct nginx_listen *socket)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (listens_on(candidates->items[i].server, socket))
			return true;
	return false;
}

static const char *option_of(const struct nginx_own_sockets *sockets)
{
	return sockets->tls ? " ssl" : "";
}

static void add_listen(const struct nginx_own_sockets *sockets, struct nginx_listen socket,
		       const struct nginx_candidates *candidates, struct strbuf *lines)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	socket.port = socket.last_port = sockets->port;
	strbuf_adds(&line, "\tlisten ");
	nginx_listen_add_address(&socket, socket.port, &line);
	strbuf_addf(&line, "%s;\n", option_of(sockets));
	if (!is_covered(candidates, &socket) && !strstr(lines->text, line.text))
		strbuf_adds(lines, line.text);
}

void nginx_own_listens(const struct nginx_model *model, const struct nginx_own_sockets *sockets,
		       const struct nginx_candidates *candidates, struct strbuf *lines)
{
	for (size_t i = 0; i < model->server_count; i++) {
		const struct nginx_server *server = &model->servers[i];

		for (size_t j = 0; server->kind == NGINX_SERVER_HTTP && j < server->listen_count;
		     j++)
			if (is_own_socket(&server->listens[j], sockets))
				add_listen(sockets, server->listens[j], candidates, lines);
	}
}

void nginx_own_new_listens(const struct nginx_model *model, const struct nginx_own_sockets *sockets,
			   const struct strbuf *text, struct strbuf *lines)
{
	static const char once[] = " ipv6only=on"; /* per socket */

	strbuf_addf(lines, "\tlisten %u%s;\n", sockets->port, option_of(sockets));
	if (nginx_model_uses_ipv6(model))
		strbuf_addf(lines, "\tlisten [::]:%u%s%s;\n", sockets->port, option_of(sockets),
			    strstr(text->text, once) ? "" : once);
}

int nginx_own_include(struct nginx_changes *changes, const char *path, struct error *err)
{
	const struct nginx_model *model = changes->model;
	const struct nginx_item *bucket = nginx_items_find(&model->http_items,
							   "server_names_hash_bucket_size", NULL);
	const char *size = bucket ? nginx_directive_argument(bucket->directive, 0) : NULL;
	AUTO_FREE char *wanted = xasprintf("%d", HASH_BUCKET_SIZE);
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;
	int64_t number;

	strbuf_adds(&lines, "include ");
	if (nginx_lex_quote(path, &lines, err) < 0)
		return err->code;
	strbuf_adds(&lines, ";" NGINX_MANAGED);
	if (!bucket)
		strbuf_addf(&lines, "\nserver_names_hash_bucket_size %s;" NGINX_MANAGED, wanted);
	else if (size && str_to_int64(size, 0, HASH_BUCKET_SIZE - 1, &number))
		nginx_edit_set_arguments(nginx_changes_edit(changes, bucket->file),
					 bucket->file->conf, bucket->directive, wanted);
	nginx_edit_insert_last(nginx_changes_edit(changes, model->http_file),
			       model->http_file->conf, model->http, lines.text);
	return 0;
}
