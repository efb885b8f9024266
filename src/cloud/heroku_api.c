/*
 * Calls of the Platform API (see heroku_api.h).
 */
#include "cloud/heroku_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "cloud/vendor.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"

/* A thousand elements each; the limit is for an answer that never ends. */
#define MAX_PAGES 100

/* The session's state. The apps are allocated one by one: callers keep pointers to them. */
struct login {
	struct secret token;
	struct heroku_app **apps;
	size_t app_count, app_capacity;
};

static void release_domains(struct heroku_domains *domains)
{
	for (size_t i = 0; i < domains->count; i++) {
		free(domains->items[i].name);
		free(domains->items[i].endpoint);
	}
	free(domains->items);
}

static void free_app(struct heroku_app *app)
{
	if (!app)
		return;
	release_domains(&app->domains);
	free(app->name);
	free(app);
}
DEFINE_AUTO_PTR(heroku_app, free_app);

/* There is no state when no token was found. */
static void close_session(struct dns_session *session)
{
	struct login *login = session->state;

	if (!login)
		return;
	for (size_t i = 0; i < login->app_count; i++)
		free_app(login->apps[i]);
	free(login->apps);
	secret_release(&login->token);
	free(login);
}

/* Hidden from the log as soon as it is known. */
static int take_token(struct dns_session *session, const char *token)
{
	struct login *login = XNEW(struct login);

	secret_set(&login->token, token, strlen(token));
	dns_hide(session, token);
	session->state = login;
	return 0;
}

static int read_token_file(struct dns_session *session, const char *path, struct error *err)
{
	AUTO(secret) struct secret token = SECRET_INIT;

	if (vendor_read_token(path, "Heroku", &token, err) < 0)
		return err->code;
	return take_token(session, secret_peek(&token));
}

/* The word after "password" in the entry of the API: where `heroku login` keeps its token. Words
 * may be on one line or on several. */
static struct span token_in_netrc(const char *text)
{
	struct span rest = span_of(text), word, none = span_make(text, 0);
	bool is_entry = false, is_machine = false, is_password = false;

	for (; rest.len; rest = span_drop(rest, word.len)) {
		size_t blank = strspn(rest.ptr, " \t\r\n");

		rest = span_drop(rest, blank < rest.len ? blank : rest.len);
		word = span_make(rest.ptr, strcspn(rest.ptr, " \t\r\n"));
		if (is_entry && is_password)
			return word;
		if (is_machine)
			is_entry = span_eq(word, "api.heroku.com");
		is_machine = span_eq(word, "machine");
		is_password = span_eq(word, "password");
	}
	return none;
}

static int read_netrc(struct dns_session *session, struct error *err)
{
	AUTO_FREE char *home = dns_home();
	AUTO_FREE char *path = xasprintf("%s/.netrc", home);
	AUTO(secret) struct secret text = SECRET_INIT;
	AUTO(error) struct error failure = ERROR_INIT;
	AUTO_FREE char *token = NULL;
	int rc = dns_read_secret_file(path, &text, &failure);

	if (rc < 0 && rc != ERR_NOT_FOUND)
		return error_move(err, &failure);
	/* Copied because the words of the file do not end with a NUL. */
	token = span_dup(token_in_netrc(secret_peek(&text)));
	if (!token[0]) {
		error_set(err, ERR_CONFIG, "cannot log in to Heroku: no API token was found");
		return error_hint(err, "put one into a file (--heroku-token-file) or into the "
				       "variable HEROKU_API_KEY, or run: heroku login");
	}
	take_token(session, token);
	secret_wipe(token, strlen(token));
	return 0;
}

/* Our option first, then the places where Heroku's own tool looks, in its order. */
static int open_session(struct dns_session *session, struct error *err)
{
	const char *path = settings_string(session->settings, "heroku_token_file");
	const char *variable = getenv("HEROKU_API_KEY");

	if (path && path[0])
		return read_token_file(session, path, err);
	if (variable && variable[0])
		return take_token(session, variable);
	return read_netrc(session, err);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const struct login *login = session->state;

	dns_add_bearer(headers, secret_peek(&login->token));
	return 0;
}

