/*
 * The installer of s3front (see s3front.c). The certificate is imported into AWS Certificate
 * Manager once. A renewal replaces the import, and everything that uses it follows, so the
 * distribution has to be changed only the first time. Imports are recorded (imports.h).
 *
 * Imports count against a quota of the account, so a certificate that is already there is not
 * imported again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cloud/amazon.h"
#include "cloud/distribution.h"
#include "cloud/imports.h"
#include "cloud/s3front_parts.h"
#include "cloud/vendor.h"
#include "crypto/cert/cert.h"
#include "crypto/key/key.h"
#include "os/file/file.h"
#include "plugin/untracked.h"

#define MAX_PEM (1024 * 1024)

/* ---- Which keys CloudFront takes ---- */

/* https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ has them under
 * cnames-and-https-requirements.html. */
static int check_key_spec(const struct key_spec *spec, struct error *err)
{
	AUTO_FREE char *found = spec->kind == KEY_RSA ? xasprintf("RSA %d", spec->rsa_bits)
						      : xstrdup(spec->curve);

	if (spec->kind == KEY_RSA ? spec->rsa_bits <= 3072 : strcmp(spec->curve, "secp256r1") == 0)
		return 0;
	error_set(err, ERR_CONFIG,
		  "CloudFront takes RSA keys of up to 3072 bits and ECDSA keys on secp256r1, "
		  "not %s",
		  found);
	return error_hint(err,
			  "give --key-type ecdsa --elliptic-curve secp256r1, or --key-type rsa "
			  "--rsa-key-size 2048");
}

/* Before the order: a certificate that CloudFront does not take would count against the CA's limits
 * for nothing. */
static int check_key_options(const struct settings *settings, struct error *err)
{
	struct key_spec spec = {.kind = KEY_EC,
				.curve = settings_string(settings, "elliptic_curve")};

	key_kind_from_option(settings_string(settings, "key_type"), &spec.kind);
	spec.rsa_bits = (int)settings_int(settings, "rsa_key_size");
	return check_key_spec(&spec, err);
}

/* ---- What is to be imported ---- */

struct pair {
	struct cert_chain chain;
	struct secret key;
	char *serial;
};

static void pair_release(struct pair *pair)
{
	cert_chain_release(&pair->chain);
	secret_release(&pair->key);
	free(pair->serial);
}
DEFINE_AUTO(pair, pair_release);

static int read_key(const char *path, struct pair *pair, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(key) struct key *key = NULL;
	struct key_spec spec = {.rsa_bits = 0};
	int rc = file_read(path, MAX_PEM, &text, err);

	if (rc == 0)
		rc = key_from_pem(text.text, text.len, &key, err);
	secret_set(&pair->key, text.text, text.len);
	secret_wipe(text.text, text.len);
	if (rc < 0)
		return rc;
	spec.kind = key_kind(key);
	spec.rsa_bits = key_bits(key);
	spec.curve = key_curve(key);
	return check_key_spec(&spec, err);
}

static int read_pair(const struct deploy_task *task, struct pair *pair, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(cert) struct cert *leaf = NULL;

	if (file_read(task->fullchain_path, MAX_PEM, &text, err) < 0 ||
	    cert_chain_parse(text.text, text.len, &pair->chain, err) < 0 ||
	    cert_from_pem(pair->chain.leaf_pem.text, pair->chain.leaf_pem.len, &leaf, err) < 0)
		return err->code;
	pair->serial = xstrdup(cert_serial_hex(leaf));
	return read_key(task->key_path, pair, err);
}

/* ---- Import ---- */

/* Where a lineage's certificate is. Owns its texts. */
struct place {
	char *arn, *distribution, *former;
};

static void place_release(struct place *place)
{
	free(place->arn);
	free(place->distribution);
	free(place->former);
}
DEFINE_AUTO(place, place_release);

/* Kept as soon as something is imported: after a crash the next run replaces that import instead of
 * adding another. */
static int keep_place(struct imports *imports, const char *lineage, const struct place *place,
		      struct error *err)
{
	const struct import import = {
		.arn = place->arn, .distribution = place->distribution, .former = place->former};

