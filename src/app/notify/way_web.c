/*
 * Webhooks: the document as it is, or a service's own form of a message, a row each. A form has its
 * URL, its body in JSON, and what its service takes at most.
 */
#include "app/notify/ways.h"

#include <stdlib.h>
#include <string.h>

#include "app/notify/way_file.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "net/http/http.h"
#include "os/random.h"

enum {
	TIMEOUT_MS = NOTIFY_WEB_S * 1000,
	MAX_ANSWER = 64 * 1024,
};

struct web_call {
	const struct way_file *file;
	const struct digest *digest;
	const char *subject, *text;
	struct strbuf url;
	struct json *body;
	enum http_method method;
};

static void web_call_release(struct web_call *call)
{
	strbuf_release(&call->url);
	json_free(call->body);
}
DEFINE_AUTO(web_call, web_call_release);

/* The file's URL, without the slash that people leave at its end. */
static void add_base(struct web_call *call, const char *usual)
{
	const char *given = way_file_get(call->file, "url");

	strbuf_adds(&call->url, given ? given : usual);
	while (call->url.len && call->url.text[call->url.len - 1] == '/')
		strbuf_truncate(&call->url, call->url.len - 1);
}

/* ---- Forms ---- */

static void fill_document(struct web_call *call)
{
	strbuf_adds(&call->url, way_file_get(call->file, "url"));
	json_free(call->body);
	call->body = digest_document(call->digest);
}

/* Mattermost and Rocket.Chat take this form, too. */
static void fill_slack(struct web_call *call)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_addc(&text, '*');
	/* Slack has the escapes of XML. Without them a text that a CA wrote could be a link, or
	 * call everybody. */
	xml_add_text(&text, call->subject);
	strbuf_adds(&text, "*\n");
	xml_add_text(&text, call->text);
	strbuf_adds(&call->url, way_file_get(call->file, "url"));
	json_set_string(call->body, "text", text.text);
}

/* The number in the path keeps a message that is sent twice from being shown twice. */
static void fill_matrix(struct web_call *call)
{
	uint64_t number;
	AUTO_FREE char *text = xasprintf("%s\n\n%s", call->subject, call->text);

	random_bytes(&number, sizeof(number));
	add_base(call, NULL);
	strbuf_adds(&call->url, "/_matrix/client/v3/rooms/");
	url_add_escaped(&call->url, way_file_get(call->file, "room"));
	strbuf_addf(&call->url, "/send/m.room.message/%016llx", (unsigned long long)number);
	call->method = HTTP_PUT;
	json_set_string(call->body, "msgtype", "m.text");
	json_set_string(call->body, "body", text);
}

static void fill_ntfy(struct web_call *call)
{
	add_base(call, "https://ntfy.sh");
	json_set_string(call->body, "topic", way_file_get(call->file, "topic"));
	json_set_string(call->body, "title", call->subject);
	json_set_string(call->body, "message", call->text);
	json_set_int(call->body, "priority", digest_is_urgent(call->digest) ? 4 : 3);
}

static void fill_telegram(struct web_call *call)
{
	AUTO_FREE char *text = xasprintf("%s\n\n%s", call->subject, call->text);

	add_base(call, "https://api.telegram.org");
	strbuf_addf(&call->url, "/bot%s/sendMessage", way_file_get(call->file, "token"));
	json_set_string(call->body, "chat_id", way_file_get(call->file, "chat"));
	json_set_string(call->body, "text", text);
}

static const struct web_form {
	const char *name;
	struct way_keys keys;
	size_t most_text;         /* bytes; 0: any number */
	bool has_token_in_header; /* if its file has one */
	void (*fill)(struct web_call *call);
} forms[] = {
	{"webhook", {"url", "token"}, 0, true, fill_document},
	{"slack", {"url", ""}, 30000, false, fill_slack},
	{"matrix", {"url room token", ""}, 30000, true, fill_matrix},
	{"ntfy", {"topic", "url token"}, 3500, true, fill_ntfy},
	{"telegram", {"token chat", "url"}, 3500, false, fill_telegram},
};

static const struct web_form *find_form(const char *name)
{
	size_t row = 0;

	while (row + 1 < ARRAY_LEN(forms) && strcmp(forms[row].name, name) != 0)
		row++;
	return &forms[row];
}

/* ---- The request ---- */

/* In the clear only to this machine: the URL is as good as a password. */
static int check_url(const char *text, struct error *err)
{
	AUTO(url) struct url url = {.port = -1};

	if (url_parse(text, &url, err) < 0)
		return error_recode(err, ERR_CONFIG);
	if (strcmp(url.scheme, "https") == 0 || url_host_is_loopback(url.host))
		return 0;
	return error_set(err, ERR_CONFIG, "the URL is not https");
}

/* The body is not quoted: nothing of it is read in a process that has keys, and it may repeat a
 * part of the token. */
static int judge_answer(const struct http_response *answer, struct error *err)
{
	if (answer->status / 100 == 2)
		return 0;
	return error_set(err, ERR_PLUGIN, "the server answers %d", answer->status);
}

static int post_call(const struct web_form *form, const struct web_call *call,
		     struct notify_round *round, struct error *err)
{
	const char *token = way_file_get(call->file, "token");
	AUTO(headers) struct headers headers;
	AUTO(http_response) struct http_response answer;
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO_FREE char *login = form->has_token_in_header && token ? xasprintf("Bearer %s", token)
								   : NULL;

	headers_init(&headers);
	http_response_init(&answer);
	headers_add(&headers, "Content-Type", "application/json");
	if (login)
		headers_add(&headers, "Authorization", login);
	json_print(call->body, JSON_COMPACT, &body);
	if (notify_round_http(round, err) < 0)
		return err->code;
	if (http_perform(round->http,
			 &(const struct http_request){
				 .method = call->method,
				 .url = call->url.text,
				 .headers = &headers,
				 .body = body.text,
				 .body_len = body.len,
				 .max_body = MAX_ANSWER,
				 .timeout_ms = TIMEOUT_MS,
				 .flags = HTTP_ALLOW_PLAIN,
			 },
			 &answer, err) < 0) {
		round->may_have_arrived = answer.maybe_sent;
		return err->code;
	}
	return judge_answer(&answer, err);
}

int way_web_send(const struct notify_target *target, struct notify_round *round,
		 const struct digest *digest, struct error *err)
{
	const struct web_form *form = find_form(target->way->name);
	AUTO(way_file) struct way_file file = {.values = MAP_INIT(NULL)};
	AUTO_FREE char *subject = digest_subject(digest);
	AUTO_FREE char *text = digest_text(digest, form->most_text);
	AUTO(web_call) struct web_call call = {
		.file = &file,
		.digest = digest,
		.subject = subject,
		.text = text,
		.url = STRBUF_INIT,
		.method = HTTP_POST,
	};

	if (way_file_read(target->value, &form->keys, &file, err) < 0)
		return err->code;
	call.body = json_object_new();
	form->fill(&call);
	if (check_url(call.url.text, err) == 0 && post_call(form, &call, round, err) == 0)
		return 0;
	way_file_mask(&file, err);
	return err->code;
}
