/*
 * Collects what nginx combines from several files (see nginx_walk.h): follows "include" at top
 * level, in http, stream, mail and in servers, in nginx's order. Includes inside other blocks
 * (location, map, types) have nothing that the model contains, so they are not followed.
 */
#include "confedit/nginx/nginx_walk.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

/* nginx has no limit but its open files; real trees are five deep. */
enum { MAX_INCLUDE_DEPTH = 50 };

enum context {
	CONTEXT_MAIN,
	CONTEXT_HTTP,
	CONTEXT_OTHER, /* stream, mail */
	CONTEXT_SERVER,
};

struct walker {
	struct nginx_model *model;
	const struct nginx_file *open[MAX_INCLUDE_DEPTH]; /* files being read, outermost first */
	size_t depth;
	const struct nginx_directive *via; /* the last include passed in the current block */
	struct nginx_items *items;         /* of the current server */
};

static void walk_file(struct walker *w, const struct nginx_file *file, enum context context);
static void walk_directives(struct walker *w, const struct nginx_file *file,
			    const struct nginx_directive *first, enum context context);

static void add_item(struct walker *w, struct nginx_items *items, const struct nginx_file *file,
		     const struct nginx_directive *directive)
{
	ARRAY_GROW(items->items, items->count, items->capacity);
	items->items[items->count++] =
		(struct nginx_item){.file = file, .directive = directive, .via = w->via};
}

/* Not an error yet: only if something is to be edited does it matter that a part is unknown. */
static void add_problem(struct nginx_model *model, const struct nginx_file *file,
			const struct nginx_directive *include, const char *path, const char *text)
{
	AUTO(strbuf) struct strbuf place = STRBUF_INIT;

	nginx_place(file, include, &place);
	strbuf_addf(&place, ": %s", text);
	ARRAY_GROW(model->problems, model->problem_count, model->problem_capacity);
	model->problems[model->problem_count++] = (struct nginx_problem){
		.path = xstrdup(path),
		.text = strbuf_detach(&place),
	};
}

/* nginx would run out of descriptors. */
static bool is_open(const struct walker *w, const struct nginx_file *file)
{
	for (size_t i = 0; i < w->depth; i++)
		if (w->open[i] == file)
			return true;
	return false;
}

static void include_file(struct walker *w, const struct nginx_file *from,
			 const struct nginx_directive *include, const char *path,
			 enum context context)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct nginx_file *file;

	if (nginx_model_open(w->model, path, &file, &err) < 0)
		add_problem(w->model, from, include, path, err.text);
	else if (is_open(w, file))
		add_problem(w->model, from, include, path, "the file includes itself");
	else if (w->depth == MAX_INCLUDE_DEPTH)
		add_problem(w->model, from, include, path, "files include each other too deeply");
	else
		walk_file(w, file, context);
}

/* The paths that a pattern matches; asked for once, so that an edit cannot change the set. */
static const struct strvec *expand_pattern(struct walker *w, const char *pattern, struct error *err)
{
	const struct nginx_source *source = w->model->source;
	struct strvec *paths = map_get(&w->model->globs, pattern);

	if (paths)
		return paths;
	paths = XNEW(struct strvec);
	strvec_init(paths);
	map_set(&w->model->globs, pattern, paths);
	if (source->glob(source->context, pattern, paths, err) < 0)
		return NULL;
	return paths;
}

static void include_pattern(struct walker *w, const struct nginx_file *file,
			    const struct nginx_directive *include, const char *pattern,
			    enum context context)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct strvec *paths;

	if (!strpbrk(pattern, "*?[")) {
		include_file(w, file, include, pattern, context);
		return;
	}
	paths = expand_pattern(w, pattern, &err);
	if (!paths)
		add_problem(w->model, file, include, pattern, err.text);
	for (size_t i = 0; paths && i < paths->count; i++)
		include_file(w, file, include, paths->items[i], context);
}

static void walk_include(struct walker *w, const struct nginx_file *file,
			 const struct nginx_directive *include, enum context context)
{
	const char *argument = nginx_directive_argument(include, 0);
	const struct nginx_directive *outer = w->via;
	AUTO_FREE char *pattern = NULL;

	if (!argument)
		return;
	pattern = argument[0] == '/' ? xstrdup(argument)
				     : xasprintf("%s%s", w->model->prefix, argument);
	if (!outer)
		w->via = include;
	include_pattern(w, file, include, pattern, context);
	w->via = outer;
}

