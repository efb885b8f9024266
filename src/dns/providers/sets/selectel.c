/*
 * Selectel, DNS API v2 (https://developers.selectel.ru/docs/cloud-services/dns_api/dns_api_actual/):
 * sets of values, written as a whole. Zones of the older service, API v1, are not among its zones.
 *
 * A service user logs in as in OpenStack
 * (https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization).
 */
#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"
#include "dns/api/token.h"

#define USER "auth.identity.password.user."

enum {
	TOKEN_SECONDS = 12 * 3600, /* tokens last for 24 hours */
};

/* The project that the token is for, and the user of the account who asks for it. */
static struct json *new_log_in(const struct dns_session *session)
{
	const char *account = dns_credential(session, "account_id");
	struct json *body = json_object_new(), *methods = json_array_new();

	dns_set_text_at(body, USER "name", dns_credential(session, "username"));
	dns_set_text_at(body, USER "password", dns_credential(session, "password"));
	dns_set_text_at(body, USER "domain.name", account);
	dns_set_text_at(body, "auth.scope.project.name", dns_credential(session, "project_name"));
	dns_set_text_at(body, "auth.scope.project.domain.name", account);
	json_push_string(methods, "password");
	json_set(json_member(json_member(body, "auth"), "identity"), "methods", methods);
	return body;
}

static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = new_log_in(session);
	const struct dns_call call = {
		.what = "log in",
		.method = HTTP_POST,
		.url = "https://cloud.api.selcloud.ru/identity/v3/auth/tokens",
		.json = body,
		.flags = DNS_CALL_ANONYMOUS | DNS_CALL_REPEATABLE,
	};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	return dns_token_keep(session, call.what, headers_get(&reply.headers, "X-Subject-Token"),
			      TOKEN_SECONDS, ret_token, err);
}

/* {"error": "bad_request", "description": "..."}, or of the log-in {"error": {"code": ...}}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	if (json_is_object(json_member(answer, "error")))
		dns_explain_error(answer, out);
	else
		strbuf_addf(out, "%s: %s", dns_answer_text(answer, "error"),
			    dns_answer_text(answer, "description"));
}

/* Name and type are of a new set alone. */
static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = dns_set_object(change, true);

	if (change->there.count) {
		json_remove(body, "name");
		json_remove(body, "type");
	}
	json_set(body, "records", dns_quoted_values(&change->after, "content"));
	return body;
}

static const struct dns_set_calls set_calls = {
	.url = "/zones/{zone_id}/rrset?name={fqdn}.&rrset_types=TXT",
	.array = "result",
	.id = "id",
	.path = {"records"},
	.value = "content",
	.ttl = "ttl",
	.body = new_body,
	.new_url = "/zones/{zone_id}/rrset",
	.old_url = "/zones/{zone_id}/rrset/{id}",
	.by_patch = true,
};

const struct dns_provider dns_selectel = {
	DNS_SERVICE("selectel", "Selectel", "120"),
	DNS_CREDENTIALS({"account_id", "number of the account", false, true},
			{"project_name", "name of the project that has the zone", false, true},
			{"username", "name of a service user", false, true},
			{"password", "its password"}),
	.credentials_source = "my.selectel.ru, service users, with a role in the project",
	.ttl = 60,
	.base_url = "https://api.selectel.ru/domains/v2",
	.authorize = dns_authorize_session,
	.token_field = "X-Auth-Token",
	.log_in = log_in,
	.explain = explain,
	.login_hint = "check dns_selectel_account_id, dns_selectel_username and "
		      "dns_selectel_password, and that the service user has a role in the project",
	.open = dns_open_token,
	.close = dns_close_token,
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones?filter={zone}",
						     .array = "result",
						     .name = "name",
						     .id = "id"},
	.find_zone = dns_find_zone_called,
	.set_calls = &set_calls,
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
