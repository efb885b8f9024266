/*
 * Certificate Manager and CloudFront (see amazon.h). CloudFront sees the certificates of only one
 * region, wherever the buckets are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "cloud/amazon.h"
#include "cloud/amazon_parts.h"
#include "codec/base64.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "dns/api/answer.h"

/* us-east-1, as AWS documents. */
#define REGION "us-east-1"
#define ACM_URL "https://acm." REGION ".amazonaws.com/"
#define DISTRIBUTION_URL "https://cloudfront.amazonaws.com/2020-05-31/distribution/"

/* Asks ACM for an action (documented as "CertificateManager.<action>"). */
static int ask_acm(struct dns_session *session, const char *what, const char *action,
		   const struct json *request, struct dns_reply *ret_reply, struct error *err)
{
	static const struct amazon_service acm = {"acm", REGION};
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO_FREE char *target = xasprintf("CertificateManager.%s", action);
	struct dns_call call = {.what = what,
				.method = HTTP_POST,
				.url = ACM_URL,
				.headers = &headers,
				.content_type = "application/x-amz-json-1.1"};
	int rc;

	headers_add(&headers, "X-Amz-Target", target);
	json_print(request, JSON_COMPACT, &body);
	call.body = body.text;
	/* A first import that arrives twice makes two certificates. */
	if (json_member(request, "CertificateArn"))
		call.flags = DNS_CALL_REPEATABLE;
	if (strcmp(action, "DeleteCertificate") == 0)
		call.flags |= DNS_CALL_NO_ANSWER;
	rc = amazon_call(session, &acm, &call, ret_reply, err);
	secret_wipe(body.text, body.len);
	return rc;
}

/* The copy is wiped, since one of these texts is the private key. */
static void set_base64(struct json *request, const char *name, const char *text)
{
	AUTO(strbuf) struct strbuf encoded = STRBUF_INIT;

	base64_encode(&encoded, text, strlen(text));
	json_set_string(request, name, encoded.text);
	secret_wipe(encoded.text, encoded.len);
}

int amazon_import(struct dns_session *session, const struct amazon_certificate *certificate,
		  const char *arn, char **ret_arn, struct error *err)
{
	static const char what[] = "import the certificate";
	AUTO(json) struct json *request = json_object_new();
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	set_base64(request, "Certificate", certificate->leaf);
	set_base64(request, "PrivateKey", secret_peek(certificate->key));
	if (certificate->chain[0])
		set_base64(request, "CertificateChain", certificate->chain);
	if (arn)
		json_set_string(request, "CertificateArn", arn);
	if (ask_acm(session, what, "ImportCertificate", request, &reply, err) < 0)
		return err->code;
	if (!str_starts(dns_answer_text(reply.json, "CertificateArn"), "arn:"))
		return dns_bad_answer(session, what, "expected 'CertificateArn'", err);
	*ret_arn = xstrdup(dns_answer_text(reply.json, "CertificateArn"));
	return 0;
}

/* "0a:1B" -> "a1b" ACM writes serial numbers with colons and leading zeros, OpenSSL without. */
static char *plain_serial(const char *text)
{
	AUTO(strbuf) struct strbuf plain = STRBUF_INIT;

	for (const char *c = text; *c; c++)
		if (*c != ':' && !(*c == '0' && !plain.len))
			strbuf_addc(&plain, *c);
	ascii_lower_string(plain.text);
	return strbuf_detach(&plain);
}

/* ACM keeps an import under its ARN when its contents are replaced, so only the serial number tells
 * which certificate is there. */
int amazon_serial_of(struct dns_session *session, const char *arn, char **ret_serial,
		     struct error *err)
{
	static const char what[] = "look at the certificate";
	AUTO(json) struct json *request = json_object_new();
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct json *details = NULL;

	json_set_string(request, "CertificateArn", arn);
	if (ask_acm(session, what, "DescribeCertificate", request, &reply, err) < 0 ||
	    dns_answer_object(session, what, reply.json, "Certificate", &details, err) < 0)
		return err->code;
	*ret_serial = plain_serial(dns_answer_text(details, "Serial"));
	return 0;
}

/* A certificate that is already gone counts as deleted. One may still be in use for a while after a
 * distribution has changed: the error is then ERR_BUSY, and the next renewal tries again. */
int amazon_delete_certificate(struct dns_session *session, const char *arn, struct error *err)
{
	AUTO(json) struct json *request = json_object_new();
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	json_set_string(request, "CertificateArn", arn);
	if (ask_acm(session, "delete the former certificate", "DeleteCertificate", request, &reply,
		    err) == 0)
		return 0;
	if (err->code == ERR_NOT_FOUND) {
		error_release(err);
		return 0;
	}
	if (strstr(reply.body ? reply.body : "", "ResourceInUseException"))
		error_recode(err, ERR_BUSY);
	return err->code;
}

/* ---- CloudFront ---- */

void amazon_distribution_release(struct amazon_distribution *distribution)
{
	free(distribution->text);
	xml_free(distribution->root);
	free(distribution->etag);
	*distribution = (struct amazon_distribution){.text = NULL};
}

static const struct amazon_service cloudfront = {"cloudfront", REGION};

int amazon_read_distribution(struct dns_session *session, const char *id,
			     struct amazon_distribution *ret_distribution, struct error *err)
{
	AUTO_FREE char *url = xasprintf(DISTRIBUTION_URL "%s/config", id);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "read the distribution's configuration",
				      .method = HTTP_GET,
				      .url = url,
				      .flags = DNS_CALL_XML};
	const char *etag;

	if (amazon_call(session, &cloudfront, &call, &reply, err) < 0)
		return err->code;
	etag = headers_get(&reply.headers, "ETag");
	if (!reply.xml || !etag || strcmp(xml_name(reply.xml), "DistributionConfig") != 0)
		return dns_bad_answer(session, call.what,
				      "expected a DistributionConfig and its ETag", err);
	amazon_distribution_release(ret_distribution);
	ret_distribution->text = STEAL(reply.body);
	ret_distribution->root = STEAL(reply.xml);
	ret_distribution->etag = xstrdup(etag);
	return 0;
}

/* If-Match: somebody else's change in the meantime must not be undone by ours. */
int amazon_write_distribution(struct dns_session *session, const char *id, const char *etag,
			      const char *text, struct error *err)
{
	AUTO_FREE char *url = xasprintf(DISTRIBUTION_URL "%s/config", id);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct dns_call call = {.what = "change the distribution",
				      .method = HTTP_PUT,
				      .url = url,
				      .headers = &headers,
				      .content_type = "application/xml",
				      .body = text,
				      .flags = DNS_CALL_XML | DNS_CALL_NO_ANSWER};

	headers_add(&headers, "If-Match", etag);
	if (amazon_call(session, &cloudfront, &call, &reply, err) == 0)
		return 0;
	/* The caller reads the distribution again and repeats its change. */
	if (reply.status == 412 || strstr(reply.body ? reply.body : "", "InvalidIfMatchVersion"))
		error_recode(err, ERR_EXISTS);
	return err->code;
}
