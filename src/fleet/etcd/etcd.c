/*
 * The engine (see etcd.h): choice of the member, timeouts, and authentication.
 *
 * A member without a quorum needs 7 s to report it, and a suspended one never answers. So each call
 * has 3 s, after which the next call goes to the next member.
 */
#include "fleet/etcd/etcd.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/url.h"
#include "fleet/etcd/etcd_message.h"
#include "net/http/http.h"

enum {
	CALL_MS = 3000,
	/* An answer has few keys, and the largest value is a generation. */
	MAX_ANSWER = 4 * 1024 * 1024,
	/* Events on one small key. */
	MAX_EVENTS = 64 * 1024,
};

struct etcd {
	struct fleet_engine engine;
	struct http_client *http;
	struct strvec endpoints;
	size_t at; /* index of the endpoint for the next call */
	char *prefix, *user;
	struct secret password;
	struct secret token; /* empty: not logged in */
	char *revision;      /* of the store at its last answer, in digits; NULL: none yet */
};

static struct etcd *etcd_of(struct fleet_engine *engine)
{
	return CONTAINER_OF(engine, struct etcd, engine);
}

static void pass_over(struct etcd *etcd)
{
	etcd->at = (etcd->at + 1) % etcd->endpoints.count;
}

struct etcd_call {
	const char *path;
	const struct strbuf *body;
	int64_t timeout_ms;
	size_t max_answer;
	unsigned flags; /* of the request, besides the usual one */
};

/* Calls the member that is next. A stream has no form to be parsed. */
static int call_member(struct etcd *etcd, const struct etcd_call *call,
		       struct http_response *response, struct error *err)
{
	AUTO_FREE char *url = xasprintf("%s%s", etcd->endpoints.items[etcd->at], call->path);
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct http_request request = {
		.method = HTTP_POST,
		.url = url,
		.headers = &headers,
		.body = call->body->text,
		.body_len = call->body->len,
		.max_body = call->max_answer,
		.timeout_ms = call->timeout_ms,
		.form = call->flags & HTTP_UNTIL_SECOND_LINE ? CONTENT_RAW : CONTENT_JSON,
		.flags = HTTP_ALLOW_PLAIN | call->flags,
	};
	int rc;

	headers_add(&headers, "Content-Type", "application/json");
	if (call->flags & HTTP_UNTIL_SECOND_LINE)
		headers_add(&headers, "Grpc-Metadata-hasleader", "true");
	/* No "Bearer": etcd would take it for a part of the token. */
	if (etcd->token.len)
		headers_add(&headers, "Authorization", secret_peek(&etcd->token));
	rc = http_perform(etcd->http, &request, response, err);
	if (etcd->token.len)
		secret_wipe(headers.values.items[headers.values.count - 1], etcd->token.len);
	return rc;
}

static struct etcd_call usual_call(const char *path, const struct strbuf *body)
{
	return (struct etcd_call){
		.path = path, .body = body, .timeout_ms = CALL_MS, .max_answer = MAX_ANSWER};
}

/* Calls members in turn until one answers. Returns false if none did, or if a request may have
 * arrived without an answer; the outcome tells which. */
static bool call_members(struct etcd *etcd, const char *path, const struct strbuf *body,
			 struct http_response *response, struct fleet_answer *answer)
{
	const struct etcd_call call = usual_call(path, body);

	for (size_t i = 0; i < etcd->endpoints.count; i++) {
		error_release(&answer->fault);
		if (call_member(etcd, &call, response, &answer->fault) == 0)
			return true;
		pass_over(etcd);
		if (response->maybe_sent || answer->fault.code == ERR_CANCELLED) {
			answer->outcome = FLEET_UNSURE;
			return false;
		}
		http_response_release(response);
		http_response_init(response);
		fleet_engine_wait(&etcd->engine);
	}
	answer->outcome = FLEET_AWAY;
	return false;
}

/* Where a watch begins: with what comes after the last answer. */
static void note_revision(struct etcd *etcd, const struct etcd_reply *reply)
{
	const char *revision = etcd_message_revision(reply);

	if (revision)
		REPLACE(etcd->revision, xstrdup(revision));
}

static struct etcd_reply reply_of(const struct http_response *response)
{
	return (struct etcd_reply){.status = response->status,
				   .json = response->content.json,
				   .body = response->body ? response->body : ""};
}

/* A login costs the member 0.1 s of work, so the token is kept until a member refuses it. */
static bool log_in(struct etcd *etcd, struct fleet_answer *answer)
{
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO(http_response) struct http_response response;
	struct etcd_reply reply;
	const char *token = NULL;

	http_response_init(&response);
	secret_release(&etcd->token);
	etcd_message_put_login(etcd->user, secret_peek(&etcd->password), &body);
	if (call_members(etcd, "/v3/auth/authenticate", &body, &response, answer)) {
		reply = reply_of(&response);
		token = etcd_message_token(&reply, answer);
	} else if (answer->outcome == FLEET_UNSURE) {
		answer->outcome = FLEET_AWAY; /* the ask itself has not been sent */
	}
	if (token)
		secret_set(&etcd->token, token, strlen(token));
	secret_wipe(body.text, body.len);
	return token != NULL;
}

/* True for asks that are not idempotent: when a guarded write has taken effect, its repetition is
 * refused, which looks as if it had failed. */
static bool bears_no_repetition(const struct fleet_ask *ask)
{
	return ask->kind == FLEET_GRANT || (ask->kind == FLEET_TXN && ask->op_count);
}

