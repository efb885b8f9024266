/*
 * Metadata services of Amazon's machines and containers (see aws_metadata.h).
 */
#include "dns/providers/amazon/aws_metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

enum {
	PROBE_MS = 1000, /* as boto3 waits for a metadata service */
};

int aws_take_keys(struct dns_session *session, const char *what, const struct json *answer,
		  const char *token, struct aws_keys *ret_keys, struct error *err)
{
	const char *id = dns_answer_text(answer, "AccessKeyId");
	const char *secret = dns_answer_text(answer, "SecretAccessKey");

	if (!*id || !*secret)
		return dns_bad_answer(session, what, "expected keys", err);
	aws_keys_set(ret_keys, id, secret, dns_answer_text(answer, token));
	if (!datetime_parse_rfc3339(dns_answer_text(answer, "Expiration"), &ret_keys->expires))
		ret_keys->expires = 0;
	return 1;
}

/* The service that Amazon's container services run next to each task. */
int aws_container_keys(struct dns_session *session, struct aws_keys *ret_keys, struct error *err)
{
	const char *relative = aws_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = aws_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *file = aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	AUTO_FREE char *url = relative ? xasprintf("http://169.254.170.2%s", relative)
				       : xstrdup(full ? full : "");
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(secret) struct secret token = SECRET_INIT;
	const struct dns_call call = {.what = "read the container's credentials",
				      .method = HTTP_GET,
				      .url = url,
				      .headers = &headers,
				      .flags = DNS_CALL_ANONYMOUS | DNS_CALL_PLAIN_HTTP};

	if (!relative && !full)
		return 0;
	if (file && dns_read_file(file, &token, err) < 0)
		return error_wrap(err, "cannot log in to AWS");
	if (token.len)
		headers_add(&headers, "Authorization", secret_peek(&token));
	else if (aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"))
		headers_add(&headers, "Authorization",
			    aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	return aws_take_keys(session, call.what, reply.json, "Token", ret_keys, err);
}

/* A call to the machine's metadata service, which most machines do not have: 0 then. */
static int ask_machine(struct dns_session *session, enum http_method method, const char *path,
		       const struct headers *headers, struct dns_reply *ret_reply)
{
	const char *given = aws_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	int len = given ? (int)strlen(given) - (given[strlen(given) - 1] == '/') : 0;
	AUTO_FREE char *url = given ? xasprintf("%.*s%s", len, given, path)
				    : xasprintf("http://169.254.169.254%s", path);
	AUTO(error) struct error ignored = ERROR_INIT;
	const struct dns_call call = {.what = "read the machine's credentials",
				      .method = method,
				      .url = url,
				      .headers = headers,
				      .flags = DNS_CALL_ANONYMOUS | DNS_CALL_PLAIN_HTTP |
					       DNS_CALL_ONCE | DNS_CALL_NO_ANSWER,
				      .timeout_ms = PROBE_MS};

	return dns_call(session, &call, ret_reply, &ignored) == 0 && ret_reply->body_len;
}

/* Instance metadata, version 2: a token first, the name of the role, its keys. */
int aws_machine_keys(struct dns_session *session, struct aws_keys *ret_keys, struct error *err)
{
	static const char path[] = "/latest/meta-data/iam/security-credentials/";
	const char *disabled = aws_variable("AWS_EC2_METADATA_DISABLED");
	AUTO(headers) struct headers asking = HEADERS_INIT, headers = HEADERS_INIT;
	AUTO(dns_reply) struct dns_reply token = DNS_REPLY_INIT, role = DNS_REPLY_INIT;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *role_path = NULL;

	if (disabled && strcasecmp(disabled, "true") == 0)
		return 0;
	headers_add(&asking, "X-aws-ec2-metadata-token-ttl-seconds", "21600");
	if (!ask_machine(session, HTTP_PUT, "/latest/api/token", &asking, &token))
		return 0;
	dns_hide(session, token.body);
	headers_add(&headers, "X-aws-ec2-metadata-token", token.body);
	if (!ask_machine(session, HTTP_GET, path, &headers, &role))
		return 0;
	role_path = xasprintf("%s%.*s", path, (int)strcspn(role.body, "\r\n"), role.body);
	if (!ask_machine(session, HTTP_GET, role_path, &headers, &reply))
		return 0;
	return aws_take_keys(session, "read the machine's credentials", reply.json, "Token",
			     ret_keys, err);
}