/* {"id": "forbidden", "message": "..."} */
static void explain(const struct json *answer, struct strbuf *out)
{
	strbuf_addf(out, "%s: %s", dns_answer_text(answer, "id"),
		    dns_answer_text(answer, "message"));
}

const struct dns_provider heroku_api = {
	.plugin = {.name = "heroku"},
	.title = "Heroku",
	.flags = DNS_NO_CREDENTIALS_FILE,
	.base_url = "https://api.heroku.com",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check the API token: it needs the scope 'global', or 'write-protected' and "
		      "'identity'",
	.open = open_session,
	.close = close_session,
};

/* ---- Calls ---- */

/* "/apps/{app}" and what comes below it, each part escaped. */
static char *app_path(const char *app, const char *below, const char *which)
{
	AUTO(strbuf) struct strbuf path = STRBUF_INIT;

	strbuf_adds(&path, "/apps/");
	url_add_escaped(&path, app);
	if (below)
		strbuf_addf(&path, "/%s", below);
	if (which) {
		strbuf_addc(&path, '/');
		url_add_escaped(&path, which);
	}
	return strbuf_detach(&path);
}

/* Performs a call. The version of the API is given in "Accept", which replaces our usual one. */
static int ask_heroku(struct dns_session *session, struct dns_call *call, const char *range,
		      struct dns_reply *ret_reply, struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;

	headers_add(&headers, "Accept", "application/vnd.heroku+json; version=3");
	if (range)
		headers_add(&headers, "Range", range);
	call->headers = &headers;
	return dns_call(session, call, ret_reply, err);
}

static int read_acm(struct dns_session *session, struct heroku_app *app, struct error *err)
{
	AUTO_FREE char *path = app_path(app->name, NULL, NULL);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_call call = {.what = "look at the app", .method = HTTP_GET, .url = path};

	if (ask_heroku(session, &call, NULL, &reply, err) < 0)
		return err->code;
	app->has_acm = json_opt_bool(reply.json, "acm", false);
	return 0;
}

/* Lists what belongs to the app. The status 206 says that there is more, and Next-Range how to get
 * it. */
static int list_below(struct dns_session *session, const char *app, const char *below,
		      void (*take)(void *context, const struct json *item), void *context,
		      struct error *err)
{
	AUTO_FREE char *path = app_path(app, below, NULL);
	AUTO_FREE char *range = xstrdup("id ..; max=1000");

	for (int page = 0; page < MAX_PAGES; page++) {
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		struct dns_call call = {
			.what = "list what belongs to the app", .method = HTTP_GET, .url = path};
		struct json *array = NULL;
		const char *next;

		if (ask_heroku(session, &call, range, &reply, err) < 0 ||
		    dns_answer_array(session, call.what, &reply, NULL, &array, err) < 0)
			return err->code;
		for (size_t i = 0; i < json_count(array); i++)
			take(context, json_at(array, i));
		next = headers_get(&reply.headers, "Next-Range");
		if (reply.status != 206 || !next)
			return 0;
		REPLACE(range, xstrdup(next));
	}
	return dns_bad_answer(session, "list what belongs to the app", "there is no end of it",
			      err);
}

/* A domain without a certificate has null for its endpoint. */
static void take_domain(void *context, const struct json *item)
{
	struct heroku_domains *domains = context;
	struct json *endpoint = json_member(item, "sni_endpoint");
	struct heroku_domain *domain;

	ARRAY_GROW(domains->items, domains->count, domains->capacity);
	domain = &domains->items[domains->count++];
	domain->name = xstrdup(dns_answer_text(item, "hostname"));
	ascii_lower_string(domain->name);
	domain->endpoint = endpoint && json_is_object(endpoint) ? dns_answer_id(endpoint, "id")
								: NULL;
}

int heroku_find_app(struct dns_session *session, const char *name, struct heroku_app **ret_app,
		    struct error *err)
{
	struct login *login = session->state;
	AUTO(heroku_app) struct heroku_app *app = NULL;

	for (size_t i = 0; i < login->app_count; i++) {
		*ret_app = login->apps[i];
		if (strcmp((*ret_app)->name, name) == 0)
			return 0;
	}
	app = XNEW(struct heroku_app);
	app->name = xstrdup(name);
	if (read_acm(session, app, err) < 0 ||
	    list_below(session, name, "domains", take_domain, &app->domains, err) < 0)
		return err->code;
	ARRAY_GROW(login->apps, login->app_count, login->app_capacity);
	*ret_app = login->apps[login->app_count++] = STEAL(app);
	return 0;
}

