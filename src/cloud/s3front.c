/*
 * The plugin "s3front": proves control of names that a CloudFront distribution serves from a bucket
 * of S3, and gives the distribution its certificate.
 *
 * Here are its row and its authenticator. Answers to challenges are objects of the bucket, without
 * an ACL of their own: new buckets refuse those, and CloudFront may read what the bucket's policy
 * allows.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "cloud/amazon.h"
#include "cloud/imports.h"
#include "cloud/s3front_parts.h"
#include "cloud/vendor.h"
#include "dns/providers/amazon/aws_signature.h"
#include "plugin/plugin.h"

#define DEFAULT_REGION "us-east-1"

/* The variables are those of certbot-s3front. */
const char *s3front_value(const struct settings *settings, const char *dest, const char *variable)
{
	const char *value = settings_string(settings, dest);

	return value && value[0] ? value : aws_variable(variable);
}

/* The plugin is offered only to users of Amazon. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	const struct settings *settings = instance->host->settings;

	if (s3front_value(settings, "s3front_bucket", "S3_BUCKET") ||
	    s3front_value(settings, "s3front_distribution", "CF_DISTRIBUTION_ID") ||
	    imports_exist(settings_config_dir(settings)))
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "neither a bucket (--s3front-bucket) nor a CloudFront distribution "
			 "(--s3front-distribution) is given");
}

/* ---- The authenticator ---- */

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

/* Values from the environment are saved with the certificate: a timer has another environment. */
static void keep_value(struct settings *settings, const char *dest, const char *variable)
{
	const char *value = s3front_value(settings, dest, variable);

	if (value && value != settings_string(settings, dest))
		settings_set_string(settings, dest, value, ORIGIN_RUNTIME);
}

