/*
 * Sessions with Amazon Web Services, and S3 (see amazon.h).
 */
#include "cloud/amazon.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "cloud/amazon_parts.h"
#include "codec/headers.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "crypto/digest.h"
#include "dns/api/answer.h"
#include "dns/providers/amazon/aws_credentials.h"

#define NEEDED_ACTIONS                                                                             \
	"s3:PutObject, s3:DeleteObject, acm:ImportCertificate, acm:DescribeCertificate, "          \
	"acm:DeleteCertificate, cloudfront:GetDistributionConfig and "                             \
	"cloudfront:UpdateDistribution"

enum {
	/* A run may wait for minutes between two calls. */
	MARGIN_SECONDS = 300, /* keys are renewed this long before they expire */
};

/* The plugin's own options come before what the machine provides. Called again when keys expire:
 * those that a machine is lent last for hours. */
static int log_in(struct dns_session *session, struct error *err)
{
	struct amazon *amazon = session->state;
	const char *id = settings_string(session->settings, "s3front_access_key");
	const char *secret = settings_string(session->settings, "s3front_secret_key");
	AUTO_FREE char *region = NULL;

	aws_keys_release(&amazon->keys);
	if (!id || !secret)
		return aws_credentials_find(session, NEEDED_ACTIONS, &amazon->keys, &region, err);
	aws_keys_set(&amazon->keys, id, secret, NULL);
	dns_hide(session, secret);
	return 0;
}

/* The map remembers where buckets were found, so that only the first call to each is answered with
 * a correction. */
static int open_session(struct dns_session *session, struct error *err)
{
	struct amazon *amazon = XNEW(struct amazon);

	amazon->regions = (struct map)MAP_INIT(free);
	session->state = amazon;
	return log_in(session, err);
}

static void close_session(struct dns_session *session)
{
	struct amazon *amazon = session->state;

	aws_keys_release(&amazon->keys);
	map_release(&amazon->regions);
	free(amazon);
}

/* The signature has the time in it, which Amazon accepts for some minutes only. */
static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	struct amazon *amazon = session->state;
	const struct aws_scope scope = {amazon->region, amazon->service, dns_now(session)};

	if (amazon->keys.expires && scope.now > amazon->keys.expires - MARGIN_SECONDS &&
	    log_in(session, err) < 0)
		return err->code;
	aws_sign(&amazon->keys, &scope, request, headers);
	return 0;
}

/* ---- What answers mean ---- */

/* ACM: {"__type": "com.amazon...#ValidationException", "message": "..."} */
static void explain(const struct json *answer, struct strbuf *out)
{
	const char *type = dns_answer_text(answer, "__type");
	const char *hash = strchr(type, '#');
	const char *message = dns_answer_text(answer, "message");

	strbuf_addf(out, "%s: %s", hash ? hash + 1 : type,
		    *message ? message : dns_answer_text(answer, "Message"));
}

/* S3: <Error><Code/><Message/>; CloudFront: <ErrorResponse><Error><Code/><Message/> */
static void explain_xml(const struct dns_reply *answer, struct strbuf *out)
{
	const struct xml *error = xml_find(answer->xml, "Error");
	const struct xml *place = error ? error : answer->xml;

	if (xml_find(place, "Message"))
		strbuf_addf(out, "%s: %s", xml_find_text(place, "Code") ?: "error",
			    xml_find_text(place, "Message"));
}

/* Reads the error codes, because nearly all of them come with the status 400. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"ResourceNotFoundException", DNS_UNKNOWN},
		{"Throttling", DNS_SLOW_DOWN},
		{"SlowDown", DNS_SLOW_DOWN},
		{"AccessDenied", DNS_DENIED},
		{"UnrecognizedClient", DNS_DENIED},
		{"ExpiredToken", DNS_DENIED},
		{"InvalidSignature", DNS_DENIED},
	};

	return reply->status < 400 ? DNS_AS_STATUS
				   : dns_judge_words(reply->body, reasons, ARRAY_LEN(reasons));
}

const struct dns_provider amazon_api = {
	.plugin = {.name = "s3front"},
	.title = "Amazon",
	.flags = DNS_NO_CREDENTIALS_FILE,
	.authorize = authorize,
	.explain = explain,
	.explain_body = explain_xml,
	.judge = judge,
	.login_hint = "check the AWS credentials, and that their policy allows " NEEDED_ACTIONS,
	.open = open_session,
	.close = close_session,
};

/* The signature is for a service and a region, so the session remembers both. */
int amazon_call(struct dns_session *session, const struct amazon_service *service,
		const struct dns_call *call, struct dns_reply *ret_reply, struct error *err)
{
	struct amazon *amazon = session->state;

	amazon->service = service->name;
	amazon->region = service->region;
	return dns_call(session, call, ret_reply, err);
}