/* A search for an endpoint by its name or its certificate; the other is NULL. */
struct endpoint_search {
	const char *name, *chain;
	char *id;
};

/* White space around a chain differs between what was sent and what comes back. */
static bool is_wanted(const struct endpoint_search *search, const struct json *item)
{
	if (search->chain)
		return span_same(span_trim(span_of(dns_answer_text(item, "certificate_chain"))),
				 span_trim(span_of(search->chain)));
	return strcmp(dns_answer_text(item, "name"), search->name) == 0 ||
	       strcmp(dns_answer_text(item, "display_name"), search->name) == 0;
}

static void take_endpoint(void *context, const struct json *item)
{
	struct endpoint_search *search = context;

	if (!search->id && is_wanted(search, item))
		search->id = dns_answer_id(item, "id");
}

int heroku_find_endpoint(struct dns_session *session, const char *app, const char *name,
			 char **ret_id, struct error *err)
{
	struct endpoint_search search = {.name = name};
	int rc = list_below(session, app, "sni-endpoints", take_endpoint, &search, err);

	*ret_id = search.id;
	return rc;
}

int heroku_find_certificate(struct dns_session *session, const char *app, const char *chain,
			    char **ret_id, struct error *err)
{
	struct endpoint_search search = {.chain = chain};
	int rc = list_below(session, app, "sni-endpoints", take_endpoint, &search, err);

	*ret_id = search.id;
	return rc;
}

/* Sends a certificate and its key. The body is built here, since that of call.json would stay in
 * memory with the key. */
static int send_certificate(struct dns_session *session, struct dns_call *call,
			    const struct heroku_certificate *certificate,
			    struct dns_reply *ret_reply, struct error *err)
{
	AUTO(json) struct json *request = json_object_new();
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	int rc;

	json_set_string(request, "certificate_chain", certificate->chain);
	json_set_string(request, "private_key", secret_peek(certificate->key));
	json_print(request, JSON_COMPACT, &body);
	call->content_type = "application/json";
	call->body = body.text;
	rc = ask_heroku(session, call, NULL, ret_reply, err);
	secret_wipe(body.text, body.len);
	return rc;
}

/* Not marked as repeatable: a request that arrives twice makes two endpoints. An interrupted run
 * finds its own by the certificate instead (heroku_find_certificate()). */
int heroku_add_endpoint(struct dns_session *session, const char *app,
			const struct heroku_certificate *certificate, char **ret_id,
			struct error *err)
{
	AUTO_FREE char *path = app_path(app, "sni-endpoints", NULL);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_call call = {.what = "add the certificate", .method = HTTP_POST, .url = path};

	if (send_certificate(session, &call, certificate, &reply, err) < 0)
		return err->code;
	*ret_id = dns_answer_id(reply.json, "id");
	return *ret_id ? 0 : dns_bad_answer(session, call.what, "expected 'id'", err);
}

/* PATCH keeps the id, to which domains are tied. */
int heroku_update_endpoint(struct dns_session *session, const char *app, const char *endpoint,
			   const struct heroku_certificate *certificate, struct error *err)
{
	AUTO_FREE char *path = app_path(app, "sni-endpoints", endpoint);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_call call = {
		.what = "replace the certificate", .method = HTTP_PATCH, .url = path};

	return send_certificate(session, &call, certificate, &reply, err);
}

int heroku_tie_domain(struct dns_session *session, const char *app, struct heroku_domain *domain,
		      const char *endpoint, struct error *err)
{
	AUTO_FREE char *path = app_path(app, "domains", domain->name);
	AUTO(json) struct json *request = json_object_new();
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_call call = {.what = "give the domain its certificate",
				.method = HTTP_PATCH,
				.url = path,
				.json = request};

	json_set_string(request, "sni_endpoint", endpoint);
	if (ask_heroku(session, &call, NULL, &reply, err) < 0)
		return err->code;
	/* For the next certificate of the run. */
	REPLACE(domain->endpoint, xstrdup(endpoint));
	return 0;
}