	return imports_set(imports, lineage, &import, err);
}

/* Replaces the earlier import. Returns 1 when a new one is needed: the earlier one is gone, or ACM
 * refuses, as it does for a key of another type. */
static int import_again(struct dns_session *session, const struct amazon_certificate *certificate,
			const struct pair *pair, struct place *place, struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;
	AUTO_FREE char *serial = NULL;
	AUTO_FREE char *same = NULL;
	int rc = amazon_serial_of(session, place->arn, &serial, &failed);

	if (rc == 0 && strcmp(serial, pair->serial) == 0)
		return 0;
	if (rc == 0)
		rc = amazon_import(session, certificate, place->arn, &same, &failed);
	if (rc == 0)
		return 0;
	if (rc != ERR_NOT_FOUND && rc != ERR_PLUGIN)
		return error_move(err, &failed);
	log_info("Importing a new certificate, as %s cannot be replaced: %s", place->arn,
		 failed.text);
	/* The import that ACM refused to replace is deleted when the distribution has left it. */
	if (rc == ERR_PLUGIN)
		REPLACE(place->former, xstrdup(place->arn));
	return 1;
}

/* A new import gets a new ARN. */
static int import_pair(struct dns_session *session, const struct pair *pair, struct place *place,
		       struct error *err)
{
	const struct amazon_certificate certificate = {
		.leaf = pair->chain.leaf_pem.text,
		.chain = pair->chain.rest_pem.len ? pair->chain.rest_pem.text : "",
		.key = &pair->key,
	};
	AUTO_FREE char *arn = NULL;
	int rc = place->arn ? import_again(session, &certificate, pair, place, err) : 1;

	if (rc <= 0)
		return rc;
	if (amazon_import(session, &certificate, NULL, &arn, err) < 0)
		return err->code;
	REPLACE(place->arn, STEAL(arn));
	return 0;
}

/* ---- The distribution ---- */

/* A warning only: names can be added to the distribution later. */
static void warn_of_names(const struct strvec *names, const struct place *place,
			  const struct strvec *served)
{
	for (size_t i = 0; i < names->count; i++)
		if (!vendor_serves(served, names->items[i]) &&
		    !vendor_covers(served, names->items[i]))
			log_warning("%s is not among the alternate names of the distribution %s, "
				    "which will not serve it.",
				    names->items[i], place->distribution);
}

static int try_show(struct dns_session *session, const struct place *place,
		    const struct strvec *names, struct error *err)
{
	AUTO(amazon_distribution) struct amazon_distribution distribution = {.text = NULL};
	AUTO(strvec) struct strvec served = STRVEC_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (amazon_read_distribution(session, place->distribution, &distribution, err) < 0)
		return err->code;
	distribution_names(distribution.root, &served);
	warn_of_names(names, place, &served);
	if (distribution_uses(distribution.root, place->arn))
		return 0;
	if (distribution_use(distribution.text, distribution.root, place->arn, &text, err) < 0)
		return err->code;
	return amazon_write_distribution(session, place->distribution, distribution.etag, text.text,
					 err);
}

/* Tries again if somebody changed the configuration after it was read. */
static int show_certificate(struct dns_session *session, const struct place *place,
			    const struct strvec *names, struct error *err)
{
	if (try_show(session, place, names, err) == 0 || err->code != ERR_EXISTS)
		return err->code;
	error_release(err);
	return try_show(session, place, names, err);
}

/* CloudFront goes on using the former certificate for some minutes, so a failure is not an error:
 * the next run tries again. */
static int delete_former(struct dns_session *session, struct imports *imports, const char *lineage,
			 struct place *place, struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (!place->former)
		return 0;
	if (amazon_delete_certificate(session, place->former, &failed) < 0) {
		if (failed.code == ERR_CANCELLED)
			return error_move(err, &failed);
		log_info("%s", failed.text);
		return 0;
	}
	REPLACE(place->former, NULL);
	return keep_place(imports, lineage, place, err);
}

