/*
 * Deployment edits (see nginx_deploy.h), as Certbot's nginx plugin makes them, but following
 * nginx's own rules where Certbot's result would not load: options belong to the socket, so a new
 * "listen" on a socket that others use has none.
 */
#include "confedit/nginx/nginx_deploy.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_choose.h"
#include "confedit/nginx/nginx_edit.h"
#include "confedit/nginx/nginx_lex.h"
#include "confedit/nginx/nginx_changes.h"
#include "confedit/nginx/nginx_split.h"

#define SET_ELSEWHERE "is set by an included file; move it into the server block"

/* One server being edited: what is changed, and the lines that go to its end. */
struct block_edit {
	struct nginx_changes *changes;
	const struct nginx_server *server;
	const struct nginx_deployment *deployment;
	struct strbuf lines;
	const struct nginx_directive *displaced; /* include that is commented out, or NULL */
};

/* The comment is Certbot's: either program knows by it what may be removed again. */
static void add_managed_line(struct strbuf *lines, const char *line)
{
	strbuf_addf(lines, "%s%s" NGINX_MANAGED, lines->len ? "\n" : "", line);
}

/* Properties of a socket, collected from all servers that listen on it. */
struct socket_use {
	bool is_used;
	bool has_options; /* one that is allowed only once */
	bool takes_ipv4;  /* an IPv6 socket with "ipv6only=off" */
};

static struct socket_use look_at_socket(const struct nginx_model *model,
					const struct nginx_listen *socket)
{
	struct socket_use use = {.is_used = false};

	for (size_t i = 0; i < model->server_count; i++) {
		for (size_t j = 0; j < model->servers[i].listen_count; j++) {
			const struct nginx_listen *listen = &model->servers[i].listens[j];

			if (!nginx_listen_same_socket(listen, socket))
				continue;
			use.is_used = true;
			use.has_options |= (listen->flags & NGINX_LISTEN_SOCKET_OPTION) != 0;
			use.takes_ipv4 |= (listen->flags & NGINX_LISTEN_IPV6ONLY_OFF) != 0;
		}
	}
	return use;
}

/* True when anything listens on the port by an IPv4 socket of its own. */
static bool has_ipv4_socket(const struct nginx_model *model, unsigned port)
{
	for (size_t i = 0; i < model->server_count; i++)
		for (size_t j = 0; j < model->servers[i].listen_count; j++)
			if (model->servers[i].listens[j].family == NGINX_IPV4 &&
			    !(model->servers[i].listens[j].flags & NGINX_LISTEN_QUIC) &&
			    nginx_listen_has_port(&model->servers[i].listens[j], port))
				return true;
	return false;
}

/* The server's own "listen" on that socket, or NULL. A second one for the same socket would be an
 * error for nginx. */
static const struct nginx_listen *own_listen(const struct nginx_server *server,
					     const struct nginx_listen *socket)
{
	for (size_t i = 0; i < server->listen_count; i++)
		if (nginx_listen_same_socket(&server->listens[i], socket))
			return &server->listens[i];
	return NULL;
}

/* Adds "ssl" to a plain "listen" on the https port. The other options of the line stay. */
static void turn_into_tls(struct block_edit *d, const struct nginx_listen *listen)
{
	const struct nginx_server *server = d->server;
	AUTO(strbuf) struct strbuf arguments = STRBUF_INIT;

	nginx_raw_arguments(server->file, listen->directive, NULL, &arguments);
	strbuf_adds(&arguments, " ssl");
	nginx_edit_set_arguments(nginx_changes_edit(d->changes, server->file), server->file->conf,
				 listen->directive, arguments.text);
}

/* Rather than guessing: an included file may serve other servers too. */
static int refuse_item(const struct block_edit *d, const struct nginx_item *item, const char *why,
		       struct error *err)
{
	AUTO_FREE char *title = nginx_server_title(d->server);
	AUTO(strbuf) struct strbuf place = STRBUF_INIT;

	nginx_place(item->file, item->directive, &place);
	return error_set(err, ERR_REFUSED, "cannot configure TLS for %s: '%s' at %s %s", title,
			 item->directive->words[0].text, place.text, why);
}

