/*
 * Calls of providers' APIs (see call.h): one request at a time, over the run's HTTP client.
 */
#include "dns/api/call.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/ui.h"
#include "codec/base64.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/refusal.h"
#include "dns/crew.h"
#include "dns/login.h"
#include "dns/provider.h"
#include "os/clock.h"
#include "os/random.h"

enum {
	ATTEMPTS = 6,       /* half a minute in all */
	SLOW_ATTEMPTS = 10, /* after "slow down": four minutes, since limits last minutes */
	FIRST_DELAY_MS = 1000,
	MAX_DELAY_MS = 60 * 1000,
	TIMEOUT_MS = 45 * 1000, /* Certbot's */
	/* An attempt whose answer does not come may take all of its time, and six of them would be
	 * minutes. None begins so long after the first one. */
	PATIENCE_MS = 60 * 1000,
	/* For a provider that has used that up; there may be many records, and the clean-up. */
	SHORT_TIMEOUT_MS = 10 * 1000,
	MAX_ANSWER = 4 * 1024 * 1024,
	MAX_SHOWN = 300,   /* bytes of an answer quoted in a message */
	MAX_LOGGED = 4096, /* and in the log */
};

/* For the log, messages and requests that are signed. */
static const char *const methods[] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

/* A prepared call: what does not change from one attempt to the next. */
struct prepared {
	struct dns_session *session;
	const struct dns_call *call;
	char *url; /* absolute */
	struct strbuf body;
	int64_t started_ms;
};

/* The body of a login has the password. */
static void prepared_release(struct prepared *prepared)
{
	free(prepared->url);
	secret_wipe(prepared->body.text, prepared->body.len);
	strbuf_release(&prepared->body);
}
DEFINE_AUTO(prepared, prepared_release);

void dns_add_bearer(struct headers *headers, const char *token)
{
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	strbuf_addf(&value, "Bearer %s", token);
	headers_add(headers, "Authorization", value.text);
	secret_wipe(value.text, value.len);
}

void dns_add_basic(struct headers *headers, const char *user, const char *password)
{
	AUTO(strbuf) struct strbuf pair = STRBUF_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	strbuf_addf(&pair, "%s:%s", user, password);
	strbuf_adds(&value, "Basic ");
	base64_encode(&value, pair.text, pair.len);
	headers_add(headers, "Authorization", value.text);
	secret_wipe(pair.text, pair.len);
	secret_wipe(value.text, value.len);
}

/* Hexadecimal, which every API takes. */
void dns_add_nonce(struct strbuf *out, size_t bytes)
{
	unsigned char random[32];

	random_bytes(random, sizeof(random));
	strbuf_add_hex(out, random, bytes < sizeof(random) ? bytes : sizeof(random));
}

static void add_value(struct strbuf *form, const char *name, const struct json *value)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (json_is_null(value))
		return;
	if (json_text(value))
		strbuf_adds(&text, json_text(value));
	else
		json_print(value, JSON_COMPACT, &text);
	url_add_field(form, name, text.text);
}

void dns_add_fields(struct strbuf *form, const char *name, const struct json *array)
{
	for (size_t i = 0; i < json_count(array); i++)
		add_value(form, name, json_at(array, i));
}

void dns_add_members(struct strbuf *form, const struct json *object)
{
	for (size_t i = 0; i < json_count(object); i++) {
		const char *name = json_member_name(object, i);

		add_value(form, name, json_member(object, name));
	}
}

static char *absolute_url(const struct dns_session *session, const char *url)
{
	const char *base = session->base_url ? session->base_url : session->provider->base_url;

	return strstr(url, "://") || !base ? xstrdup(url) : xasprintf("%s%s", base, url);
}

/* Appends what the session adds to every URL of its API. */
static char *whole_url(const struct dns_session *session, const char *url)
{
	char *absolute = absolute_url(session, url);

	if (session->query)
		REPLACE(absolute, xasprintf("%s%c%s", absolute, strchr(absolute, '?') ? '&' : '?',
					    session->query));
	return absolute;
}

static void prepare_call(struct dns_session *session, const struct dns_call *call,
			 struct prepared *ret_prepared)
{
	struct prepared *p = ret_prepared;

	p->session = session;
	p->call = call;
	p->url = whole_url(session, call->url);
	p->started_ms = clock_mono_ms(session->host->clock);
	if (call->json)
		json_print(call->json, JSON_COMPACT, &p->body);
	else if (call->body)
		strbuf_adds(&p->body, call->body);
}

