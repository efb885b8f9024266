/*
 * Redirect, response headers and OCSP stapling (see nginx_enhance.h), in Certbot's form. An "if"
 * that contains only "return" is the one use of "if" that is safe in nginx.
 */
#include "confedit/nginx/nginx_enhance.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/nginx/nginx_choose.h"
#include "confedit/nginx/nginx_edit.h"
#include "confedit/nginx/nginx_lex.h"
#include "confedit/nginx/nginx_changes.h"
#include "confedit/nginx/nginx_split.h"

/* How a redirect recognises requests for a name. In a block that also speaks TLS and cannot be
 * split, the scheme is part of the comparison, because "if" has no "and". */
struct redirect_form {
	const char *variable, *prefix;
};

static const struct redirect_form by_host = {"$host", ""};
static const struct redirect_form by_scheme_and_host = {"$certbot_request", "http://"};
#define SET_REQUEST "set $certbot_request $scheme://$host;"

static const struct redirect_form *redirect_form_for(const struct nginx_server *server)
{
	return nginx_split_is_needed(server) && !nginx_split_is_possible(server)
		       ? &by_scheme_and_host
		       : &by_host;
}

/* "($host = a.example)", or an expression for a certificate's wildcard. One label for the asterisk,
 * as in the certificate: a deeper name would be redirected to a site whose certificate does not
 * cover it. */
static char *redirect_condition(const struct redirect_form *form, const char *name)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (!str_starts(name, "*."))
		return xasprintf("(%s = %s%s)", form->variable, form->prefix, name);
	strbuf_addf(&out, "(%s ~ ^%s[^.]+", form->variable, form->prefix);
	for (const char *at = name + 1; *at; at++)
		strbuf_addf(&out, "%s%c", *at == '.' ? "\\" : "", *at);
	strbuf_adds(&out, "$)");
	return strbuf_detach(&out);
}

/* "return 301 https://…", with any of the codes that redirect. "return URL" means 302. */
static bool returns_https(const struct nginx_directive *directive)
{
	const char *target = nginx_directive_argument(directive, 1);

	if (!nginx_directive_is(directive, "return"))
		return false;
	if (!target)
		target = nginx_directive_argument(directive, 0);
	return target && str_starts(target, "https://");
}

static bool block_returns_https(const struct nginx_directive *block)
{
	for (const struct nginx_directive *d = block->first_child; d; d = d->next)
		if (returns_https(d))
			return true;
	return false;
}

/* "if" on the scheme, as people write it by hand: every plain request is redirected. Spelled as
 * nginx_conf decodes them; other forms get a second redirect that does no harm. */
static bool is_scheme_condition(const char *condition)
{
	static const char *const conditions[] = {
		"($scheme = http)",
		"($scheme != https)",
		"($https = )",
		"($https != on)",
	};

	for (size_t i = 0; i < ARRAY_LEN(conditions); i++)
		if (strcmp(condition, conditions[i]) == 0)
			return true;
	return false;
}

static bool redirects(const struct nginx_server *server, const struct nginx_directive *directive,
		      const char *condition)
{
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	if (returns_https(directive))
		return !server->tls;
	if (!nginx_directive_is(directive, "if") || !block_returns_https(directive))
		return false;
	for (size_t i = 1; i < directive->word_count; i++)
		strbuf_addf(&words, "%s%s", i > 1 ? " " : "", directive->words[i].text);
	return strcmp(words.text, condition) == 0 || is_scheme_condition(words.text);
}

static bool has_redirect(const struct nginx_server *server, const char *condition)
{
	for (size_t i = 0; i < server->items.count; i++)
		if (redirects(server, server->items.items[i].directive, condition))
			return true;
	return false;
}

/* In Certbot's form, so that its own "has a redirect already" is true for them. */
static void add_redirect_lines(const struct nginx_server *server, const struct strvec *names,
			       struct strbuf *lines)
{
	const struct redirect_form *form = redirect_form_for(server);

