/*
 * Tokens of other identity providers at Google (see google_federation.h).
 */
#include "dns/providers/google/google_federation.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

#define ANY_SCOPE "https://www.googleapis.com/auth/cloud-platform"

static bool is_in_json(const struct json *source)
{
	return strcmp(dns_answer_text(json_member(source, "format"), "type"), "json") == 0;
}

/* The token out of what was read: a member of the object, or the first line of the text. */
static void take_token(const struct json *source, const struct json *object, struct span text,
		       struct secret *ret_token)
{
	const struct json *format = json_member(source, "format");
	const char *name = dns_answer_text(format, "subject_token_field_name");
	const char *member = dns_answer_text(object, name);

	if (is_in_json(source))
		secret_set(ret_token, member, strlen(member));
	else
		secret_set(ret_token, text.ptr, strcspn(text.ptr, "\r\n"));
}

/* Asks the URL of the source, with its header fields. Plain HTTP is what metadata services have. */
static int fetch_token(struct dns_session *session, const struct json *source,
		       struct secret *ret_token, struct error *err)
{
	const struct json *fields = json_member(source, "headers");
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_call call = {.what = "get the token of the other identity",
				.method = HTTP_GET,
				.url = dns_answer_text(source, "url"),
				.headers = &headers,
				.flags = DNS_CALL_ANONYMOUS | DNS_CALL_PLAIN_HTTP};

	for (size_t i = 0; fields && i < json_count(fields); i++) {
		const char *name = json_member_name(fields, i);

		headers_add(&headers, name, dns_answer_text(fields, name));
	}
	if (!is_in_json(source))
		call.flags |= DNS_CALL_NOT_JSON;
	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	take_token(source, reply.json, span_make(reply.body, reply.body_len), ret_token);
	secret_wipe(reply.body, reply.body_len);
	return 0;
}

static int read_token(const struct json *source, const char *path, struct secret *ret_token,
		      struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	AUTO(json) struct json *object = NULL;

	if (dns_read_file(path, &text, err) < 0 ||
	    (is_in_json(source) &&
	     json_parse(secret_peek(&text), text.len, "the token", &object, err) < 0))
		return error_wrap(err, "cannot log in at Google");
	take_token(source, object, span_make(secret_peek(&text), text.len), ret_token);
	return 0;
}

static int read_subject(struct dns_session *session, const struct json *file,
			struct secret *ret_token, struct error *err)
{
	const struct json *source = json_member(file, "credential_source");
	const char *path = dns_answer_text(source, "file");

	if (*path && read_token(source, path, ret_token, err) < 0)
		return err->code;
	if (!*path && !*dns_answer_text(source, "url"))
		return error_set(err, ERR_CONFIG,
				 "cannot log in at Google: credential_source names neither a file "
				 "nor a URL, which are the sources that are supported");
	if (!*path && json_member(source, "environment_id"))
		return error_set(err, ERR_CONFIG,
				 "cannot log in at Google: credential_source is an identity of "
				 "Amazon's, which is not supported");
	if (!*path && fetch_token(session, source, ret_token, err) < 0)
		return err->code;
	if (!ret_token->len)
		return error_set(err, ERR_CONFIG,
				 "cannot log in at Google: there is no token of the other identity "
				 "where credential_source says");
	dns_hide(session, secret_peek(ret_token));
	return 0;
}

static int exchange_token(struct dns_session *session, const struct json *file, const char *scope,
			  struct dns_reply *ret_reply, struct error *err)
{
	AUTO(secret) struct secret subject = SECRET_INIT;
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	struct dns_call call = {.what = "log in",
				.method = HTTP_POST,
				.url = dns_answer_text(file, "token_url"),
				.content_type = "application/x-www-form-urlencoded",
				.flags = DNS_CALL_ANONYMOUS | DNS_CALL_REPEATABLE};
	int rc;

	if (read_subject(session, file, &subject, err) < 0)
		return err->code;
	url_add_field(&form, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
	url_add_field(&form, "audience", dns_answer_text(file, "audience"));
	url_add_field(&form, "scope", scope);
	url_add_field(&form, "requested_token_type",
		      "urn:ietf:params:oauth:token-type:access_token");
	url_add_field(&form, "subject_token_type", dns_answer_text(file, "subject_token_type"));
	url_add_field(&form, "subject_token", secret_peek(&subject));
	call.body = form.text;
	rc = dns_call(session, &call, ret_reply, err);
	secret_wipe(form.text, form.len);
	return rc;
}

/* https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
 */
static int impersonate(struct dns_session *session, const char *url, const char *scope,
		       const char *token, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(json) struct json *body = json_object_new();
	struct json *scopes = json_array_new();
	const struct dns_call call = {.what = "log in as the service account",
				      .method = HTTP_POST,
				      .url = url,
				      .headers = &headers,
				      .json = body,
				      .flags = DNS_CALL_ANONYMOUS | DNS_CALL_REPEATABLE};

	dns_add_bearer(&headers, token);
	json_push_string(scopes, scope);
	json_set(body, "scope", scopes);
	json_set_string(body, "lifetime", "3600s");
	return dns_call(session, &call, ret_reply, err);
}

/* Puts the service account's token in the place of the other identity's. */
static int become_account(struct dns_session *session, const char *url, const char *scope,
			  struct dns_token *token, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const char *text;

	token->expires = 0;
	if (impersonate(session, url, scope, secret_peek(&token->text), &reply, err) < 0)
		return err->code;
	text = dns_answer_text(reply.json, "accessToken");
	if (!*text ||
	    !datetime_parse_rfc3339(dns_answer_text(reply.json, "expireTime"), &token->expires))
		return dns_bad_answer(session, "log in as the service account", "expected a token",
				      err);
	dns_hide(session, text);
	secret_set(&token->text, text, strlen(text));
	return 0;
}

int google_federation_token(struct dns_session *session, const struct json *file, const char *scope,
			    struct dns_token *ret_token, struct error *err)
{
	const char *account = dns_answer_text(file, "service_account_impersonation_url");
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (exchange_token(session, file, *account ? ANY_SCOPE : scope, &reply, err) < 0 ||
	    dns_token_take(session, "log in", reply.json, ret_token, err) < 0)
		return err->code;
	return *account ? become_account(session, account, scope, ret_token, err) : 0;
}
