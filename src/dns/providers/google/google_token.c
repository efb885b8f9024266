/*
 * Access tokens of Google (see google_login.h): a service account signs an assertion (RFC 7523), a
 * user's refresh token is shown, a machine asks its metadata service.
 */
#include "dns/providers/google/google_login.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/key/jws.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"
#include "dns/providers/google/google_federation.h"

#define SCOPE "https://www.googleapis.com/auth/ndev.clouddns.readwrite"
#define MACHINE_TOKEN "instance/service-accounts/default/token?scopes=" SCOPE

enum {
	LIFETIME_SECONDS = 3600,
	PROBE_MS = 3000, /* as Google's library waits for a metadata service */
};

int google_ask_machine(struct dns_session *session, const char *path, struct dns_reply *ret_reply,
		       struct error *err)
{
	const char *host = getenv("GCE_METADATA_HOST");
	AUTO_FREE char *url = xasprintf("http://%s/computeMetadata/v1/%s",
					host && host[0] ? host : "metadata.google.internal", path);
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct dns_call call = {.what = "ask the metadata service",
				      .method = HTTP_GET,
				      .url = url,
				      .headers = &headers,
				      .flags = DNS_CALL_ANONYMOUS | DNS_CALL_PLAIN_HTTP |
					       DNS_CALL_ONCE | DNS_CALL_NO_ANSWER,
				      .timeout_ms = PROBE_MS};

	headers_add(&headers, "Metadata-Flavor", "Google");
	return dns_call(session, &call, ret_reply, err);
}

static const char *token_url(const struct google_login *login)
{
	const char *url = dns_answer_text(login->file, "token_uri");

	return *url ? url : "https://oauth2.googleapis.com/token";
}

/* The signed statement of a service account that it is one. */
static int add_assertion(struct dns_session *session, const struct google_login *login,
			 struct strbuf *form, struct error *err)
{
	AUTO(json) struct json *claims = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, token = STRBUF_INIT;
	const char *kid = dns_answer_text(login->file, "private_key_id");
	const struct jws_key_name name = {.kid = *kid ? kid : NULL};
	int64_t now = dns_now(session);

	json_set_string(claims, "iss", dns_answer_text(login->file, "client_email"));
	json_set_string(claims, "scope", SCOPE);
	json_set_string(claims, "aud", token_url(login));
	json_set_int(claims, "iat", now);
	json_set_int(claims, "exp", now + LIFETIME_SECONDS);
	json_print(claims, JSON_COMPACT, &text);
	if (jws_sign_token(login->key, name, text.text, &token, err) < 0)
		return error_wrap(err, "cannot log in at Google");
	url_add_field(form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
	url_add_field(form, "assertion", token.text);
	return 0;
}

static void add_refresh_token(const struct google_login *login, struct strbuf *form)
{
	static const char *const members[] = {"client_id", "client_secret", "refresh_token"};

	url_add_field(form, "grant_type", "refresh_token");
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		url_add_field(form, members[i], dns_answer_text(login->file, members[i]));
}

static int ask_for_token(struct dns_session *session, struct google_login *login, struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	int rc;

	if (!login->key)
		add_refresh_token(login, &form);
	else if (add_assertion(session, login, &form, err) < 0)
		return err->code;
	rc = dns_token_fetch(session, token_url(login), &form, &login->token, err);
	if (rc == ERR_PLUGIN || rc == ERR_CONFIG)
		error_hint(err, "check that the credentials are still valid, and that this "
				"machine's clock is right");
	return rc;
}

/* The other identity's token, which has nothing to do with any zone. */
static int renew_external(struct dns_session *session, struct google_login *login,
			  struct error *err)
{
	const char *zone = session->zone;
	int rc;

	session->zone = NULL;
	rc = google_federation_token(session, login->file, SCOPE, &login->token, err);
	session->zone = zone;
	return rc;
}

static int renew_token(struct dns_session *session, struct google_login *login, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (login->is_external)
		return renew_external(session, login, err);
	if (login->file)
		return ask_for_token(session, login, err);
	if (google_ask_machine(session, MACHINE_TOKEN, &reply, err) < 0)
		return err->code;
	return dns_token_take(session, "log in", reply.json, &login->token, err);
}

int google_login_authorize(struct dns_session *session, struct google_login *login,
			   struct headers *headers, struct error *err)
{
	const char *quota_project = dns_answer_text(login->file, "quota_project_id");

	if (dns_token_ends(session, &login->token) && renew_token(session, login, err) < 0)
		return err->code;
	dns_add_bearer(headers, secret_peek(&login->token.text));
	if (*quota_project)
		headers_add(headers, "X-Goog-User-Project", quota_project);
	return 0;
}