	for (size_t i = 0; i < names->count; i++) {
		AUTO_FREE char *condition = redirect_condition(form, names->items[i]);

		if (has_redirect(server, condition))
			continue;
		if (form == &by_scheme_and_host && !lines->len)
			strbuf_adds(lines, SET_REQUEST NGINX_MANAGED "\n");
		strbuf_addf(lines,
			    "%sif %s {\n\treturn 301 https://$host$request_uri;\n}" NGINX_MANAGED
			    "\n",
			    lines->len ? "\n" : "", condition);
	}
}

/* True when only requests for exactly these names get to the server on its plain sockets: each is
 * one of its names, none of which is a pattern, and it is not a default server. Then a small block
 * with the redirects is enough. Otherwise the plain half must go on serving the rest. */
static bool has_no_other_requests(const struct nginx_model *model,
				  const struct nginx_server *server, const struct strvec *names)
{
	if (!server->names.count || !strvec_is_subset(&server->names, names))
		return false;
	for (size_t i = 0; i < server->names.count; i++)
		if (strpbrk(server->names.items[i], "*~") || server->names.items[i][0] == '.')
			return false;
	for (size_t i = 0; i < server->listen_count; i++)
		if (!server->listens[i].tls &&
		    nginx_server_is_default(model, server, &server->listens[i]))
			return false;
	return true;
}

static enum nginx_split_kind split_kind(const struct nginx_model *model,
					const struct nginx_server *server,
					const struct strvec *names)
{
	return has_no_other_requests(model, server, names) ? NGINX_SPLIT_NAMES : NGINX_SPLIT_COPY;
}

int nginx_redirect(struct nginx_model *model, size_t server_id, const struct strvec *names,
		   struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;
	const struct nginx_server *server;

	if (nginx_model_require(model, server_id, &server, err) < 0)
		return err->code;
	add_redirect_lines(server, names, &lines);
	if (!lines.len)
		return 0;
	nginx_changes_init(&changes, model);
	strbuf_addc(&lines, '\n'); /* an empty line below the last redirect */
	if (!nginx_split_is_needed(server) || !nginx_split_is_possible(server))
		nginx_edit_insert_first(nginx_changes_edit(&changes, server->file),
					server->file->conf, server->directive, lines.text);
	else if (nginx_split(&changes, server, split_kind(model, server, names), lines.text, err) <
		 0)
		return err->code;
	return nginx_changes_apply(&changes, err);
}

static const struct nginx_item *find_header(const struct nginx_server *server, const char *header)
{
	const struct nginx_item *item = NULL;

	while ((item = nginx_items_find(&server->items, "add_header", item))) {
		const char *name = nginx_directive_argument(item->directive, 0);

		if (name && str_eq_nocase(name, header))
			return item;
	}
	return NULL;
}

/* For --auto-hsts, which reads the max-age that it has reached. */
const char *nginx_header_value(const struct nginx_server *server, const char *header)
{
	const struct nginx_item *item = find_header(server, header);

	return item ? nginx_directive_argument(item->directive, 1) : NULL;
}

/* nginx inherits "add_header" of http only into servers without any: what it inherited so far is
 * repeated. */
static void add_inherited_headers(const struct nginx_model *model,
				  const struct nginx_server *server, struct strbuf *lines)
{
	const struct nginx_item *item = NULL;

	if (nginx_items_find(&server->items, "add_header", NULL))
		return;
	while ((item = nginx_items_find(&model->http_items, "add_header", item))) {
		AUTO(strbuf) struct strbuf arguments = STRBUF_INIT;

		nginx_raw_arguments(item->file, item->directive, NULL, &arguments);
		strbuf_addf(lines, "add_header %s;" NGINX_MANAGED "\n", arguments.text);
	}
}

/* Requires a server with TLS. */
static int require_tls(struct nginx_model *model, size_t server_id, const char *what,
		       const struct nginx_server **ret_server, struct error *err)
{
	AUTO_FREE char *title = NULL;

	if (nginx_model_require(model, server_id, ret_server, err) < 0)
		return err->code;
	if ((*ret_server)->tls)
		return 0;
	title = nginx_server_title(*ret_server);
	return error_set(err, ERR_REFUSED, "cannot add %s to %s: it has no TLS", what, title);
}