/* Walks a block. What its includes contribute is not attributed to the include that led here. */
static void walk_block(struct walker *w, const struct nginx_file *file,
		       const struct nginx_directive *block, enum context context)
{
	const struct nginx_directive *outer = w->via;

	w->via = NULL;
	walk_directives(w, file, block->first_child, context);
	w->via = outer;
}

static void walk_server(struct walker *w, const struct nginx_file *file,
			const struct nginx_directive *block, enum context context)
{
	struct nginx_model *model = w->model;
	struct nginx_server server = {
		.kind = context == CONTEXT_HTTP ? NGINX_SERVER_HTTP : NGINX_SERVER_OTHER,
		.file = file,
		.directive = block,
		.names = STRVEC_INIT,
		.certificates = STRVEC_INIT,
		.keys = STRVEC_INIT,
	};

	w->items = &server.items;
	walk_block(w, file, block, CONTEXT_SERVER);
	w->items = NULL;
	ARRAY_GROW(model->servers, model->server_count, model->server_capacity);
	model->servers[model->server_count++] = server;
}

static void walk_main(struct walker *w, const struct nginx_file *file,
		      const struct nginx_directive *directive)
{
	if (directive->body != NGINX_BODY_DIRECTIVES) {
		add_item(w, &w->model->main_items, file, directive);
	} else if (nginx_directive_is(directive, "http")) {
		w->model->http_file = file;
		w->model->http = directive;
		walk_block(w, file, directive, CONTEXT_HTTP);
	} else if (nginx_directive_is(directive, "stream") ||
		   nginx_directive_is(directive, "mail")) {
		walk_block(w, file, directive, CONTEXT_OTHER);
	}
}

/* Other blocks, such as location, are not entered: the model has nothing of their contents. */
static void walk_directive(struct walker *w, const struct nginx_file *file,
			   const struct nginx_directive *directive, enum context context)
{
	bool server = directive->body == NGINX_BODY_DIRECTIVES &&
		      nginx_directive_is(directive, "server");

	switch (context) {
	case CONTEXT_MAIN:
		walk_main(w, file, directive);
		break;
	case CONTEXT_HTTP:
	case CONTEXT_OTHER:
		if (server)
			walk_server(w, file, directive, context);
		else if (context == CONTEXT_HTTP)
			add_item(w, &w->model->http_items, file, directive);
		break;
	case CONTEXT_SERVER:
		add_item(w, w->items, file, directive);
		break;
	}
}

static void walk_directives(struct walker *w, const struct nginx_file *file,
			    const struct nginx_directive *first, enum context context)
{
	for (const struct nginx_directive *d = first; d; d = d->next) {
		if (d->body == NGINX_BODY_NONE && nginx_directive_is(d, "include"))
			walk_include(w, file, d, context);
		else
			walk_directive(w, file, d, context);
	}
}

static void walk_file(struct walker *w, const struct nginx_file *file, enum context context)
{
	w->open[w->depth++] = file;
	walk_directives(w, file, nginx_conf_first(file->conf), context);
	w->depth--;
}

static void gather_names(struct nginx_server *server, const char *hostname)
{
	const struct nginx_item *item = NULL;

	while ((item = nginx_items_find(&server->items, "server_name", item))) {
		for (size_t i = 1; i < item->directive->word_count; i++) {
			const char *name = item->directive->words[i].text;

			if (strcmp(name, "$hostname") == 0 && hostname)
				name = hostname;
			strvec_push(&server->names, name);
			/* Regular expressions are kept as written: lower case would change what
			 * they match. */
			if (name[0] != '~')
				ascii_lower_string(server->names.items[server->names.count - 1]);
		}
	}
}

static void add_listen(struct nginx_server *server, struct nginx_listen listen)
{
	ARRAY_GROW(server->listens, server->listen_count, server->listen_capacity);
	server->listens[server->listen_count++] = listen;
}

static void gather_listens(struct nginx_server *server)
{
	const struct nginx_item *item = NULL;
	struct nginx_listen listen;

	while ((item = nginx_items_find(&server->items, "listen", item))) {
		/* A "listen" that we cannot parse is left to nginx's own test. */
		if (!nginx_listen_parse(item->directive, &listen))
			continue;
		listen.item = item;
		add_listen(server, listen);
	}
	/* nginx gives a server without "listen" port 80 on all addresses. */
	if (!server->listen_count) {
		nginx_listen_init_default(&listen);
		add_listen(server, listen);
	}
}