/* Called for each attempt, because some APIs sign the time or a nonce, and a token may have expired
 * in the meantime. */
static int fill_headers(const struct prepared *p, struct headers *headers, struct error *err)
{
	const struct dns_call *call = p->call;
	const struct dns_outgoing outgoing = {methods[call->method], p->url, p->body.text};
	struct dns_session alone = *p->session;

	if (call->json)
		headers_add(headers, "Content-Type", "application/json");
	else if (call->body && call->content_type)
		headers_add(headers, "Content-Type", call->content_type);
	if (!(call->flags & (DNS_CALL_NOT_JSON | DNS_CALL_XML | DNS_CALL_FORM)) &&
	    !(call->headers && headers_get(call->headers, "Accept")))
		headers_add(headers, "Accept", "application/json");
	for (size_t i = 0; call->headers && i < call->headers->names.count; i++)
		headers_add(headers, call->headers->names.items[i], call->headers->values.items[i]);
	if (call->flags & DNS_CALL_ANONYMOUS || !p->session->provider->authorize)
		return 0;
	/* Without the worker: no other worker may run while this one logs in for all of them. */
	alone.worker = NULL;
	return alone.provider->authorize(&alone, &outgoing, headers, err);
}

static void wipe_headers(struct headers *headers)
{
	for (size_t i = 0; i < headers->values.count; i++)
		secret_wipe(headers->values.items[i], strlen(headers->values.items[i]));
}

/* The answer to a login is not logged: it contains a secret that we cannot mask yet. */
static void log_answer(const struct prepared *p, const struct http_response *response)
{
	const struct dns_session *session = p->session;
	bool is_login = p->call->flags & DNS_CALL_ANONYMOUS && response->status < 300;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (response->body && response->body_len && !is_login) {
		strbuf_adds(&text, ": ");
		dns_login_add_safe(session->login, response->body, MAX_LOGGED, &text);
	}
	dns_login_add_safe(session->login, p->url, MAX_LOGGED, &url);
	log_debug("%s: %s %s: %d%s", session->provider->plugin.name, methods[p->call->method],
		  url.text, response->status, text.text);
}

static enum content_form form_of(const struct dns_call *call)
{
	if (call->flags & DNS_CALL_XML)
		return CONTENT_XML;
	if (call->flags & DNS_CALL_FORM)
		return CONTENT_FIELDS;
	if (call->flags & DNS_CALL_ZONE)
		return CONTENT_ZONE;
	return call->flags & DNS_CALL_NOT_JSON ? CONTENT_RAW : CONTENT_JSON;
}

static int64_t time_limit_ms(const struct prepared *p)
{
	int64_t limit_ms = p->call->timeout_ms ? p->call->timeout_ms : TIMEOUT_MS;

	return dns_login_is_slow(p->session->login) && limit_ms > SHORT_TIMEOUT_MS
		       ? SHORT_TIMEOUT_MS
		       : limit_ms;
}

static int send_once(const struct prepared *p, struct http_response *ret_response,
		     struct error *err)
{
	bool may_be_plain = p->call->flags & DNS_CALL_PLAIN_HTTP ||
			    p->session->provider->flags & DNS_OWN_SERVER;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct http_request request = {
		.method = p->call->method,
		.url = p->url,
		.headers = &headers,
		.body = p->body.text,
		.body_len = p->body.len,
		.max_body = MAX_ANSWER,
		.timeout_ms = time_limit_ms(p),
		.flags = may_be_plain ? HTTP_ALLOW_PLAIN : 0,
		.form = form_of(p->call),
	};
	int rc = fill_headers(p, &headers, err);

	bool is_prepared = rc == 0;

	http_response_release(ret_response);
	if (is_prepared)
		rc = dns_worker_http(p->session->worker, p->session->host, &request, ret_response,
				     err);
	wipe_headers(&headers);
	/* A login that failed has been retried already, and its error says that it was a login. */
	if (is_prepared && rc < 0 && rc != ERR_CANCELLED && rc != ERR_CONFIG) {
		error_move(&ret_response->error, err);
		return 0;
	}
	if (rc == 0)
		log_answer(p, ret_response);
	return rc;
}