/* HSTS is for TLS alone: over plain HTTP browsers must ignore it (RFC 6797 section 8.1), so a mixed
 * block is split. "always" because errors need the header as well. */
int nginx_add_header(struct nginx_model *model, size_t server_id, const char *header,
		     const char *value, struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;
	const struct nginx_server *server;

	if (require_tls(model, server_id, header, &server, err) < 0)
		return err->code;
	if (find_header(server, header)) {
		AUTO_FREE char *title = nginx_server_title(server);

		return error_set(err, ERR_EXISTS, "cannot add %s to %s: it is there already",
				 header, title);
	}
	nginx_changes_init(&changes, model);
	if (nginx_split_is_needed(server) &&
	    nginx_split(&changes, server, NGINX_SPLIT_COPY, "", err) < 0)
		return err->code;
	add_inherited_headers(model, server, &lines);
	strbuf_addf(&lines, "add_header %s \"%s\" always;" NGINX_MANAGED, header, value);
	nginx_edit_insert_last(nginx_changes_edit(&changes, server->file), server->file->conf,
			       server->directive, lines.text);
	return nginx_changes_apply(&changes, err);
}

int nginx_change_header(struct nginx_model *model, size_t server_id, const char *header,
			const char *value, struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	AUTO_FREE char *arguments = xasprintf("%s \"%s\" always", header, value);
	const struct nginx_server *server;
	const struct nginx_item *item;

	if (nginx_model_require(model, server_id, &server, err) < 0)
		return err->code;
	item = find_header(server, header);
	if (!item)
		return error_set(err, ERR_NOT_FOUND, "cannot change %s: the server has none",
				 header);
	nginx_changes_init(&changes, model);
	nginx_edit_set_arguments(nginx_changes_edit(&changes, item->file), item->file->conf,
				 item->directive, arguments);
	return nginx_changes_apply(&changes, err);
}

struct wanted {
	const char *name, *value;
	const char *written; /* the value, quoted where needed */
};

/* Sets a directive of the server: changes one that we wrote, adds a missing one; false when there
 * is one that is not ours. */
static bool set_own(struct nginx_changes *changes, const struct nginx_server *server,
		    const struct wanted *wanted, struct strbuf *lines)
{
	const struct nginx_item *item = nginx_items_find(&server->items, wanted->name, NULL);

	if (!item) {
		strbuf_addf(lines, "%s%s %s;" NGINX_MANAGED, lines->len ? "\n" : "", wanted->name,
			    wanted->written);
		return true;
	}
	if (item->directive->word_count == 2 &&
	    strcmp(item->directive->words[1].text, wanted->value) == 0)
		return true;
	if (item->via || !nginx_edit_is_managed(item->file->conf, item->directive))
		return false;
	nginx_edit_set_arguments(nginx_changes_edit(changes, item->file), item->file->conf,
				 item->directive, wanted->written);
	return true;
}

int nginx_staple(struct nginx_model *model, size_t server_id, const char *chain_path,
		 struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	AUTO(strbuf) struct strbuf lines = STRBUF_INIT;
	AUTO(strbuf) struct strbuf chain = STRBUF_INIT;
	const struct nginx_server *server;

	if (require_tls(model, server_id, "OCSP stapling", &server, err) < 0 ||
	    nginx_lex_quote(chain_path, &chain, err) < 0)
		return err->code;
	const struct wanted wanted[] = {
		{"ssl_trusted_certificate", chain_path, chain.text},
		{"ssl_stapling", "on", "on"},
		{"ssl_stapling_verify", "on", "on"},
	};

	nginx_changes_init(&changes, model);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		AUTO_FREE char *title = NULL;

		if (set_own(&changes, server, &wanted[i], &lines))
			continue;
		title = nginx_server_title(server);
		return error_set(err, ERR_REFUSED,
				 "cannot add OCSP stapling to %s: %s is set already", title,
				 wanted[i].name);
	}
	if (lines.len)
		nginx_edit_insert_last(nginx_changes_edit(&changes, server->file),
				       server->file->conf, server->directive, lines.text);
	return nginx_changes_apply(&changes, err);
}