/* The line for a new TLS socket, with those options of `like` that belong to the socket. nginx
 * takes options from whichever "listen" has them, warns about some that differ and fails on others;
 * so only the first one of a socket gets any. ipv6only is written out since its default has changed
 * between versions. */
static void print_tls_listen(const struct block_edit *d, const struct nginx_listen *socket,
			     unsigned like_flags, struct strbuf *line)
{
	const struct socket_use use = look_at_socket(d->changes->model, socket);

	strbuf_adds(line, "listen ");
	nginx_listen_add_address(socket, socket->port, line);
	strbuf_adds(line, " ssl");
	if (!use.is_used && like_flags & NGINX_LISTEN_HTTP2 && !d->deployment->has_http2_directive)
		strbuf_adds(line, " http2");
	if (!use.is_used && like_flags & NGINX_LISTEN_PROXY_PROTOCOL)
		strbuf_adds(line, " proxy_protocol");
	if (socket->family == NGINX_IPV6 && !use.has_options)
		strbuf_addf(line, " ipv6only=%s",
			    like_flags & NGINX_LISTEN_IPV6ONLY_OFF ? "off" : "on");
	strbuf_addc(line, ';');
}

/* "http2 on", where a plain socket has HTTP/2 by an option that the new one is not to have. */
static void keep_http2(struct block_edit *d, unsigned like_flags)
{
	static const char line[] = "http2 on;";

	if (like_flags & NGINX_LISTEN_HTTP2 && d->deployment->has_http2_directive &&
	    !nginx_items_find(&d->server->items, "http2", NULL) && !strstr(d->lines.text, line))
		add_managed_line(&d->lines, line);
}

/* A TLS socket on the address of `socket`, whose flags are those of the plain one. A server that
 * listens there with TLS already is left as it is, whatever its options. */
static int add_tls_socket(struct block_edit *d, struct nginx_listen socket, struct error *err)
{
	const struct nginx_listen *own;
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	socket.port = socket.last_port = d->deployment->https_port;
	own = own_listen(d->server, &socket);
	if (own && own->tls)
		return 0;
	if (own && own->item && own->item->via)
		return refuse_item(d, own->item, SET_ELSEWHERE, err);
	if (own && own->item)
		turn_into_tls(d, own);
	if (own)
		return 0;
	print_tls_listen(d, &socket, socket.flags, &line);
	if (!strstr(d->lines.text, line.text))
		add_managed_line(&d->lines, line.text);
	keep_http2(d, socket.flags);
	return 0;
}

static char any_ipv4[] = "*", any_ipv6[] = "[::]";

/* TLS sockets for the clients of a plain one. An IPv6 socket that takes IPv4 as well is followed by
 * one like it; where the port has IPv4 sockets already, or an IPv6 socket that takes none, both
 * families get one of their own. No other socket fits next to an IPv6 socket that takes IPv4. */
static int add_tls_listen(struct block_edit *d, const struct nginx_listen *like, struct error *err)
{
	const struct nginx_model *model = d->changes->model;
	unsigned port = d->deployment->https_port;
	struct nginx_listen all = {.family = NGINX_IPV6, .address = any_ipv6, .flags = like->flags};
	struct nginx_listen ipv4 = {
		.family = NGINX_IPV4, .address = any_ipv4, .flags = like->flags};
	struct nginx_listen socket = *like;
	bool takes_ipv4 = look_at_socket(model, like).takes_ipv4;
	struct socket_use use;

	all.port = all.last_port = port;
	use = look_at_socket(model, &all);
	if (use.takes_ipv4)
		return add_tls_socket(d, all, err);
	socket.flags &= ~(unsigned)NGINX_LISTEN_IPV6ONLY_OFF;
	if (!takes_ipv4)
		return add_tls_socket(d, socket, err);
	if (!use.is_used && !has_ipv4_socket(model, port)) {
		socket.flags |= NGINX_LISTEN_IPV6ONLY_OFF;
		return add_tls_socket(d, socket, err);
	}
	if (add_tls_socket(d, socket, err) < 0)
		return err->code;
	return add_tls_socket(d, ipv4, err);
}