/* The name becomes a part of an address: nothing else may get in there. */
static bool is_bucket_name(const char *text)
{
	size_t len = strlen(text);

	return len >= 3 && len <= 63 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

static int configure(struct plugin_instance *instance, struct settings *settings,
		     const struct acme_identifiers *identifiers, struct error *err)
{
	struct dns_session *session = NULL;
	const char *bucket;

	keep_value(settings, "s3front_bucket", "S3_BUCKET");
	keep_value(settings, "s3front_region", "S3_REGION");
	keep_value(settings, "s3front_directory", "S3_DIRECTORY");
	bucket = settings_string(settings, "s3front_bucket");
	if (!bucket) {
		error_set(err, ERR_CONFIG, "s3front needs to know the bucket");
		return error_hint(err, "name it with --s3front-bucket or the variable S3_BUCKET");
	}
	if (!is_bucket_name(bucket))
		return error_set(err, ERR_CONFIG,
				 "--s3front-bucket: '%s' is not the name of a bucket", bucket);
	return vendor_session(instance, &amazon_api, &session, err);
}

/* "site/.well-known/acme-challenge/TOKEN" */
static char *object_key(const struct plugin_task *task)
{
	const char *given = settings_string(task->settings, "s3front_directory");
	AUTO(strvec) struct strvec parts = STRVEC_INIT;

	strvec_split(&parts, given ? given : "", "/");
	strvec_push(&parts, ".well-known/acme-challenge");
	strvec_push(&parts, task->challenge->token);
	return strvec_join(&parts, "/");
}

/* The region is a guess, which amazon.c corrects. */
static int put_or_delete(struct dns_session *session, const struct plugin_task *task, bool is_put,
			 struct error *err)
{
	const char *region = settings_string(task->settings, "s3front_region");
	AUTO_FREE char *key = object_key(task);
	const struct amazon_object object = {
		.bucket = settings_string(task->settings, "s3front_bucket"),
		.region = region ? region : DEFAULT_REGION,
		.key = key,
	};

	return is_put ? amazon_put_object(session, &object, task->challenge->key_authorization, err)
		      : amazon_delete_object(session, &object, err);
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct dns_session *session = NULL;

	if (vendor_session(instance, &amazon_api, &session, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		struct error *own = &tasks[i].challenge->present_error;

		if (put_or_delete(session, &tasks[i], true, own) < 0 && own->code == ERR_CANCELLED)
			return error_move(err, own);
	}
	return 0;
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct dns_session *session = NULL;

	if (vendor_session(instance, &amazon_api, &session, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (put_or_delete(session, &tasks[i], false, &failed) < 0 && !error_is_set(err))
			error_move(err, &failed);
	}
	return err->code;
}

static const struct authenticator s3front_authenticator = {
	.preference = preference,
	.configure = configure,
	.present = present,
	.cleanup = cleanup,
	.failure_hint =
		"The Certificate Authority could not get the answers from the bucket. Ensure that the "
		"names lead to the CloudFront distribution, that its behaviour for "
		"/.well-known/acme-challenge/* reads from this bucket (with --s3front-directory, below "
		"that directory), and that CloudFront may read the objects (origin access control or "
		"the bucket's policy).",
};

/* ---- The row ---- */

#define SAVED_OPTION(dest_, names_, metavar_, flags_, help_)                                       \
	{                                                                                          \
		.dest = dest_, .names = names_, .type = OPTION_STRING, .metavar = metavar_,        \
		.topics = "s3front", .flags = OPTION_SAVED | (flags_), .help = help_               \
	}
/* The name it has in certbot-s3front. */
#define OLD_OPTION(dest_, names_, flags_)                                                          \
	SAVED_OPTION(dest_, names_, "VALUE", OPTION_HIDDEN | (flags_), "")

static const struct option options[] = {
	SAVED_OPTION("s3front_bucket", "--s3front-bucket", "BUCKET", OPTION_OURS,
		     "Bucket that the distribution reads from. (default: $S3_BUCKET)"),
	SAVED_OPTION("s3front_region", "--s3front-region", "REGION", OPTION_OURS,
		     "Region of the bucket; S3 corrects it. (default: $S3_REGION, or us-east-1)"),
	SAVED_OPTION("s3front_directory", "--s3front-directory", "DIRECTORY", OPTION_OURS,
		     "Directory in the bucket that is the root of the site (the origin path of the "
		     "distribution). (default: the bucket itself)"),
	SAVED_OPTION("s3front_distribution", "--s3front-distribution", "ID", OPTION_OURS,
		     "Id of the CloudFront distribution that gets the certificate. (default: "
		     "$CF_DISTRIBUTION_ID)"),
	OLD_OPTION("s3front_bucket", "--certbot-s3front:auth-s3-bucket --s3front_auth-s3-bucket --s3front-auth-s3-bucket", 0),
	OLD_OPTION("s3front_region", "--certbot-s3front:auth-s3-region --s3front_auth-s3-region --s3front-auth-s3-region", 0),
	OLD_OPTION("s3front_directory", "--certbot-s3front:auth-s3-directory --s3front_auth-s3-directory --s3front-auth-s3-directory", 0),
	OLD_OPTION("s3front_distribution", "--certbot-s3front:installer-cf-distribution-id --s3front_installer-cf-distribution-id "
		   "--s3front-installer-cf-distribution-id", 0),
	OLD_OPTION("s3front_access_key", "--certbot-s3front:auth-s3-access-key --s3front_auth-s3-access-key --s3front-auth-s3-access-key", 0),
	OLD_OPTION("s3front_secret_key", "--certbot-s3front:auth-s3-secret-key --s3front_auth-s3-secret-key --s3front-auth-s3-secret-key", OPTION_SECRET),
};

static const struct option selector = {
	.dest = "s3front",
	.names = "--s3front",
	.type = OPTION_FLAG,
	.topics = "plugins certonly run install",
	.flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_SELECTS_INSTALLER | OPTION_OURS,
	.help = "Use Amazon S3 to prove control and CloudFront to serve the certificate."};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names and install certificates by Amazon S3 and CloudFront",
	.paragraphs =
		{"For a site whose files are in a bucket of S3 and which a CloudFront "
		 "distribution serves. The answers to challenges are put into the bucket, "
		 "without an ACL, and removed afterwards.",
		 "The certificate is imported into AWS Certificate Manager (us-east-1), and the "
		 "distribution is told to use it. A renewal is imported in the same place, so "
		 "that nothing else changes. CloudFront takes ECDSA keys on secp256r1 and RSA "
		 "keys of up to 3072 bits. Credentials are found as by `dns-route53`."},
	.example = "certbot run --s3front --s3front-bucket www-example \\\n"
		   "    --s3front-distribution EDFDVBD632BHDS5 -d www.example.com",
};

const struct plugin s3front_plugin = {
	.name = "s3front",
	.selector = &selector,
	.manual = &manual_page,
	.description = "Amazon S3 and CloudFront plugin",
	.title = "Amazon S3 and CloudFront",
	.flags = PLUGIN_BOUND,
	.options = options,
	.option_count = ARRAY_LEN(options),
	.prepare = prepare,
	.close = vendor_close,
	.authenticator = &s3front_authenticator,
	.installer = &s3front_installer,
};
