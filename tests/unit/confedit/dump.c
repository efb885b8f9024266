/*
 * Trees and models as text (see dump.h). Words are in quotes; bytes that are not printable ASCII
 * are \xNN, so that an expected file is plain text whatever the input was.
 */
#include "dump.h"

#include "confedit/nginx/nginx_model.h"

static void add_quoted(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '"');
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			strbuf_addf(out, "\\x%02x", (unsigned char)*text);
		else
			strbuf_addc(out, *text);
	}
	strbuf_addc(out, '"');
}

static void dump_directives(const struct nginx_directive *d, size_t depth, struct strbuf *out)
{
	static const char *const bodies[] = {";", " {}", " {lua}"};

	for (; d; d = d->next) {
		for (size_t i = 0; i < depth; i++)
			strbuf_adds(out, "  ");
		strbuf_addf(out, "%zu:%zu", d->line, d->column);
		for (size_t i = 0; i < d->word_count; i++) {
			strbuf_addc(out, ' ');
			add_quoted(out, d->words[i].text);
		}
		strbuf_adds(out, bodies[d->body]);
		strbuf_addc(out, '\n');
		dump_directives(d->first_child, depth + 1, out);
	}
}

void dump_nginx_conf(const struct nginx_conf *conf, struct strbuf *out)
{
	dump_directives(nginx_conf_first(conf), 0, out);
}

static void add_strings(struct strbuf *out, const char *label, const struct strvec *strings)
{
	strbuf_addf(out, "  %s", label);
	for (size_t i = 0; i < strings->count; i++) {
		strbuf_addc(out, ' ');
		add_quoted(out, strings->items[i]);
	}
	strbuf_addc(out, '\n');
}

static void add_listen(struct strbuf *out, const struct nginx_listen *listen)
{
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {
		{NGINX_LISTEN_SSL, "ssl"},
		{NGINX_LISTEN_DEFAULT, "default"},
		{NGINX_LISTEN_PROXY_PROTOCOL, "proxy_protocol"},
		{NGINX_LISTEN_HTTP2, "http2"},
		{NGINX_LISTEN_QUIC, "quic"},
		{NGINX_LISTEN_IPV6ONLY_ON, "ipv6only=on"},
		{NGINX_LISTEN_IPV6ONLY_OFF, "ipv6only=off"},
		{NGINX_LISTEN_SOCKET_OPTION, "once"},
	};

	strbuf_addf(out, "  listen %s", listen->address);
	if (listen->port)
		strbuf_addf(out, " %u", listen->port);
	if (listen->last_port != listen->port)
		strbuf_addf(out, "-%u", listen->last_port);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (listen->flags & flags[i].flag)
			strbuf_addf(out, " %s", flags[i].name);
	strbuf_adds(out, listen->tls ? " (tls)\n" : "\n");
}

static void add_server(struct strbuf *out, const struct nginx_server *server)
{
	strbuf_adds(out, server->kind == NGINX_SERVER_HTTP ? "server " : "other server ");
	nginx_place(server->file, server->directive, out);
	strbuf_adds(out, server->tls ? " tls\n" : "\n");
	add_strings(out, "names", &server->names);
	for (size_t i = 0; i < server->listen_count; i++)
		add_listen(out, &server->listens[i]);
	if (server->certificates.count)
		add_strings(out, "certificates", &server->certificates);
	if (server->keys.count)
		add_strings(out, "keys", &server->keys);
}

void dump_nginx_model(const struct nginx_model *model, struct strbuf *out)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++)
		add_server(out, nginx_model_server(model, i));
	for (size_t i = 0; i < nginx_model_problem_count(model); i++)
		strbuf_addf(out, "problem: %s\n", nginx_model_problem(model, i)->text);
}