/* TLS sockets of a server that has none on the http port: all addresses of the families it uses. */
static int add_general_listens(struct block_edit *d, struct error *err)
{
	const struct nginx_listen ipv4 = {.family = NGINX_IPV4, .address = any_ipv4};
	const struct nginx_listen ipv6 = {.family = NGINX_IPV6, .address = any_ipv6};
	bool has_ipv4 = false, has_ipv6 = false;

	for (size_t i = 0; i < d->server->listen_count; i++) {
		const struct nginx_listen *listen = &d->server->listens[i];

		has_ipv6 |= listen->family == NGINX_IPV6;
		has_ipv4 |= listen->family != NGINX_IPV6 ||
			    look_at_socket(d->changes->model, listen).takes_ipv4;
	}
	if (has_ipv6 && add_tls_listen(d, &ipv6, err) < 0)
		return err->code;
	return has_ipv4 ? add_tls_listen(d, &ipv4, err) : 0;
}

/* True when a block that has TLS already needs none on the HTTPS port too: it has it, or there are
 * no plain clients to redirect there. */
static bool has_enough_tls(const struct block_edit *d)
{
	const struct nginx_deployment *deployment = d->deployment;

	if (nginx_server_has_socket(d->server, NGINX_SOCKETS_TLS, deployment->https_port))
		return true;
	return d->server->tls &&
	       !nginx_server_has_socket(d->server, NGINX_SOCKETS_PLAIN, deployment->http_port);
}

/* nginx listens on port 80 for a server without "listen" until it gets one; the line keeps that. */
static int add_listens(struct block_edit *d, struct error *err)
{
	const struct nginx_server *server = d->server;
	bool any = false;

	if (!server->listens[0].directive)
		add_managed_line(&d->lines, "listen 80;");
	for (size_t i = 0; i < server->listen_count; i++) {
		const struct nginx_listen *listen = &server->listens[i];

		if (listen->family == NGINX_UNIX || listen->tls ||
		    !nginx_listen_has_port(listen, d->deployment->http_port))
			continue;
		if (add_tls_listen(d, listen, err) < 0)
			return err->code;
		any = true;
	}
	return any ? 0 : add_general_listens(d, err);
}

/* Handles directives that both the server and the options file set: nginx refuses most of them
 * twice in one block. A line with the same value can go without effect; a different value was the
 * user's decision. */
static int settle_duplicates(struct block_edit *d, const struct nginx_directive *option,
			     struct error *err)
{
	AUTO_FREE char *note = xasprintf("duplicated in %s", d->deployment->options_path);
	const struct nginx_item *item = NULL;

	while ((item = nginx_items_find(&d->server->items, option->words[0].text, item))) {
		if (item->via)
			return refuse_item(d, item, SET_ELSEWHERE, err);
		if (!nginx_directive_same_words(item->directive, option))
			return refuse_item(
				d, item,
				"differs from the TLS options file; remove it or make it the same",
				err);
		nginx_edit_comment_out(nginx_changes_edit(d->changes, item->file), item->file->conf,
				       item->directive, note);
	}
	return 0;
}

static bool includes_file(const struct nginx_server *server, const struct nginx_file *file)
{
	for (size_t i = 0; i < server->items.count; i++)
		if (server->items.items[i].file == file)
			return true;
	return false;
}

static int add_path_line(struct strbuf *lines, const char *name, const char *path,
			 struct error *err)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	strbuf_addf(&line, "%s ", name);
	if (nginx_lex_quote(path, &line, err) < 0)
		return err->code;
	strbuf_addc(&line, ';');
	add_managed_line(lines, line.text);
	return 0;
}

/* Not if the block has the file already, from an earlier run or from Certbot. */
static int add_options(struct block_edit *d, const struct nginx_file *options, struct error *err)
{
	const struct nginx_deployment *deployment = d->deployment;
	const struct nginx_directive *option = options ? nginx_conf_first(options->conf) : NULL;

	if (options && !includes_file(d->server, options)) {
		for (; option; option = option->next)
			if (settle_duplicates(d, option, err) < 0)
				return err->code;
		if (add_path_line(&d->lines, "include", deployment->options_path, err) < 0)
			return err->code;
	}
	if (!deployment->dhparam_path || nginx_items_find(&d->server->items, "ssl_dhparam", NULL))
		return 0;
	return add_path_line(&d->lines, "ssl_dhparam", deployment->dhparam_path, err);
}

