/*
 * Roles of Amazon Web Services (see aws_roles.h). The global endpoint is asked, as boto3 did until
 * lately: it has no region to be wrong about.
 */
#include "dns/providers/amazon/aws_roles.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/call.h"
#include "dns/provider.h"

#define STS_URL "https://sts.amazonaws.com/"

static void fill_form(const struct aws_role *role, struct strbuf *form)
{
	url_add_field(form, "Action",
		      role->web_identity ? "AssumeRoleWithWebIdentity" : "AssumeRole");
	url_add_field(form, "Version", "2011-06-15");
	url_add_field(form, "RoleArn", role->arn);
	url_add_field(form, "RoleSessionName", role->session_name ? role->session_name : "certbot");
	url_add_field(form, "ExternalId", role->external_id);
	url_add_field(form, "WebIdentityToken", role->web_identity);
}

static int take_keys(struct dns_session *session, const struct dns_call *call,
		     const struct dns_reply *reply, struct aws_keys *ret_keys, struct error *err)
{
	const struct xml *result = reply->xml ? xml_at(reply->xml, 0) : NULL;
	const struct xml *credentials;
	const char *id, *secret, *token, *expires;

	/* AssumeRoleResponse/AssumeRoleResult/Credentials, or the same ...WithWebIdentity... */
	credentials = xml_find(result, "Credentials");
	id = xml_find_text(credentials, "AccessKeyId");
	secret = xml_find_text(credentials, "SecretAccessKey");
	token = xml_find_text(credentials, "SessionToken");
	expires = xml_find_text(credentials, "Expiration");
	if (!id || !secret || !token)
		return dns_bad_answer(session, call->what, "expected keys", err);
	aws_keys_set(ret_keys, id, secret, token);
	if (!expires || !datetime_parse_rfc3339(expires, &ret_keys->expires))
		ret_keys->expires = 0;
	return 0;
}

int aws_assume_role(struct dns_session *session, const struct aws_role *role,
		    struct aws_keys *ret_keys, struct error *err)
{
	const struct aws_scope scope = {"us-east-1", "sts", dns_now(session)};
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_outgoing outgoing = {"POST", STS_URL, NULL};
	struct dns_call call = {.what = "take on the role",
				.method = HTTP_POST,
				.url = STS_URL,
				.headers = &headers,
				.content_type = "application/x-www-form-urlencoded",
				.flags = DNS_CALL_ANONYMOUS | DNS_CALL_XML | DNS_CALL_REPEATABLE};

	if (role->web_identity)
		dns_hide(session, role->web_identity);
	fill_form(role, &form);
	call.body = form.text;
	outgoing.body = form.text;
	if (role->keys)
		aws_sign(role->keys, &scope, &outgoing, &headers);
	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	return take_keys(session, &call, &reply, ret_keys, err);
}