/* Moves the response into the reply. A body of the wrong form leaves reply->json (or xml) NULL and
 * sets `ret_fault`; the body itself is kept, since it may contain the reason. */
static void take_response(const struct prepared *p, struct http_response *response,
			  struct dns_reply *ret_reply, struct error *ret_fault)
{
	dns_reply_release(ret_reply);
	ret_reply->status = response->status;
	ret_reply->headers = response->headers;
	headers_init(&response->headers);
	ret_reply->body = response->body ? STEAL(response->body) : xstrdup("");
	ret_reply->body_len = response->body_len;
	ret_reply->json = STEAL(response->content.json);
	ret_reply->xml = STEAL(response->content.xml);
	if (error_is_set(&response->content.fault))
		error_move(ret_fault, &response->content.fault);
}

/* A POST that may have arrived could add the record twice. */
static bool may_repeat(const struct prepared *p, const struct http_response *response)
{
	return p->call->method != HTTP_POST || p->call->flags & DNS_CALL_REPEATABLE ||
	       !response->maybe_sent;
}

static bool is_accepted(const struct dns_call *call, int status)
{
	if (status >= 200 && status < 300)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(call->accept) && call->accept[i]; i++)
		if (call->accept[i] == status)
			return true;
	return false;
}

/* The provider's own words count more than the status, which many APIs use loosely. */
static enum dns_verdict judge(const struct dns_provider *provider, const struct dns_reply *reply)
{
	enum dns_verdict verdict = provider->judge ? provider->judge(reply)
						   : dns_judge_error(&provider->error_shape, reply);

	if (verdict != DNS_AS_STATUS && verdict != DNS_REFUSED)
		return verdict;
	if (reply->status == 429)
		return DNS_SLOW_DOWN;
	return reply->status == 401 || reply->status == 403 ? DNS_DENIED : verdict;
}

/* Some APIs answer 200 with an error in the body. */
static bool is_refusal(const struct prepared *p, const struct dns_reply *reply)
{
	if (!is_accepted(p->call, reply->status))
		return true;
	return reply->status < 300 && judge(p->session->provider, reply) != DNS_AS_STATUS;
}

static bool is_late(const struct prepared *p)
{
	return clock_mono_ms(p->session->host->clock) - p->started_ms >= PATIENCE_MS;
}

/* Returns how many attempts make sense after no answer; 1 means no more. */
static int attempts_after_loss(const struct prepared *p, const struct http_response *response)
{
	if (response->error.code != ERR_NETWORK || !may_repeat(p, response))
		return 1;
	return dns_login_is_slow(p->session->login) || is_late(p) ? 1 : ATTEMPTS;
}

/* The same after any result. Waiting does not help against 501. */
static int attempts_after(const struct prepared *p, const struct http_response *response,
			  const struct dns_reply *reply)
{
	if (p->call->flags & DNS_CALL_ONCE)
		return 1;
	if (error_is_set(&response->error))
		return attempts_after_loss(p, response);
	if (!is_refusal(p, reply))
		return 1;
	if (judge(p->session->provider, reply) == DNS_SLOW_DOWN)
		return SLOW_ATTEMPTS;
	return reply->status >= 500 && reply->status != 501 ? ATTEMPTS : 1;
}

/* Retry-After is obeyed up to a minute (RFC 9110 section 10.2.3). */
static int64_t delay_ms(const struct prepared *p, const struct dns_reply *reply, int attempt)
{
	int64_t now = dns_now(p->session), delay = (int64_t)FIRST_DELAY_MS << attempt;
	int64_t retry_at = headers_retry_after(&reply->headers, now);

	if (retry_at)
		delay = (retry_at - now) * 1000;
	return delay < MAX_DELAY_MS ? delay : MAX_DELAY_MS;
}

/* "cannot add a record in zone 'a.example' at Cloudflare". */
static void add_subject(const struct dns_session *session, const char *what, struct strbuf *out)
{
	strbuf_addf(out, "cannot %s", what);
	if (session->zone && session->zone[0])
		strbuf_addf(out, " in zone '%s'", session->zone);
	strbuf_addf(out, " at %s", session->provider->title);
}