static bool is_certificate_item(const struct nginx_item *item)
{
	return nginx_directive_is(item->directive, "ssl_certificate") ||
	       nginx_directive_is(item->directive, "ssl_certificate_key");
}

/* True when another server includes the file as well. */
static bool is_shared(const struct nginx_model *model, const struct nginx_server *server,
		      const struct nginx_file *file)
{
	for (size_t i = 0; i < model->server_count; i++)
		if (&model->servers[i] != server && includes_file(&model->servers[i], file))
			return true;
	return false;
}

/* Comments out the include of a shared file that has nothing but certificate lines ("snakeoil").
 * Commented out rather than removed, so that the user sees what was there. */
static int displace_include(struct block_edit *d, const struct nginx_item *item, struct error *err)
{
	const struct nginx_server *server = d->server;

	for (size_t i = 0; i < server->items.count; i++)
		if (server->items.items[i].via == item->via &&
		    !is_certificate_item(&server->items.items[i]))
			return refuse_item(
				d, item,
				"is in a file that other servers include too; move it into "
				"the server block",
				err);
	nginx_edit_comment_out(nginx_changes_edit(d->changes, server->file), server->file->conf,
			       item->via, "replaced by Certbot");
	d->displaced = item->via;
	return 0;
}

/* True when one of the server's directives of that name has the path already: with certificates of
 * two key types there are two of each. */
static bool has_path(const struct nginx_server *server, const char *name, const char *path)
{
	const struct nginx_item *item = NULL;

	while ((item = nginx_items_find(&server->items, name, item)))
		if (item->directive->word_count == 2 &&
		    strcmp(item->directive->words[1].text, path) == 0)
			return true;
	return false;
}

/* The directive to change: the one to be replaced if there are several, else the first in the
 * block, else one in an included file. Pairs belong together by their order, so certificate and key
 * are looked up by the same number. */
static const struct nginx_item *find_certificate_item(const struct block_edit *d, const char *name)
{
	const struct nginx_items *items = &d->server->items;
	const struct nginx_item *item = NULL, *first = NULL;
	size_t index = 0;

	while ((item = nginx_items_find(items, name, item))) {
		if (d->deployment->replaced && index++ == d->deployment->replaced)
			return item;
		if (!item->via && !first)
			first = item;
	}
	return first ? first : nginx_items_find(items, name, NULL);
}

/* A file of this server alone may be edited; one that others include too would give them the
 * certificate as well. */
static int set_path(struct block_edit *d, const char *name, const char *path, struct error *err)
{
	const struct nginx_item *item = find_certificate_item(d, name);
	AUTO(strbuf) struct strbuf quoted = STRBUF_INIT;

	if (item && item->via && item->via == d->displaced)
		return add_path_line(&d->lines, name, path, err);
	if (has_path(d->server, name, path))
		return 0;
	if (!item || d->deployment->is_further)
		return add_path_line(&d->lines, name, path, err);
	if (item->via && is_shared(d->changes->model, d->server, item->file)) {
		if (displace_include(d, item, err) < 0)
			return err->code;
		return add_path_line(&d->lines, name, path, err);
	}
	if (nginx_lex_quote(path, &quoted, err) < 0)
		return err->code;
	nginx_edit_set_arguments(nginx_changes_edit(d->changes, item->file), item->file->conf,
				 item->directive, quoted.text);
	return 0;
}

/* A server that refused all TLS clients ("ssl_reject_handshake on", as in a copied default server)
 * has to accept them now. With "on" nginx ignores the certificate. */
