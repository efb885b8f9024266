/*
 * Splits mixed server blocks (see nginx_split.h).
 */
#include "confedit/nginx/nginx_split.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_edit.h"

/* A Unix socket has no port that a browser could be redirected from. */
static bool is_plain(const struct nginx_listen *listen)
{
	return !listen->tls && listen->family != NGINX_UNIX;
}

bool nginx_split_is_needed(const struct nginx_server *server)
{
	for (size_t i = 0; i < server->listen_count; i++)
		if (server->tls && is_plain(&server->listens[i]))
			return true;
	return false;
}

/* Raw, since a decoded word would have to be quoted again and might come out otherwise. */
void nginx_raw_arguments(const struct nginx_file *file, const struct nginx_directive *directive,
			 bool (*is_dropped)(const char *argument), struct strbuf *out)
{
	struct span text = nginx_conf_bytes(file->conf);

	for (size_t i = 1; i < directive->word_count; i++) {
		const struct nginx_word *word = &directive->words[i];

		if (is_dropped && is_dropped(word->text))
			continue;
		if (out->len)
			strbuf_addc(out, ' ');
		strbuf_add(out, text.ptr + word->start, word->end - word->start);
	}
}

/* True when the include brings the block nothing but plain "listen" directives. */
static bool is_plain_listen_include(const struct nginx_server *server,
				    const struct nginx_directive *include)
{
	size_t items = 0, plain = 0;

	for (size_t i = 0; i < server->items.count; i++)
		items += server->items.items[i].via == include;
	for (size_t i = 0; i < server->listen_count; i++)
		plain += is_plain(&server->listens[i]) && server->listens[i].item &&
			 server->listens[i].item->via == include;
	return items == plain;
}

/* The "listen" that prevents a split, or NULL. */
static const struct nginx_listen *find_obstacle(const struct nginx_server *server)
{
	for (size_t i = 0; i < server->listen_count; i++) {
		const struct nginx_listen *listen = &server->listens[i];

		if (is_plain(listen) && listen->item && listen->item->via &&
		    !is_plain_listen_include(server, listen->item->via))
			return listen;
	}
	return NULL;
}

bool nginx_split_is_possible(const struct nginx_server *server)
{
	return !find_obstacle(server);
}

static void add_item_line(const struct nginx_item *item, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf arguments = STRBUF_INIT;

	nginx_raw_arguments(item->file, item->directive, NULL, &arguments);
	strbuf_addf(out, "\t%s %s;" NGINX_MANAGED "\n", item->directive->words[0].text,
		    arguments.text);
}

/* The lines, one step deeper. */
static void add_indented(struct strbuf *out, const char *lines)
{
	struct span rest = span_of(lines), line;

	while (span_take_until(&rest, '\n', &line))
		strbuf_addf(out, "%s%.*s\n", line.len ? "\t" : "", (int)line.len, line.ptr);
}

/* Returns the item of the block that contains a "listen": itself, or the include that brings it. */
static struct nginx_item written_item(const struct nginx_server *server, size_t listen)
{
	const struct nginx_item *item = server->listens[listen].item;

	return item->via ? (struct nginx_item){.file = server->file, .directive = item->via}
			 : *item;
}

/* True when an earlier "listen" comes by the same include. */
static bool is_included_before(const struct nginx_server *server, size_t listen)
{
	const struct nginx_directive *via = server->listens[listen].item->via;

	for (size_t i = 0; via && i < listen; i++)
		if (server->listens[i].item && server->listens[i].item->via == via)
			return true;
	return false;
}

/* 404 for requests that are not redirected, in Certbot's words. */
static void insert_names_block(struct nginx_changes *changes, const struct nginx_server *server,
			       const char *first_lines)
{
	AUTO(strbuf) struct strbuf block = STRBUF_INIT;
	const struct nginx_item *item = NULL;

	strbuf_adds(&block, "\nserver {\n");
	add_indented(&block, first_lines);
	for (size_t i = 0; i < server->listen_count; i++)
		if (is_plain(&server->listens[i]) && server->listens[i].item &&
		    !is_included_before(server, i)) {
			const struct nginx_item written = written_item(server, i);

			add_item_line(&written, &block);
		}
	while ((item = nginx_items_find(&server->items, "server_name", item)))
		add_item_line(item, &block);
	strbuf_adds(&block, "\treturn 404;" NGINX_MANAGED "\n}");
	nginx_edit_insert_after(nginx_changes_edit(changes, server->file), server->file->conf,
				server->directive, block.text);
}