static enum err_code code_of(const struct dns_provider *provider, const struct dns_reply *reply)
{
	static const enum err_code codes[] = {
		[DNS_AS_STATUS] = ERR_PLUGIN,  [DNS_REFUSED] = ERR_PLUGIN,
		[DNS_DENIED] = ERR_CONFIG,     [DNS_SLOW_DOWN] = ERR_RATE_LIMITED,
		[DNS_UNKNOWN] = ERR_NOT_FOUND, [DNS_EXISTS] = ERR_EXISTS,
		[DNS_STALE] = ERR_BUSY,
	};
	enum dns_verdict verdict = judge(provider, reply);

	return verdict <= DNS_REFUSED && reply->status >= 500 ? ERR_NETWORK : codes[verdict];
}

/* Appends the provider's own explanation from the JSON, or else the beginning of the body. */
static void add_answer(const struct dns_session *session, const struct dns_reply *reply,
		       struct strbuf *out)
{
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;

	if (!reply->json && session->provider->explain_body)
		session->provider->explain_body(reply, &words);
	else if (reply->json && session->provider->explain)
		session->provider->explain(reply->json, &words);
	else if (session->provider->error_shape.message)
		dns_explain_shape(&session->provider->error_shape, reply, &words);
	if (!words.len)
		strbuf_adds(&words, reply->body);
	strbuf_trim(&words);
	if (!words.len)
		return;
	strbuf_adds(out, ": ");
	dns_login_add_safe(session->login, words.text, MAX_SHOWN, out);
}

int dns_refuse(struct dns_session *session, const struct dns_call *call,
	       const struct dns_reply *reply, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *url = absolute_url(session, call->url);
	enum err_code code = code_of(session->provider, reply);

	add_subject(session, call->what, &text);
	strbuf_addf(&text, ": %s ", methods[call->method]);
	dns_login_add_safe(session->login, url, MAX_SHOWN, &text);
	strbuf_addf(&text, " answered %d", reply->status);
	add_answer(session, reply, &text);
	error_set(err, code, "%s", text.text);
	if (code == ERR_CONFIG && session->provider->login_hint)
		error_hint(err, "%s", session->provider->login_hint);
	return code;
}

static int fail_call(const struct prepared *p, struct error *own_reason, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	add_subject(p->session, p->call->what, &text);
	error_move(err, own_reason);
	return error_wrap(err, "%s", text.text);
}

int dns_bad_answer(struct dns_session *session, const char *what, const char *fault,
		   struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	add_subject(session, what, &text);
	return error_set(err, ERR_PROTOCOL, "%s: cannot understand the answer: %s", text.text,
			 fault);
}

/* Skips what may stand before the first element: a byte order mark, white space, the declaration of
 * XHTML, comments. */
static const char *skip_prolog(const char *body)
{
	const char *end = body;

	if (str_starts(body, "\xef\xbb\xbf"))
		body += 3;
	while (end) {
		body += strspn(body, " \t\r\n");
		end = str_starts(body, "<!--") ? strstr(body, "-->")
		      : str_starts(body, "<?") ? strchr(body, '>')
					       : NULL;
		if (end)
			body = strchr(end, '>') + 1;
	}
	return body;
}

/* A proxy or a portal may answer 200 itself, without passing the request on. The content decides,
 * because many APIs send a wrong Content-Type. A provider whose pages mean something says so. */
static bool is_web_page(const struct dns_provider *provider, const struct dns_reply *reply)
{
	const char *start = skip_prolog(reply->body);

	if (strncasecmp(start, "<!doctype html", 14) != 0 && strncasecmp(start, "<html", 5) != 0)
		return false;
	return reply->status / 100 == 2 && judge(provider, reply) <= DNS_REFUSED;
}

/* Refuses an answer of success that says nothing: that, too, a proxy may have given. */
static int check_answer(const struct prepared *p, const struct dns_reply *reply, struct error *err)
{
	if (reply->status != 200 || reply->body_len || p->call->flags & DNS_CALL_NO_ANSWER)
		return 0;
	return dns_bad_answer(p->session, p->call->what, "it is empty", err);
}

/* Any answer makes a provider worth the usual wait again. */
static void note_patience(const struct prepared *p, const struct http_response *response)
{
	struct dns_login *login = p->session->login;

	if (!error_is_set(&response->error))
		dns_login_note_slow(login, false);
	else if (is_late(p))
		dns_login_note_slow(login, true);
}