static int accept_handshakes(struct block_edit *d, struct error *err)
{
	static const char name[] = "ssl_reject_handshake";
	const struct nginx_item *own = nginx_items_find(&d->server->items, name, NULL);
	const struct nginx_item *item =
		own ? own : nginx_items_find(&d->changes->model->http_items, name, NULL);
	const char *value = item ? nginx_directive_argument(item->directive, 0) : NULL;

	if (!value || !str_eq_nocase(value, "on"))
		return 0;
	if (!own)
		add_managed_line(&d->lines, "ssl_reject_handshake off;");
	else if (own->via)
		return refuse_item(d, own, SET_ELSEWHERE, err);
	else
		nginx_edit_set_arguments(nginx_changes_edit(d->changes, own->file), own->file->conf,
					 own->directive, "off");
	return 0;
}

/* The host of an https address: "a.example", or a variable such as "$host"; NULL for others. */
static char *https_host(const char *target)
{
	static const char scheme[] = "https://";
	const char *host = target + strlen(scheme);

	if (!str_starts(target, scheme))
		return NULL;
	return xstrndup(host,
			host[0] == '$' ? 1 + strcspn(host + 1, "$/:?{") : strcspn(host, "$/:?"));
}

/* True for an address where TLS clients of the server are already. A redirect to another host is
 * the site's own business and stays for TLS clients too. */
static bool is_own_https(const struct nginx_server *server, const char *target)
{
	static const char *const variables[] = {"$host", "$http_host", "$server_name"};
	AUTO_FREE char *host = https_host(target);

	for (size_t i = 0; host && i < ARRAY_LEN(variables); i++)
		if (strcmp(host, variables[i]) == 0)
			return true;
	for (size_t i = 0; host && i < server->names.count; i++)
		if (str_eq_nocase(host, server->names.items[i]))
			return true;
	return false;
}

/* A redirect to https, written by hand in a plain server, must now apply to plain requests only, or
 * TLS clients would be redirected in a circle. */
static void keep_redirect_plain(struct block_edit *d, const struct nginx_file *file,
				const struct nginx_directive *directive)
{
	size_t last = directive->word_count - 1;

	if (!nginx_directive_is(directive, "return") || !last ||
	    !is_own_https(d->server, directive->words[last].text))
		return;
	nginx_edit_wrap(nginx_changes_edit(d->changes, file), file->conf, directive,
			"if ($scheme = http)");
}

/* One level of locations is where such redirects are; deeper ones are left alone. */
static void keep_redirects_plain(struct block_edit *d)
{
	for (size_t i = 0; i < d->server->items.count; i++) {
		const struct nginx_item *item = &d->server->items.items[i];

		if (item->via)
			continue;
		keep_redirect_plain(d, item->file, item->directive);
		for (const struct nginx_directive *child = item->directive->first_child;
		     child && nginx_directive_is(item->directive, "location"); child = child->next)
			keep_redirect_plain(d, item->file, child);
	}
}

/* Options are added only when TLS is new: an administrator who has removed one since did so on
 * purpose. */
static int collect_edits(struct block_edit *d, const struct nginx_file *options, struct error *err)
{
	if (!has_enough_tls(d)) {
		keep_redirects_plain(d);
		if (add_listens(d, err) < 0)
			return err->code;
	}
	if (accept_handshakes(d, err) < 0)
		return err->code;
	if (set_path(d, "ssl_certificate", d->deployment->fullchain_path, err) < 0 ||
	    set_path(d, "ssl_certificate_key", d->deployment->key_path, err) < 0)
		return err->code;
	return d->server->tls ? 0 : add_options(d, options, err);
}

int nginx_deploy(struct nginx_model *model, size_t server_id,
		 const struct nginx_deployment *deployment, struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	struct block_edit d = {.changes = &changes, .deployment = deployment};
	const struct nginx_file *options = NULL;
	int rc;

	if (nginx_model_require(model, server_id, &d.server, err) < 0)
		return err->code;
	if (!d.server->tls && deployment->options_path &&
	    nginx_model_open(model, deployment->options_path, &options, err) < 0)
		return err->code;
	nginx_changes_init(&changes, model);
	strbuf_init(&d.lines);
	rc = collect_edits(&d, options, err);
	if (rc == 0 && d.lines.len)
		nginx_edit_insert_last(nginx_changes_edit(&changes, d.server->file),
				       d.server->file->conf, d.server->directive, d.lines.text);
	strbuf_release(&d.lines);
	return rc < 0 ? rc : nginx_changes_apply(&changes, err);
}

