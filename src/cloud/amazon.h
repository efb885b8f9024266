/*
 * What the plugin s3front asks of Amazon Web Services: objects of S3, certificates of Certificate
 * Manager (ACM), the configuration of a CloudFront distribution. Sessions are those of
 * dns/provider.h, whose calls, retries, credentials and signatures serve any API.
 *
 *	https://docs.aws.amazon.com/AmazonS3/latest/API/
 *	https://docs.aws.amazon.com/acm/latest/APIReference/
 *	https://docs.aws.amazon.com/cloudfront/latest/APIReference/ (2020-05-31)
 */
#ifndef CLOUD_AMAZON_H
#define CLOUD_AMAZON_H

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "dns/provider.h"

struct xml;

/* The row for dns_session_open(). */
extern const struct dns_provider amazon_api;

struct amazon_object {
	const char *bucket;
	const char *region; /* where the bucket is believed to be; S3 corrects it */
	const char *key;    /* not escaped, no first slash */
};
/* Writes an object of plain text. Errors of dns_call(). */
int amazon_put_object(struct dns_session *session, const struct amazon_object *object,
		      const char *text, struct error *err) WARN_UNUSED;
/* Removes an object; one that is gone already is fine. */
int amazon_delete_object(struct dns_session *session, const struct amazon_object *object,
			 struct error *err) WARN_UNUSED;

/* A certificate as ACM takes it, PEM. Borrowed. */
struct amazon_certificate {
	const char *leaf, *chain; /* the chain without the leaf; "" if there is none */
	const struct secret *key;
};
/* Imports a certificate: in place of that one (`arn`), or as a new one (NULL). *ret_arn (heap) is
 * its name. ERR_NOT_FOUND: there is no certificate `arn`. ERR_PLUGIN: refused, as for another type
 * of key. */
int amazon_import(struct dns_session *session, const struct amazon_certificate *certificate,
		  const char *arn, char **ret_arn, struct error *err) WARN_UNUSED;
/* Sets the serial number (heap; lower-case hex without colons and leading zeros). ERR_NOT_FOUND. */
int amazon_serial_of(struct dns_session *session, const char *arn, char **ret_serial,
		     struct error *err) WARN_UNUSED;
/* Deletes a certificate; one that is gone already is fine. ERR_BUSY: something still uses it. */
int amazon_delete_certificate(struct dns_session *session, const char *arn,
			      struct error *err) WARN_UNUSED;

/* The configuration of a distribution. */
struct amazon_distribution {
	char *text;       /* as CloudFront gave it */
	struct xml *root; /* the same, parsed */
	char *etag;
};
void amazon_distribution_release(struct amazon_distribution *distribution);
DEFINE_AUTO(amazon_distribution, amazon_distribution_release);
/* Reads the configuration. ERR_PLUGIN: there is no such distribution. */
int amazon_read_distribution(struct dns_session *session, const char *id,
			     struct amazon_distribution *ret_distribution,
			     struct error *err) WARN_UNUSED;
/* Replaces the configuration that was read under that ETag. ERR_EXISTS: it has been changed
 * since. */
int amazon_write_distribution(struct dns_session *session, const char *id, const char *etag,
			      const char *text, struct error *err) WARN_UNUSED;

#endif