/* ---- The contract ---- */

/* The id becomes a part of an address: nothing else may get in there. */
static bool is_distribution_id(const char *text)
{
	return text[0] && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
}

/* The id that was given, or else the one on record. */
static int find_distribution(const struct settings *settings, const char *recorded,
			     const char **ret_id, struct error *err)
{
	const char *id = s3front_value(settings, "s3front_distribution", "CF_DISTRIBUTION_ID");

	if (!id)
		id = recorded;
	if (!id) {
		error_set(err, ERR_CONFIG, "s3front needs to know the distribution");
		return error_hint(err, "give its id with --s3front-distribution or the variable "
				       "CF_DISTRIBUTION_ID");
	}
	if (!is_distribution_id(id))
		return error_set(err, ERR_CONFIG,
				 "--s3front-distribution: '%s' is not the id of a distribution",
				 id);
	*ret_id = id;
	return 0;
}

static int find_place(const struct deploy_task *task, const struct imports *imports,
		      struct place *place, struct error *err)
{
	const struct import known = imports_get(imports, task->lineage);
	const char *id = NULL;

	if (find_distribution(task->settings, known.distribution, &id, err) < 0)
		return err->code;
	place->distribution = xstrdup(id);
	place->arn = xstrdup_or_null(known.arn);
	place->former = xstrdup_or_null(known.former);
	return 0;
}

static int install_certificate(struct plugin_instance *instance, struct deploy_task *task,
			       struct error *err)
{
	const char *config_dir = settings_config_dir(instance->host->settings);
	AUTO(imports) struct imports imports = {.path = NULL};
	AUTO(place) struct place place = {.arn = NULL};
	AUTO(pair) struct pair pair = {.chain = CERT_CHAIN_INIT};
	struct dns_session *session = NULL;

	if (!task->lineage)
		return error_set(err, ERR_CONFIG,
				 "s3front installs certificates of certbot's own only: give "
				 "--cert-name");
	if (imports_read(config_dir, &imports, err) < 0 ||
	    find_place(task, &imports, &place, err) < 0 || read_pair(task, &pair, err) < 0 ||
	    vendor_session(instance, &amazon_api, &session, err) < 0 ||
	    import_pair(session, &pair, &place, err) < 0 ||
	    keep_place(&imports, task->lineage, &place, err) < 0 ||
	    show_certificate(session, &place, task->names, err) < 0 ||
	    delete_former(session, &imports, task->lineage, &place, err) < 0)
		return err->code;
	strvec_pushf(&task->places, "the CloudFront distribution %s", place.distribution);
	return 0;
}

/* At a renewal the distribution may be known only from the record. */
static int check_settings(struct plugin_instance *instance, const struct settings *settings,
			  struct error *err)
{
	struct dns_session *session = NULL;
	const char *id = NULL;

	if (find_distribution(settings, NULL, &id, err) < 0 || check_key_options(settings, err) < 0)
		return err->code;
	return vendor_session(instance, &amazon_api, &session, err);
}

static int install_all(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		       struct error *err)
{
	return untracked_install_each(instance, tasks, count, install_certificate, err);
}

/* The alternate names of the distribution. */
static int list_names(struct plugin_instance *instance, struct strvec *ret_names, struct error *err)
{
	AUTO(amazon_distribution) struct amazon_distribution distribution = {.text = NULL};
	struct dns_session *session = NULL;
	const char *id = NULL;

	if (find_distribution(instance->host->settings, NULL, &id, err) < 0)
		return err->code;
	if (vendor_session(instance, &amazon_api, &session, err) < 0 ||
	    amazon_read_distribution(session, id, &distribution, err) < 0)
		return err->code;
	distribution_names(distribution.root, ret_names);
	return 0;
}

/* CloudFront checks what it is given and starts to use it by itself. */
const struct installer s3front_installer = {
	.all_names = list_names,
	.check = check_settings,
	.deploy = install_all,
	UNTRACKED_CALLBACKS,
	.reload = untracked_effect,
	.renewed = install_all,
};