static int remove_item(struct nginx_changes *changes, const struct nginx_server *server,
		       const struct nginx_item *item, struct error *err)
{
	struct block_edit d = {.changes = changes, .server = server};

	if (item->via && is_shared(changes->model, server, item->file))
		return refuse_item(&d, item, SET_ELSEWHERE, err);
	nginx_edit_remove(nginx_changes_edit(changes, item->file), item->file->conf,
			  item->directive);
	return 0;
}

int nginx_drop_certificate(struct nginx_model *model, size_t server_id, const char *fullchain_path,
			   struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	const struct nginx_item *certificate = NULL, *key = NULL;
	const struct nginx_server *server;

	if (nginx_model_require(model, server_id, &server, err) < 0)
		return err->code;
	do {
		certificate = nginx_items_find(&server->items, "ssl_certificate", certificate);
		if (!certificate)
			return 0;
		key = nginx_items_find(&server->items, "ssl_certificate_key", key);
		if (!key) /* nginx would not load it either */
			return 0;
	} while (!str_eq_or_null(nginx_directive_argument(certificate->directive, 0),
				 fullchain_path));
	nginx_changes_init(&changes, model);
	if (remove_item(&changes, server, certificate, err) < 0 ||
	    remove_item(&changes, server, key, err) < 0)
		return err->code;
	return nginx_changes_apply(&changes, err);
}

/* Edits of the copy: each "listen" loses the options that are allowed only once per socket, which
 * the original has. */
static int strip_listens(struct edit *copy, const struct nginx_server *server, struct error *err)
{
	const struct nginx_item *item = NULL;

	while ((item = nginx_items_find(&server->items, "listen", item))) {
		AUTO(strbuf) struct strbuf kept = STRBUF_INIT;
		size_t once_only = 0;

		for (size_t i = 2; i < item->directive->word_count; i++)
			once_only += nginx_listen_is_once_only(item->directive->words[i].text);
		if (!once_only)
			continue;
		if (item->via)
			return error_set(err, ERR_REFUSED,
					 "cannot copy a server: '%s' has its 'listen' with options",
					 item->file->path);
		nginx_raw_arguments(item->file, item->directive, nginx_listen_is_once_only, &kept);
		nginx_edit_set_arguments(copy, item->file->conf, item->directive, kept.text);
	}
	return 0;
}

static void replace_names(struct edit *copy, const struct nginx_server *server,
			  const struct strvec *names)
{
	AUTO_FREE char *joined = strvec_join(names, " ");
	AUTO_FREE char *line = xasprintf("server_name %s;" NGINX_MANAGED, joined);
	const struct nginx_conf *conf = server->file->conf;
	const struct nginx_item *item = NULL;
	bool replaced = false;

	while ((item = nginx_items_find(&server->items, "server_name", item))) {
		if (item->via)
			continue;
		if (replaced)
			nginx_edit_remove(copy, conf, item->directive);
		else
			nginx_edit_set_arguments(copy, conf, item->directive, joined);
		replaced = true;
	}
	if (!replaced)
		nginx_edit_insert_last(copy, conf, server->directive, line);
}

/* The new server comes after the old one, because the first server of a socket may be its
 * default. */
int nginx_duplicate_server(struct nginx_model *model, size_t server_id, const struct strvec *names,
			   size_t *ret_id, struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const struct nginx_server *server;
	size_t new_id = model->next_id;

	if (nginx_model_require(model, server_id, &server, err) < 0)
		return err->code;
	AUTO(edit) struct edit copy = EDIT_INIT(nginx_conf_bytes(server->file->conf));
	if (strip_listens(&copy, server, err) < 0)
		return err->code;
	replace_names(&copy, server, names);
	edit_apply_range(&copy, server->directive->start, server->directive->end, &text);
	if (nginx_refuse_nul(server, &text, err) < 0)
		return err->code;
	nginx_changes_init(&changes, model);
	nginx_edit_insert_block_after(nginx_changes_edit(&changes, server->file),
				      server->file->conf, server->directive, text.text);
	if (nginx_changes_apply(&changes, err) < 0)
		return err->code;
	*ret_id = new_id;
	return 0;
}