static bool is_tls_name(const char *name)
{
	return strcmp(name, "ssl") == 0 || str_starts(name, "ssl_");
}

/* An include of nothing but TLS directives. */
static bool is_tls_include(const struct nginx_server *server, const struct nginx_directive *include)
{
	bool any = false;

	for (size_t i = 0; i < server->items.count; i++) {
		if (server->items.items[i].via != include)
			continue;
		if (!is_tls_name(server->items.items[i].directive->words[0].text))
			return false;
		any = true;
	}
	return any;
}

/* Browsers must ignore it over plain HTTP, and validators of configurations complain. */
static bool is_hsts(const struct nginx_directive *directive)
{
	const char *header = nginx_directive_argument(directive, 0);

	return nginx_directive_is(directive, "add_header") && header &&
	       str_eq_nocase(header, "Strict-Transport-Security");
}

static bool is_tls_listen(const struct nginx_server *server,
			  const struct nginx_directive *directive)
{
	for (size_t i = 0; i < server->listen_count; i++)
		if (server->listens[i].directive == directive)
			return !is_plain(&server->listens[i]);
	return false;
}

/* Edits are C strings, which would end at a NUL. */
int nginx_refuse_nul(const struct nginx_server *server, const struct strbuf *text,
		     struct error *err)
{
	AUTO_FREE char *title = NULL;

	if (strlen(text->text) == text->len)
		return 0;
	title = nginx_server_title(server);
	return error_set(err, ERR_REFUSED, "cannot copy %s: it has a NUL byte", title);
}

/* The whole block except what belongs to TLS. */
static int insert_copy(struct nginx_changes *changes, const struct nginx_server *server,
		       const char *first_lines, struct error *err)
{
	const struct nginx_conf *conf = server->file->conf;
	AUTO(edit) struct edit copy = EDIT_INIT(nginx_conf_bytes(conf));
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (const struct nginx_directive *d = server->directive->first_child; d; d = d->next)
		if (is_tls_name(d->words[0].text) || is_tls_listen(server, d) || is_hsts(d) ||
		    is_tls_include(server, d))
			nginx_edit_remove(&copy, conf, d);
	if (*first_lines)
		nginx_edit_insert_first(&copy, conf, server->directive, first_lines);
	edit_apply_range(&copy, server->directive->start, server->directive->end, &text);
	if (nginx_refuse_nul(server, &text, err) < 0)
		return err->code;
	nginx_edit_insert_block_after(nginx_changes_edit(changes, server->file), conf,
				      server->directive, text.text);
	return 0;
}

static int refuse_split(const struct nginx_server *server, const struct nginx_listen *obstacle,
			struct error *err)
{
	AUTO_FREE char *title = nginx_server_title(server);

	return error_set(err, ERR_REFUSED,
			 "cannot split %s into HTTP and TLS: '%s' contains its 'listen'", title,
			 obstacle->item->file->path);
}

int nginx_split(struct nginx_changes *changes, const struct nginx_server *server,
		enum nginx_split_kind kind, const char *first_lines, struct error *err)
{
	const struct nginx_listen *obstacle = find_obstacle(server);

	if (obstacle)
		return refuse_split(server, obstacle, err);
	for (size_t i = 0; i < server->listen_count; i++) {
		const struct nginx_listen *listen = &server->listens[i];

		if (is_plain(listen) && listen->item && !is_included_before(server, i))
			nginx_edit_remove(nginx_changes_edit(changes, server->file),
					  server->file->conf, written_item(server, i).directive);
	}
	if (kind == NGINX_SPLIT_COPY)
		return insert_copy(changes, server, first_lines, err);
	insert_names_block(changes, server, first_lines);
	return 0;
}