/* The first arguments of all directives of that name: in the server, else in http. */
static void gather_inherited(const struct nginx_model *model, const struct nginx_server *server,
			     const char *name, struct strvec *ret_values)
{
	const struct nginx_items *levels[] = {&server->items, &model->http_items};
	const struct nginx_item *item = NULL;

	for (size_t i = 0; i < ARRAY_LEN(levels) && !ret_values->count; i++)
		while ((item = nginx_items_find(levels[i], name, item)))
			if (nginx_directive_argument(item->directive, 0))
				strvec_push(ret_values,
					    nginx_directive_argument(item->directive, 0));
}

/* QUIC sockets are UDP, so they never are the same as a TCP socket with that address. */
static char *socket_key(const struct nginx_listen *listen, unsigned port)
{
	return xasprintf("%s %u%s", listen->address, port,
			 listen->flags & NGINX_LISTEN_QUIC ? " quic" : "");
}

static void enter_tls_sockets(struct map *tls_sockets, const struct nginx_listen *listen)
{
	for (unsigned port = listen->port; port <= listen->last_port; port++) {
		AUTO_FREE char *key = socket_key(listen, port);

		map_set(tls_sockets, key, NULL);
	}
}

/* A map rather than comparing all servers with each other: a machine may have ten thousand. */
static bool shares_tls_socket(const struct map *tls_sockets, const struct nginx_listen *listen)
{
	for (unsigned port = listen->port; port <= listen->last_port; port++) {
		AUTO_FREE char *key = socket_key(listen, port);

		if (map_contains(tls_sockets, key))
			return true;
	}
	return false;
}

/* "ssl" on one listen makes TLS of the socket, for all servers that share it. */
static void settle_tls(struct nginx_model *model)
{
	AUTO(map) struct map tls_sockets = MAP_INIT(NULL);

	for (size_t i = 0; i < model->server_count; i++)
		for (size_t j = 0; j < model->servers[i].listen_count; j++)
			if (model->servers[i].listens[j].flags &
			    (NGINX_LISTEN_SSL | NGINX_LISTEN_QUIC))
				enter_tls_sockets(&tls_sockets, &model->servers[i].listens[j]);
	for (size_t i = 0; i < model->server_count; i++) {
		struct nginx_server *server = &model->servers[i];

		server->tls = server->ssl_on;
		for (size_t j = 0; j < server->listen_count; j++) {
			struct nginx_listen *listen = &server->listens[j];

			listen->tls = server->ssl_on || shares_tls_socket(&tls_sockets, listen);
			server->tls |= listen->tls;
		}
	}
}

/* After the walk, since directives of http that come after the server are inherited as well. */
static void settle_server(const struct nginx_model *model, struct nginx_server *server)
{
	AUTO(strvec) struct strvec ssl = STRVEC_INIT;

	gather_names(server, model->source->hostname);
	gather_listens(server);
	gather_inherited(model, server, "ssl", &ssl);
	server->ssl_on = ssl.count && strcmp(ssl.items[0], "on") == 0;
	gather_inherited(model, server, "ssl_certificate", &server->certificates);
	gather_inherited(model, server, "ssl_certificate_key", &server->keys);
}

void nginx_walk(struct nginx_model *model, const struct nginx_file *main_file)
{
	struct walker walker = {.model = model};

	walk_file(&walker, main_file, CONTEXT_MAIN);
	for (size_t i = 0; i < model->server_count; i++)
		settle_server(model, &model->servers[i]);
	settle_tls(model);
}

/* The files stay: they have the edits that are not written yet. */
void nginx_model_clear(struct nginx_model *model)
{
	for (size_t i = 0; i < model->server_count; i++)
		nginx_server_release(&model->servers[i]);
	model->server_count = 0;
	model->main_items.count = 0;
	model->http_items.count = 0;
	model->http = NULL;
	model->http_file = NULL;
	for (size_t i = 0; i < model->problem_count; i++) {
		free(model->problems[i].path);
		free(model->problems[i].text);
	}
	model->problem_count = 0;
}