/* Turns the last attempt into a result. A web page is not a refusal, whatever words are on it. */
static int conclude_call(const struct prepared *p, struct http_response *response,
			 const struct dns_reply *reply, const struct error *not_json,
			 struct error *err)
{
	note_patience(p, response);
	if (error_is_set(&response->error))
		return fail_call(p, &response->error, err);
	if (is_web_page(p->session->provider, reply)) {
		dns_bad_answer(p->session, p->call->what, "it is a web page", err);
		return error_hint(err, WEB_PAGE_HINT);
	}
	if (error_is_set(not_json) && reply->status < 300 && !(p->call->flags & DNS_CALL_NO_ANSWER))
		return dns_bad_answer(p->session, p->call->what, not_json->text, err);
	if (is_refusal(p, reply))
		return dns_refuse(p->session, p->call, reply, err);
	return check_answer(p, reply, err);
}

/* A change may have been made although the answer is a refusal: an earlier attempt made it and only
 * its answer was lost. libcurl repeats a request by itself if a kept connection ends. */
static void note_repetition(struct dns_session *session, int attempt,
			    const struct http_response *response)
{
	if (attempt || response->maybe_sent)
		session->was_repeated = true;
}

/* The waits become longer and longer; whoever watches is told why nothing happens. */
static int wait_for_attempt(struct dns_session *session, int64_t ms, struct error *err)
{
	const struct ui *ui = session->host->ui;
	int rc;

	if (ui)
		ui_progress(ui, "Waiting to ask %s again", session->provider->title);
	rc = dns_pause(session, ms, err);
	if (ui)
		ui_progress(ui, "%s", "");
	return rc;
}

/* The last attempt's error is reported: it says what is wrong now. */
int dns_call(struct dns_session *session, const struct dns_call *call, struct dns_reply *ret_reply,
	     struct error *err)
{
	AUTO(prepared) struct prepared p = {.body = STRBUF_INIT};

	prepare_call(session, call, &p);
	for (int attempt = 0;; attempt++) {
		AUTO(http_response) struct http_response response;
		AUTO(error) struct error not_json = ERROR_INIT;

		http_response_init(&response);
		if (send_once(&p, &response, err) < 0)
			return err->code;
		note_repetition(session, attempt, &response);
		take_response(&p, &response, ret_reply, &not_json);
		if (attempt + 1 >= attempts_after(&p, &response, ret_reply))
			return conclude_call(&p, &response, ret_reply, &not_json, err);
		if (wait_for_attempt(session, delay_ms(&p, ret_reply, attempt), err) < 0)
			return err->code;
	}
}

int dns_post_form(struct dns_session *session, struct dns_call call, struct strbuf *form,
		  struct dns_reply *ret_reply, struct error *err)
{
	int rc;

	call.method = HTTP_POST;
	call.content_type = "application/x-www-form-urlencoded";
	call.body = form->text;
	rc = dns_call(session, &call, ret_reply, err);
	secret_wipe(form->text, form->len);
	return rc;
}

/* Returns true if both URLs have the same scheme, host and port. The next request carries the
 * token, so an answer must not choose who receives it. */
static bool same_origin(const char *a, const char *b)
{
	AUTO(url) struct url one = {.port = -1};
	AUTO(url) struct url other = {.port = -1};
	AUTO(error) struct error ignored = ERROR_INIT;

	return url_parse(a, &one, &ignored) == 0 && url_parse(b, &other, &ignored) == 0 &&
	       strcmp(one.scheme, other.scheme) == 0 && str_eq_nocase(one.host, other.host) &&
	       one.port == other.port;
}

/* The limit protects against an API that names the same next page forever. */
int dns_call_pages(struct dns_session *session, const struct dns_call *first, dns_page_fn *take,
		   void *context, struct error *err)
{
	AUTO_FREE char *origin = absolute_url(session, first->url);
	AUTO_FREE char *url = xstrdup(origin);

	for (int page = 0; page < DNS_MAX_PAGES; page++) {
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		struct dns_call call = *first;
		char *next = NULL;

		call.url = url;
		if (dns_call(session, &call, &reply, err) < 0 ||
		    take(context, &reply, &next, err) < 0)
			return err->code;
		if (!next)
			return 0;
		REPLACE(url, absolute_url(session, next));
		free(next);
		if (!same_origin(origin, url))
			return dns_bad_answer(session, first->what,
					      "the next page is on another host", err);
	}
	return dns_bad_answer(session, first->what, "there are too many pages", err);
}