/* ---- S3 ---- */

/* Slashes of the key are not escaped: they separate its parts. */
static void add_key(struct strbuf *url, const char *key)
{
	AUTO(strvec) struct strvec parts = STRVEC_INIT;

	strvec_split(&parts, key, "/");
	for (size_t i = 0; i < parts.count; i++) {
		strbuf_addc(url, '/');
		url_add_escaped(url, parts.items[i]);
	}
}

/* Bucket names with dots go into the path: S3's certificate covers only one label in front of its
 * name. */
static char *object_url(const struct amazon_object *object, const char *region)
{
	const char *end = str_starts(region, "cn-") ? ".cn" : "";
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;

	if (strchr(object->bucket, '.'))
		strbuf_addf(&url, "https://s3.%s.amazonaws.com%s/%s", region, end, object->bucket);
	else
		strbuf_addf(&url, "https://%s.s3.%s.amazonaws.com%s", object->bucket, region, end);
	add_key(&url, object->key);
	return strbuf_detach(&url);
}

/* The region that an answer corrects ours to, or NULL. A bucket has one region, and users rarely
 * know which. */
static const char *corrected_region(const struct dns_reply *reply, const char *region)
{
	const char *right = headers_get(&reply->headers, "x-amz-bucket-region");

	if (!right)
		/* Not every answer has the header. */
		right = xml_find_text(reply->xml, "Region");
	return right && right[0] && strcmp(right, region) != 0 ? right : NULL;
}

/* S3 wants the digest of the body among the signed headers. */
static int call_in(struct dns_session *session, const struct amazon_object *object,
		   const char *region, struct dns_call *call, struct dns_reply *ret_reply,
		   struct error *err)
{
	const struct amazon_service s3 = {"s3", region};
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;
	AUTO_FREE char *url = object_url(object, region);
	const char *body = call->body ? call->body : "";

	digest_hex(DIGEST_SHA256, body, strlen(body), &content);
	headers_add(&headers, "X-Amz-Content-Sha256", content.text);
	call->url = url;
	call->headers = &headers;
	if (amazon_call(session, &s3, call, ret_reply, err) < 0)
		return err->code;
	if (ret_reply->status >= 300 && !corrected_region(ret_reply, region))
		return dns_refuse(session, call, ret_reply, err);
	return 0;
}

/* Tries again in the bucket's own region, which S3 names in its answers 301 and 400
 * (AuthorizationHeaderMalformed). */
static int call_object(struct dns_session *session, const struct amazon_object *object,
		       struct dns_call *call, struct error *err)
{
	struct amazon *amazon = session->state;
	const char *known = map_get(&amazon->regions, object->bucket);
	AUTO_FREE char *region = xstrdup(known ? known : object->region);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	call->flags = DNS_CALL_XML | DNS_CALL_NO_ANSWER;
	memcpy(call->accept, (const int[]){301, 307, 400, 0}, sizeof(call->accept));
	if (call_in(session, object, region, call, &reply, err) < 0)
		return err->code;
	if (reply.status < 300)
		return 0;
	REPLACE(region, xstrdup(corrected_region(&reply, region)));
	log_debug("The bucket '%s' is in the region %s", object->bucket, region);
	map_set(&amazon->regions, object->bucket, xstrdup(region));
	/* A second correction is an error: following each would never end. */
	memset(call->accept, 0, sizeof(call->accept));
	return call_in(session, object, region, call, &reply, err);
}

int amazon_put_object(struct dns_session *session, const struct amazon_object *object,
		      const char *text, struct error *err)
{
	struct dns_call call = {.what = "put the answer into the bucket",
				.method = HTTP_PUT,
				.content_type = "text/plain",
				.body = text};

	return call_object(session, object, &call, err);
}

int amazon_delete_object(struct dns_session *session, const struct amazon_object *object,
			 struct error *err)
{
	struct dns_call call = {.what = "delete the answer from the bucket", .method = HTTP_DELETE};

	return call_object(session, object, &call, err);
}