/* Returns true if the caller has to log in and ask again. */
static bool ask_once(struct etcd *etcd, const struct fleet_ask *ask, struct fleet_answer *answer)
{
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO(http_response) struct http_response response;
	struct etcd_reply reply;
	bool wants_login;

	http_response_init(&response);
	etcd_message_put(ask, etcd->prefix, &body);
	if (!call_members(etcd, etcd_message_path(ask), &body, &response, answer))
		return false;
	reply = reply_of(&response);
	note_revision(etcd, &reply);
	wants_login = etcd_message_get(ask, etcd->prefix, &reply, answer);
	/* The library may have repeated it on a new connection; this answers the repetition. */
	if (response.maybe_sent && bears_no_repetition(ask)) {
		fleet_answer_release(answer);
		answer->outcome = FLEET_UNSURE;
		error_set(&answer->fault, ERR_NETWORK, "the write was sent twice");
	}
	if (answer->outcome == FLEET_UNSURE)
		pass_over(etcd);
	return wants_login && etcd->user;
}

static void perform(struct fleet_engine *engine, const struct fleet_ask *ask,
		    struct fleet_answer *answer)
{
	struct etcd *etcd = etcd_of(engine);

	if (etcd->user && !etcd->token.len && !log_in(etcd, answer))
		return;
	if (!ask_once(etcd, ask, answer))
		return;
	fleet_answer_release(answer);
	if (log_in(etcd, answer))
		ask_once(etcd, ask, answer);
}

/* Warns about a member that cannot be reached, and repeats what a member reports about itself. */
static void inspect_member(struct etcd *etcd, struct strvec *ret_warnings)
{
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error fault = ERROR_INIT;
	const char *endpoint = etcd->endpoints.items[etcd->at];
	const struct etcd_call call = usual_call("/v3/maintenance/status", &body);
	const struct json *errors;

	http_response_init(&response);
	strbuf_adds(&body, "{}");
	if (call_member(etcd, &call, &response, &fault) < 0) {
		strvec_pushf(ret_warnings, "%s cannot be reached: %s", endpoint, fault.text);
		return;
	}
	errors = json_member(response.content.json, "errors");
	for (size_t i = 0; i < json_count(errors); i++) {
		const char *text = json_text(json_at(errors, i));

		if (text)
			strvec_pushf(ret_warnings, "%s says: %s", endpoint, text);
	}
}

/* Has a watch wake us, and looks at nothing that it says. So it may be silent (after a compaction,
 * or with a token that has expired), end, or tell of more than there is. `hasleader` ends that of a
 * member that has lost the others. */
static int await_event(struct fleet_engine *engine, const char *key, int64_t timeout_ms,
		       struct error *err)
{
	struct etcd *etcd = etcd_of(engine);
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error fault = ERROR_INIT;
	struct etcd_call call = {.path = "/v3/watch",
				 .body = &body,
				 .timeout_ms = timeout_ms,
				 .max_answer = MAX_EVENTS,
				 .flags = HTTP_UNTIL_SECOND_LINE};

	http_response_init(&response);
	etcd_message_put_watch(etcd->prefix, key, etcd->revision, &body);
	if (call_member(etcd, &call, &response, &fault) == 0)
		return 0;
	if (fault.code == ERR_CANCELLED)
		return error_move(err, &fault);
	log_debug("watching the fleet's store: %s", fault.text);
	return 0;
}

bool etcd_is_private(const char *endpoint)
{
	AUTO(url) struct url url = {.scheme = NULL};
	AUTO(error) struct error malformed = ERROR_INIT;

	if (url_parse(endpoint, &url, &malformed) < 0)
		return false;
	return strcmp(url.scheme, "https") == 0 || url_host_is_loopback(url.host);
}

static void inspect_etcd(struct fleet_engine *engine, struct strvec *ret_warnings)
{
	struct etcd *etcd = etcd_of(engine);

	for (size_t i = 0; i < etcd->endpoints.count; i++) {
		inspect_member(etcd, ret_warnings);
		pass_over(etcd);
	}
	if (etcd->endpoints.count % 2 == 0)
		strvec_pushf(
			ret_warnings,
			"%zu members are named: an even number tolerates no more failures than "
			"one less",
			etcd->endpoints.count);
	for (size_t i = 0; i < etcd->endpoints.count; i++) {
		const char *endpoint = etcd->endpoints.items[i];

		if (!etcd_is_private(endpoint))
			strvec_pushf(ret_warnings,
				     "%s is used without TLS: anyone on the path can delete the "
				     "fleet's data",
				     endpoint);
	}
}

static void free_etcd(struct fleet_engine *engine)
{
	struct etcd *etcd = etcd_of(engine);

	strvec_release(&etcd->endpoints);
	secret_release(&etcd->password);
	secret_release(&etcd->token);
	free(etcd->prefix);
	free(etcd->revision);
	free(etcd->user);
	free(etcd);
}

static const struct fleet_engine_ops etcd_ops = {.name = "etcd",
						 .perform = perform,
						 .inspect = inspect_etcd,
						 .await = await_event,
						 .free = free_etcd};

struct fleet_engine *etcd_new(const struct etcd_options *options)
{
	struct etcd *etcd = XNEW(struct etcd);

	etcd->engine.ops = &etcd_ops;
	etcd->http = options->http;
	strvec_init(&etcd->endpoints);
	strvec_extend(&etcd->endpoints, options->endpoints);
	etcd->prefix = xstrdup(options->prefix);
	etcd->user = xstrdup_or_null(options->user);
	if (options->password)
		secret_set(&etcd->password, secret_peek(options->password), options->password->len);
	return &etcd->engine;
}
