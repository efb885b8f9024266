/*
 * Tokens of other identity providers at Google (see google_federation.h).
 */
#include "dns/providers/google_federation.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"
#include "dns/provider.h"

#define ANY_SCOPE "https://www.googleapis.com/auth/cloud-platform"

/* Asks the URL of the source, with its header fields. Plain HTTP is what metadata services have. */
static int fetch_token(struct dns_session *session, const struct json *source,
		       struct secret *ret_text, struct error *err)
{
	const struct json *fields = json_member(source, "headers");
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "get the token of the other identity",
				      .method = HTTP_GET,
				      .url = dns_answer_text(source, "url"),
				      .headers = &headers,
				      .flags = DNS_CALL_ANONYMOUS | DNS_CALL_NOT_JSON |
					       DNS_CALL_PLAIN_HTTP};

	for (size_t i = 0; fields && i < json_count(fields); i++) {
		const char *name = json_member_name(fields, i);

		headers_add(&headers, name, dns_answer_text(fields, name));
	}
	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	secret_set(ret_text, reply.body, reply.body_len);
	secret_wipe(reply.body, reply.body_len);
	return 0;
}

/* The token out of what was read: all of it, or a member of an object. */
static int pick_token(const struct json *source, struct secret *text, struct error *err)
{
	const struct json *format = json_member(source, "format");
	const char *name = dns_answer_text(format, "subject_token_field_name");
	AUTO(json) struct json *object = NULL;
	AUTO_FREE char *plain = NULL;

	if (strcmp(dns_answer_text(format, "type"), "json") != 0) {
		plain = xstrndup(secret_peek(text), strcspn(secret_peek(text), "\r\n"));
	} else {
		if (json_parse(secret_peek(text), text->len, "the token", &object, err) < 0)
			return error_wrap(err, "cannot log in at Google");
		plain = xstrdup(dns_answer_text(object, name));
	}
	secret_set(text, plain, strlen(plain));
	secret_wipe(plain, strlen(plain));
	if (!text->len)
		return error_set(err, ERR_CONFIG,
				 "cannot log in at Google: there is no token of the other identity "
				 "where credential_source says");
	return 0;
}

static int read_subject(struct dns_session *session, const struct json *file,
			struct secret *ret_token, struct error *err)
{
	const struct json *source = json_member(file, "credential_source");
	const char *path = dns_answer_text(source, "file");

	if (*path && dns_read_file(path, ret_token, err) < 0)
		return error_wrap(err, "cannot log in at Google");
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
	if (pick_token(source, ret_token, err) < 0)
		return err->code;
	dns_hide(session, secret_peek(ret_token));
	return 0;
}

static int exchange(struct dns_session *session, const struct json *file, const char *scope,
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
	dns_add_field(&form, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
	dns_add_field(&form, "audience", dns_answer_text(file, "audience"));
	dns_add_field(&form, "scope", scope);
	dns_add_field(&form, "requested_token_type",
		      "urn:ietf:params:oauth:token-type:access_token");
	dns_add_field(&form, "subject_token_type", dns_answer_text(file, "subject_token_type"));
	dns_add_field(&form, "subject_token", secret_peek(&subject));
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

	if (exchange(session, file, *account ? ANY_SCOPE : scope, &reply, err) < 0 ||
	    dns_token_take(session, "log in", reply.json, ret_token, err) < 0)
		return err->code;
	return *account ? become_account(session, account, scope, ret_token, err) : 0;
}
