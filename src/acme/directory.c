/*
 * Reads the directory (see directory.h). Its URLs are used unchanged and must be https. "meta" only
 * informs people or offers choices, so a malformed member there is treated as absent.
 */
#include "acme/directory.h"

#include <string.h>

#include "acme/problem.h"
#include "base/alloc.h"
#include "base/strbuf.h"
#include "codec/json.h"
#include "codec/url.h"

struct member {
	const char *name; /* NULL: this version has no such resource */
	bool required;
};

/* The names of a directory's members in one version of ACME. */
struct vocabulary {
	struct member resources[ACME_RESOURCE__COUNT];
	const char *terms_of_service, *caa_identities;
	const char *profiles; /* NULL: an order cannot ask for one */
};

static const struct vocabulary v2 = {
	.resources =
		{
			[ACME_NEW_NONCE] = {"newNonce", true},
			[ACME_NEW_ACCOUNT] = {"newAccount", true},
			[ACME_NEW_ORDER] = {"newOrder", true},
			[ACME_REVOKE_CERT] = {"revokeCert", false},
			[ACME_KEY_CHANGE] = {"keyChange", false},
			[ACME_RENEWAL_INFO] = {"renewalInfo", false},
		},
	.terms_of_service = "termsOfService",
	.caa_identities = "caaIdentities",
	.profiles = "profiles",
};

static const struct vocabulary v1 = {
	.resources =
		{
			[ACME_NEW_ACCOUNT] = {"new-reg", true},
			[ACME_NEW_AUTHZ] = {"new-authz", true},
			[ACME_NEW_CERT] = {"new-cert", true},
			[ACME_REVOKE_CERT] = {"revoke-cert", false},
		},
	.terms_of_service = "terms-of-service",
	.caa_identities = "caa-identities",
};

/* They are listed for people; a hundred is more than anybody would read. */
enum { MAX_PROFILES = 100 };

void acme_directory_init(struct acme_directory *directory)
{
	*directory = (struct acme_directory){.meta = {
						     .caa_identities = STRVEC_INIT,
						     .profiles = STRVEC_INIT,
						     .profile_texts = STRVEC_INIT,
					     }};
}

void acme_directory_release(struct acme_directory *directory)
{
	struct acme_meta *meta = &directory->meta;

	for (size_t i = 0; i < ARRAY_LEN(directory->urls); i++)
		free(directory->urls[i]);
	free(meta->terms_of_service);
	free(meta->website);
	free(meta->account_hash_prefix);
	strvec_release(&meta->caa_identities);
	strvec_release(&meta->profiles);
	strvec_release(&meta->profile_texts);
	acme_directory_init(directory);
}

void acme_directory_copy(struct acme_directory *ret_directory,
			 const struct acme_directory *directory)
{
	const struct acme_meta *meta = &directory->meta;
	struct acme_meta *copy = &ret_directory->meta;

	acme_directory_release(ret_directory);
	ret_directory->is_v1 = directory->is_v1;
	for (size_t i = 0; i < ARRAY_LEN(directory->urls); i++)
		ret_directory->urls[i] = xstrdup_or_null(directory->urls[i]);
	copy->terms_of_service = xstrdup_or_null(meta->terms_of_service);
	copy->website = xstrdup_or_null(meta->website);
	copy->account_hash_prefix = xstrdup_or_null(meta->account_hash_prefix);
	strvec_extend(&copy->caa_identities, &meta->caa_identities);
	strvec_extend(&copy->profiles, &meta->profiles);
	strvec_extend(&copy->profile_texts, &meta->profile_texts);
	copy->external_account_required = meta->external_account_required;
	copy->has_renewal_info = meta->has_renewal_info;
}

/* Terms may be any URL, even "data:": they are shown, never fetched. */
static char *read_text(const struct json *meta, const char *name)
{
	const char *text = json_text(json_member(meta, name));

	return text && text[0] ? acme_printable(text) : NULL;
}

/* The texts are only shown, but a server could put terminal control sequences in them, as in any
 * text of its own. */
static void read_profiles(const struct json *profiles, struct acme_meta *meta)
{
	size_t count = json_is_object(profiles) ? json_count(profiles) : 0;

	for (size_t i = 0; i < count && i < MAX_PROFILES; i++) {
		const char *name = json_member_name(profiles, i);
		const char *text = json_text(json_member(profiles, name));

		strvec_give(&meta->profiles, acme_printable(name));
		strvec_give(&meta->profile_texts, acme_printable(text ? text : ""));
	}
}

static void read_hash_prefix(const struct json *json, struct acme_meta *meta)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *prefix = json_text(json_member(json, "accountHashPrefix"));

	if (prefix && url_check_https(prefix, "accountHashPrefix", &ignored) == 0)
		meta->account_hash_prefix = xstrdup(prefix);
}

static void read_meta(const struct json *json, const struct vocabulary *words,
		      struct acme_meta *meta)
{
	const struct json *identities = json_member(json, words->caa_identities);

	meta->terms_of_service = read_text(json, words->terms_of_service);
	meta->website = read_text(json, "website");
	meta->external_account_required = json_opt_bool(json, "externalAccountRequired", false);
	for (size_t i = 0; json_is_array(identities) && i < json_count(identities); i++) {
		const char *name = json_text(json_at(identities, i));

		if (name)
			strvec_give(&meta->caa_identities, acme_printable(name));
	}
	if (words->profiles)
		read_profiles(json_member(json, words->profiles), meta);
	read_hash_prefix(json, meta);
}

static int read_resource(const struct json *json, const struct member *member, char **ret_url,
			 struct error *err)
{
	AUTO_FREE char *what = NULL;
	const char *url = NULL;

	if (!member->name)
		return 0;
	if (member->required) {
		if (json_get_string(json, "directory", member->name, &url, err) < 0)
			return err->code;
	} else if (json_opt_string(json, "directory", member->name, &url, err) < 0) {
		return err->code;
	}
	if (!url)
		return 0;
	what = xasprintf("directory.%s", member->name);
	if (url_check_https(url, what, err) < 0)
		return err->code;
	*ret_url = xstrdup(url);
	return 0;
}

/* Certbot 0.x left accounts and confs for ACME v1 servers behind. Such a server answers with a
 * valid directory, of which "newNonce is missing" would say little. */
static int read_directory(const struct json *json, struct acme_directory *directory,
			  struct error *err)
{
	const struct vocabulary *words;

	if (!json_is_object(json))
		return error_set(err, ERR_PARSE, "directory: expected an object");
	directory->is_v1 = !json_member(json, "newNonce") && json_member(json, "new-reg");
	words = directory->is_v1 ? &v1 : &v2;
	for (size_t i = 0; i < ARRAY_LEN(words->resources); i++)
		if (read_resource(json, &words->resources[i], &directory->urls[i], err) < 0)
			return err->code;
	read_meta(json_member(json, "meta"), words, &directory->meta);
	directory->meta.has_renewal_info = directory->urls[ACME_RENEWAL_INFO] != NULL;
	return 0;
}

/* All or nothing: a directory that is half read would give errors far away from their cause. */
int acme_directory_read(const struct json *json, struct acme_directory *ret_directory,
			struct error *err)
{
	AUTO(acme_directory) struct acme_directory directory;

	acme_directory_init(&directory);
	if (read_directory(json, &directory, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	*ret_directory = directory;
	acme_directory_init(&directory);
	return 0;
}
